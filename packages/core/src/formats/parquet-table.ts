import type { FileMetaData } from 'hyparquet'
import type { ByteSource } from '../files/byte-source.ts'
import type { ChosenColumns } from './parquet-columns.ts'

/** A Parquet file that is open. */
export interface ParquetTable extends ChosenColumns {
  readonly path: string
  readonly source: ByteSource
  readonly metadata: FileMetaData
  /** One number a row is wanted, or one column was named. */
  readonly isVector: boolean
  /** As in `TableOptions`. */
  readonly weighing: string | undefined
  /** Nulls are NaN, and NaN is read. */
  readonly keepsMissing: boolean
}
