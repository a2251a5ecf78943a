import { filterByNorms, type KeyThreshold, normThreshold } from './filter-keys.ts'
import type { Kernels } from '../kernels/kernels.ts'
import { withScratch } from '../kernels/with-scratch.ts'
import type { Factor } from './factor/factor.ts'
import { inRange, normScales } from './norm-filter.ts'

/**
 * Row norms that are taken while the rows pass for their Gram, before its factor is known, in the scales of the first rows'
 * columns: s⁰_a = 1 / |column a of the first rows|. With the factor's scales s and r = max_a (s_a / s⁰_a)²,
 * Σ (s_a k_a)² <= r Σ (s⁰_a k_a)²: where columns keep their size, few rows need another look, and the shard need not be
 * read again. Float32 rows only.
 */
export class NormsWhileSumming {
  readonly #kernels: Kernels
  readonly #dim: number
  readonly #scales: Float32Array
  readonly #norms: Float32Array
  #rowCount = 0
  #usable = true

  /** At most `maxRows` rows. Takes kernel scratch, which the caller releases. */
  constructor(kernels: Kernels, dim: number, maxRows: number) {
    this.#kernels = kernels
    this.#dim = dim
    this.#scales = kernels.f32(dim)
    this.#norms = kernels.f32(maxRows, 'any')
  }

  /** Absorbs rows [rowCount, dim] of the kernels' memory; `columnSquares` [dim]: of the rows so far, these among them. */
  add(rows: Float32Array, rowCount: number, columnSquares: () => Float64Array): void {
    if (this.#rowCount === 0) {
      const scales = columnSquares().map((square) => (square > 0 ? 1 / Math.sqrt(square) : 0))
      this.#usable = inRange(scales)
      this.#scales.set(scales)
    }
    if (!this.#usable) return
    const norms = this.#norms.subarray(this.#rowCount, this.#rowCount + rowCount)
    this.#kernels.rowNorms(norms, rows, this.#scales, rowCount, this.#dim)
    this.#rowCount += rowCount
  }

  /** The rows, counted from the first, whose tau by `factor` may reach `threshold`; undefined where it cannot be told. */
  survivors(factor: Factor, threshold: KeyThreshold): Uint32Array | undefined {
    const scales = normScales(factor)
    if (!this.#usable || !scales) return undefined
    let ratio = 0
    for (let a = 0; a < this.#dim; a++) {
      // A column that the first rows left empty, and later ones did not, has no scale here: the ratio is infinite.
      if (scales[a] > 0) ratio = Math.max(ratio, (scales[a] / this.#scales[a]) ** 2)
    }
    const ofNorms = normThreshold(threshold, this.#dim, 'f32', ratio * (1 + 2 ** -40))
    if (!ofNorms) return undefined
    return withScratch(this.#kernels, () => {
      const hits = this.#kernels.u32(this.#rowCount, 'any')
      return hits.slice(0, filterByNorms(this.#kernels, hits, this.#norms, ofNorms, this.#rowCount))
    })
  }
}
