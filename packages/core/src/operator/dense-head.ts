import type { Floats } from '../kernels/softmax-kernels.ts'

/** A matrix [rows, cols] in memory, row-major; it is not copied. */
export interface Dense {
  /** [rows, cols] numbers, row-major. */
  readonly data: Floats
  /** Rows. */
  readonly rows: number
  /** Columns. */
  readonly cols: number
}

/** One head: queries [m, d], keys [n, d], values [n, dv]. */
export interface DenseHead {
  /** [m, d] */
  readonly queries: Dense
  /** [n, d] */
  readonly keys: Dense
  /** [n, dv] */
  readonly values: Dense
}
