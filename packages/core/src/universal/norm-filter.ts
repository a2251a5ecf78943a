import type { Kernels } from '../kernels/kernels.ts'
import { REGULAR_BELOW_SLACK } from './certificate.ts'
import type { Factor } from './factor.ts'

/**
 * The cheapest way to exclude a row: tau_j <= |D⁻¹k_j|² / lambda_min(H) (theory.md section 3, t = 0).
 * It only saves work: a row that it drops has a computed tau below the threshold as well, since a computed tau is at
 * most (1 + slack) <= 1.001 times the true one, and the bound's own rounding is gamma_{2d+2}.
 */
export class NormFilter {
  readonly #kernels: Kernels
  readonly #weights: Float64Array
  readonly #norms: Float64Array
  readonly #dim: number
  #worthwhile: boolean

  constructor(kernels: Kernels, factor: Factor, maxRows: number) {
    this.#kernels = kernels
    this.#dim = factor.dim
    this.#weights = kernels.f64(factor.dim)
    const mu = factor.smallestEigenvalue
    this.#worthwhile = factor.ridge === 0 && factor.coordinates === undefined && mu > 0
    const room = (1 + 2 * REGULAR_BELOW_SLACK) / mu
    for (let a = 0; a < factor.dim; a++) {
      this.#weights[a] = factor.live[a] ? room / factor.columnNorms[a] ** 2 : 0
    }
    this.#norms = kernels.f64(maxRows)
  }

  /**
   * Moves the rows [rowCount, dim] that may reach `threshold` to the front of `rows` and their local row numbers to the
   * front of `localRows`; returns their count. Gives up for good where it excludes less than half of a block.
   */
  compact(
    rows: Float32Array | Float64Array,
    rowCount: number,
    threshold: number,
    localRows: Uint32Array,
  ): number {
    for (let r = 0; r < rowCount; r++) localRows[r] = r
    if (!this.#worthwhile || rowCount === 0) return rowCount
    const dim = this.#dim
    this.#kernels.weightedNorms(this.#norms, rows, this.#weights, rowCount, dim)
    let count = 0
    for (let r = 0; r < rowCount; r++) {
      if (this.#norms[r] < threshold) continue
      if (count !== r) rows.copyWithin(count * dim, r * dim, (r + 1) * dim)
      localRows[count++] = r
    }
    if (count > rowCount / 2) this.#worthwhile = false
    return count
  }
}
