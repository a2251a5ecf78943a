import type { Readable } from 'node:stream'
import type { SeenFiles } from '../problem/seen-rows.ts'

/** How inputs are to be read; the names are those of the options. */
export interface InputOptions {
  readonly concat?: boolean | undefined
  readonly dtype?: string | undefined
  readonly cols?: number | undefined
  readonly offset?: number | undefined
  /** Of raw numbers: column after column. */
  readonly order?: 'C' | 'F' | undefined
  /** Of tables. */
  readonly columns?: string | undefined
  readonly header?: 'yes' | 'no' | undefined
  /** Of tables: the column that names the rows. */
  readonly id?: string | undefined
  /** Of tables: the column that weighs the rows. */
  readonly weightColumn?: string | undefined
  /** A file of one number a row: where it is a column of the rows' own table, messages say so. */
  readonly weights?: string | undefined
  /** Rows of keys and queries with a missing value take no part. */
  readonly dropMissing?: boolean | undefined
  /** The letters of the axes of arrays that hold heads. */
  readonly layout?: string | undefined
  /** Several files are heads, one each; undefined where the command takes none. */
  readonly asHeads?: boolean | undefined
  /** Heads with a NaN or infinity are left out, and listed. */
  readonly skipBadHeads?: boolean | undefined
  /** Rows of keys and queries that are read as zeros: see `withSeen`. */
  readonly seen?: SeenFiles | undefined
  readonly tmp?: string | undefined
  readonly signal?: AbortSignal | undefined
  /** A step of many does not read the whole input to count what is not finite: it names what its own rows hold. */
  readonly isStep?: boolean | undefined
  /** Where keys named '-' come from, or queries; asked for only then. */
  readonly stdin?: (() => Readable) | undefined
}
