import type { Floats } from '../kernels/softmax-kernels.ts'

/** A matrix [rows, cols] in memory, row-major; it is not copied. */
export interface Dense {
  readonly data: Floats
  readonly rows: number
  readonly cols: number
}

/** One head: queries [m, d], keys [n, d], values [n, dv]. */
export interface DenseHead {
  readonly queries: Dense
  readonly keys: Dense
  readonly values: Dense
}
