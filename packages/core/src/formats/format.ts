import type { FileStart, Look } from '../foreign/file-start.ts'
import type { InputFile } from '../files/input-file.ts'
import type { TableOptions } from '../tables/table-head.ts'
import type { ArrayCatalog } from './stored-array.ts'

/** A file as it is seen before it is known what it is. */
export interface Sight {
  readonly file: InputFile
  /** Its first bytes, enough for every signature. */
  readonly first: Uint8Array
  /** Its beginning, read when it is asked for. */
  readonly start: () => FileStart
  /** Lower case, with its dot; '.csv.gz' where it is compressed. */
  readonly extension: string
  /** What it is by its first bytes, or by its name, where these show something; seen when it is asked for. */
  readonly look: () => Look | undefined
}

/** How a format is read. */
export type FormatOptions = TableOptions

/** One format of arrays. What a file is shows by its content; `knows` says so of one, `claims` by its name alone. */
export interface Format {
  /** As messages list it. */
  readonly name: string
  knows(sight: Sight): boolean
  /** Asked where no format knows the content, and nothing foreign is seen in it: reading it then says what is wrong. */
  claims?(sight: Sight): boolean
  /** Options that are about it. */
  readonly options?: readonly Exclude<keyof FormatOptions, 'column' | 'isVector' | 'isZeroAsked'>[]
  /** Throws Content, Option. */
  catalog(sight: Sight, options: FormatOptions): ArrayCatalog
}
