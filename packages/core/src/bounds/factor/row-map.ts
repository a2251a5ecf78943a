import type { Kernels } from '../../kernels/kernels.ts'
import type { Preconditioner } from './preconditioner.ts'
import { copyIn } from '../../kernels/with-scratch.ts'

/** y = k̂ T for blocks of rows; the columns that the coordinates name by compensated dots, so that cancellation costs nothing. */
export class RowMap {
  readonly #kernels: Kernels
  readonly #dim: number
  readonly #forward: Float64Array
  readonly #mapped: Float64Array
  readonly #columns: Uint32Array
  readonly #columnsOfT: Float64Array // [columns, dim]
  readonly #dots: Float64Array // [columns, maxRows]

  /** Maps at most `maxRows` rows a call. Takes kernel scratch, which the caller releases. */
  constructor(
    kernels: Kernels,
    { forward, compensated }: Pick<Preconditioner, 'forward' | 'compensated'>,
    dim: number,
    maxRows: number,
  ) {
    this.#kernels = kernels
    this.#dim = dim
    this.#forward = copyIn(kernels, forward)
    this.#mapped = kernels.f64(maxRows * dim)
    this.#columns = compensated
    this.#columnsOfT = kernels.f64(compensated.length * dim)
    compensated.forEach((b, i) => {
      for (let a = 0; a < dim; a++) this.#columnsOfT[i * dim + a] = forward[a * dim + b]
    })
    this.#dots = kernels.f64(compensated.length * maxRows)
  }

  /** y [rowCount, dim] of `rows` [rowCount, dim], valid until the next call. */
  map(rows: Float32Array | Float64Array, rowCount: number): Float64Array {
    const dim = this.#dim
    const mapped = this.#mapped
    this.#kernels.multiply(mapped, rows, this.#forward, rowCount, dim, dim)
    if (this.#columns.length === 0) return mapped
    const dots = this.#dots
    this.#kernels.compensatedDots(dots, this.#columnsOfT, this.#columns.length, rows, rowCount, dim)
    this.#columns.forEach((b, i) => {
      for (let r = 0; r < rowCount; r++) mapped[r * dim + b] = dots[i * rowCount + r]
    })
    return mapped
  }
}
