import { filterKeys, type KeyThreshold } from './filter-keys.ts'
import type { Kernels } from '../kernels/kernels.ts'
import type { Candidates } from '../sums/candidates.ts'
import { boundOf, type Factor } from './factor/factor.ts'
import { Scorer } from './scorer.ts'
import { tausOf } from './selector.ts'

/** Bounds of rows by a factor and by its `others`: the least of all, each of these rounded up by its own slack. */
export class LeastBounds {
  readonly #factor: Factor
  readonly #scorers: { readonly factor: Factor; readonly scorer: Scorer }[]
  readonly #tau: Float64Array

  /** At most `maxRows` rows a call. Takes kernel scratch, which the caller releases. */
  constructor(kernels: Kernels, factor: Factor, maxRows: number) {
    this.#factor = factor
    this.#scorers = [factor, ...(factor.alternatives ?? [])].map((one) => ({
      factor: one,
      scorer: new Scorer(kernels, one, maxRows),
    }))
    this.#tau = kernels.f64(maxRows)
  }

  /** Writes the bounds [rowCount] of `rows` [rowCount, dim], of the kernels' memory; float64 rows are left scaled. */
  write(bounds: Float64Array, rows: Float32Array | Float64Array, rowCount: number): void {
    this.#scorers.forEach(({ factor, scorer }, i) => {
      // All factors are in the exponents of G: one scaling serves them.
      if (i === 0) scorer.scale(rows, rowCount)
      scorer.score(this.#tau, rows, rowCount)
      for (let r = 0; r < rowCount; r++) {
        const bound =
          factor === this.#factor ? boundOf(factor, this.#tau[r]) : roundedUp(factor, this.#tau[r])
        if (i === 0 || bound < bounds[r]) bounds[r] = bound
      }
    })
  }
}

/** The candidates that `threshold` keeps by every other factor as well, at the least of their bounds. */
export function keptByOthers(
  kernels: Kernels,
  { alternatives = [] }: Factor,
  candidates: Candidates,
  threshold: KeyThreshold,
): Candidates {
  return alternatives.reduce((kept, factor) => {
    const scores = tausOf(kernels, factor, kept)
    const bounds = kept.bounds.map((known, slot) => Math.min(known, roundedUp(factor, scores[slot])))
    return kept.at(filterKeys(kept, bounds, threshold), bounds)
  }, candidates)
}

function roundedUp(factor: Factor, tau: number): number {
  return boundOf(factor, tau) * (1 + 2 * factor.thresholdSlack)
}
