import type { Kernels } from '../../kernels/kernels.ts'
import { scaleColumns } from '../../arithmetic/column-exponents.ts'
import type { ProductFeatures } from '../factor/factor.ts'
import { liftRow } from './product-features.ts'
import { type Power, scoreOfBound } from '../../arithmetic/power.ts'

/** Rows lifted at a time. */
const LIFTED_ROWS = 256

/** Lowers the scores t of rows to those at which the factor's bound is the lift's, where that is smaller. */
export class ProductScorer {
  readonly #kernels: Kernels
  readonly #dim: number
  readonly #lift: ProductFeatures
  readonly #power: Power
  readonly #inflation: number
  readonly #leastScore: number
  readonly #lower: Float64Array
  readonly #lifted: Float64Array
  readonly #scores: Float64Array

  /** `inflation`: as for powerBound. Takes kernel scratch, which the caller releases. */
  constructor(kernels: Kernels, dim: number, lift: ProductFeatures, power: Power, inflation: number) {
    this.#kernels = kernels
    this.#dim = dim
    this.#lift = lift
    this.#power = power
    this.#inflation = inflation
    this.#leastScore = scoreOfBound(power, inflation, lift.leastBound) * (1 - 1e-9)
    this.#lower = kernels.f64(lift.lower.length)
    this.#lower.set(lift.lower)
    this.#lifted = kernels.f64(LIFTED_ROWS * lift.columns)
    this.#scores = kernels.f64(LIFTED_ROWS)
  }

  /** `t` [rowCount] of scaled rows [rowCount, dim]. */
  lowerScores(t: Float64Array, rows: Float32Array | Float64Array, rowCount: number): void {
    const chosen: number[] = []
    for (let r = 0; r < rowCount; r++) {
      if (t[r] >= this.#leastScore) chosen.push(r)
      if (chosen.length === LIFTED_ROWS) this.#lowerChosen(t, rows, chosen)
    }
    if (chosen.length > 0) this.#lowerChosen(t, rows, chosen)
  }

  /** Empties `chosen`. */
  #lowerChosen(t: Float64Array, rows: Float32Array | Float64Array, chosen: number[]): void {
    const { columns, exponents, slack } = this.#lift
    chosen.forEach((r, i) => liftRow(this.#lifted, i, rows, r, this.#dim))
    const lifted = this.#lifted.subarray(0, chosen.length * columns)
    scaleColumns(lifted, chosen.length, exponents)
    this.#kernels.leverage(this.#scores, lifted, this.#lower, chosen.length, columns)
    chosen.forEach((r, i) => {
      const bound = this.#scores[i] * (1 + slack)
      t[r] = Math.min(t[r], scoreOfBound(this.#power, this.#inflation, bound))
    })
    chosen.length = 0
  }
}
