import { copyIn } from '../kernels/with-scratch.ts'
import type { Kernels } from '../kernels/kernels.ts'
import { scaleColumns } from '../arithmetic/column-exponents.ts'
import type { Preconditioner } from './factor/preconditioner.ts'
import { type Factor, type SketchBounds } from './factor/factor.ts'
import { ridgeInflation } from './factor/ridge-rules.ts'
import { ProductScorer } from './power/product-scorer.ts'
import { RowMap } from './factor/row-map.ts'

/** What scoring needs of a factor. */
export type ScoringFactor = Pick<
  Factor,
  'dim' | 'exponents' | 'lower' | 'ridge' | 'isTight' | 'power' | 'products'
> & {
  readonly preconditioner: Pick<Preconditioner, 'forward' | 'compensated'> | undefined
  readonly sketch?: Pick<SketchBounds, 'lowers'> | undefined
}

/** Scores rows by one factor: tau = |lower⁻¹ y|², the only routine that does, so that no backend shows in the output. */
export class Scorer {
  readonly #kernels: Kernels
  readonly #factor: ScoringFactor
  readonly #lowers: readonly Float64Array[]
  readonly #others: Float64Array | undefined // tau by a further sketch
  readonly #lifted: ProductScorer | undefined
  readonly #map: RowMap | undefined

  /** Scores at most `maxRows` rows a call. Takes kernel scratch, which the caller releases. */
  constructor(kernels: Kernels, factor: ScoringFactor, maxRows: number) {
    this.#kernels = kernels
    this.#factor = factor
    this.#lowers = (factor.sketch?.lowers ?? [factor.lower]).map((lower) => copyIn(kernels, lower))
    if (this.#lowers.length > 1) this.#others = kernels.f64(maxRows)
    const { dim, products, power, preconditioner } = factor
    if (products && power)
      this.#lifted = new ProductScorer(kernels, dim, products, power, ridgeInflation(factor))
    if (preconditioner) this.#map = new RowMap(kernels, preconditioner, dim, maxRows)
  }

  /** Scales a float64 block [rowCount, dim] into the factor's columns, in place. Float32 rows need none. */
  scale(rows: Float32Array | Float64Array, rowCount: number): void {
    if (rows instanceof Float64Array) scaleColumns(rows, rowCount, this.#factor.exponents)
  }

  /** tau [rowCount] of scaled rows [rowCount, dim]; `whitened` [rowCount, dim] receives x = lower⁻¹ y where given. */
  score(
    tau: Float64Array,
    rows: Float32Array | Float64Array,
    rowCount: number,
    whitened?: Float64Array,
  ): void {
    const y = this.#map?.map(rows, rowCount) ?? rows
    this.#kernels.leverage(tau, y, this.#lowers[0], rowCount, this.#factor.dim, whitened)
    if (this.#others) this.#raiseToOthers(tau, y, rowCount, this.#others)
    this.#lifted?.lowerScores(tau, rows, rowCount)
  }

  /** The largest score by any sketch. */
  #raiseToOthers(
    tau: Float64Array,
    rows: Float32Array | Float64Array,
    rowCount: number,
    others: Float64Array,
  ): void {
    for (const lower of this.#lowers.slice(1)) {
      this.#kernels.leverage(others, rows, lower, rowCount, this.#factor.dim)
      for (let r = 0; r < rowCount; r++) tau[r] = Math.max(tau[r], others[r])
    }
  }
}
