import type { Kernels } from '../kernels/kernels.ts'
import type { RowRange } from '../matrix/row-ranges.ts'
import { exactDot } from '../arithmetic/expansion.ts'
import { addPowers, type PowerSums } from '../arithmetic/power-sums.ts'

/** How brute force computes the dots of a row sum: in float64, as in twice that precision (Dot2), or rounded once. */
export type DotPrecision = 'float64' | 'compensated' | 'exact'

/** Dots of a block of keys with a few queries, recomputed for each block in memory that is taken once. */
export class DotBlock {
  readonly queryCount: number
  readonly #kernels: Kernels
  readonly #dim: number
  readonly #precision: DotPrecision
  readonly #queries: Float64Array // [queryCount, dim], or [dim, queryCount] where plain
  readonly #dots: Float64Array // [queryCount, rowCount], or [rowCount, queryCount] where plain
  readonly #blockSums: Float64Array
  #rowCount = 0

  /** `queries` [queryCount, dim]; blocks of at most `blockRows` rows. Takes kernel scratch, which the caller releases. */
  constructor(
    kernels: Kernels,
    queries: Float64Array,
    dim: number,
    blockRows: number,
    precision: DotPrecision,
  ) {
    this.queryCount = queries.length / dim
    this.#kernels = kernels
    this.#dim = dim
    this.#precision = precision
    this.#queries = kernels.f64(queries.length)
    this.#queries.set(precision === 'float64' ? transposed(queries, this.queryCount, dim) : queries)
    this.#dots = kernels.f64(this.queryCount * blockRows)
    this.#blockSums = new Float64Array(this.queryCount)
  }

  /** `keys` [rowCount, dim] in the kernels' memory. */
  compute(keys: Float32Array | Float64Array, rowCount: number): void {
    const { queryCount } = this
    this.#rowCount = rowCount
    const dots = this.#dots.subarray(0, queryCount * rowCount)
    if (this.#precision === 'float64') {
      this.#kernels.multiply(dots, keys, this.#queries, rowCount, this.#dim, queryCount)
    } else if (this.#precision === 'compensated') {
      this.#kernels.compensatedDots(dots, this.#queries, queryCount, keys, rowCount, this.#dim)
    } else {
      for (let i = 0; i < dots.length; i++) {
        const [query, row] = [Math.floor(i / rowCount), i % rowCount]
        dots[i] = exactDot(this.#queries, query * this.#dim, keys, row * this.#dim, this.#dim)
      }
    }
  }

  /** Makes the dots 0 that a query does not see; the block's rows begin at row `rowStart`. */
  hide(visible: readonly RowRange[], rowStart: number): void {
    const { queryStride, rowStride } = this.#strides
    visible.forEach((seen, query) => {
      for (let row = 0; row < this.#rowCount; row++) {
        const rowId = rowStart + row
        if (rowId < seen.rowStart || rowId >= seen.rowEnd)
          this.#dots[row * rowStride + query * queryStride] = 0
      }
    })
  }

  /** rowSums [queryCount] += the squares of the block's dots, summed over its rows first. */
  addSquares(rowSums: Float64Array): void {
    const { queryStride, rowStride } = this.#strides
    const sums = this.#blockSums.fill(0)
    for (let row = 0; row < this.#rowCount; row++) {
      for (let query = 0; query < sums.length; query++) {
        const dot = this.#dots[row * rowStride + query * queryStride]
        sums[query] += dot * dot
      }
    }
    for (let query = 0; query < sums.length; query++) rowSums[query] += sums[query]
  }

  /** `total` += |dot|^p over the block's rows. */
  addPowers(total: PowerSums): void {
    const { queryStride, rowStride } = this.#strides
    const own = new Float64Array(this.#rowCount)
    for (let query = 0; query < this.queryCount; query++) {
      for (let row = 0; row < own.length; row++) own[row] = this.#dots[row * rowStride + query * queryStride]
      addPowers(total, query, own, 0, own.length)
    }
  }

  /** Visits the nonzero dots whose size reaches thresholds[query]; of each query rows ascending. */
  forEachAtLeast(thresholds: Float64Array, visit: (query: number, row: number) => void): void {
    const { queryStride, rowStride } = this.#strides
    for (let row = 0; row < this.#rowCount; row++) {
      for (let query = 0; query < this.queryCount; query++) {
        const dot = this.#dots[row * rowStride + query * queryStride]
        if (Math.abs(dot) >= thresholds[query] && dot !== 0) visit(query, row)
      }
    }
  }

  get #strides() {
    return this.#precision === 'float64'
      ? { rowStride: this.queryCount, queryStride: 1 }
      : { rowStride: 1, queryStride: this.#rowCount }
  }
}

function transposed(queries: Float64Array, queryCount: number, dim: number): Float64Array {
  return Float64Array.from(queries, (_, i) => queries[(i % queryCount) * dim + Math.floor(i / queryCount)])
}
