import { scaleColumns, scalePowerOfTwo } from '../arithmetic/column-exponents.ts'
import { exactDot } from '../arithmetic/expansion.ts'
import { gamma, UNIT_ROUNDOFF_F64 } from '../arithmetic/numeric.ts'
import { LARGEST_PAIR_SLACK } from '../bounds/dot-filter.ts'
import type { FourthMoments } from '../bounds/power/fourth-moments.ts'
import type { Kernels } from '../kernels/kernels.ts'
import type { HeavyPair } from '../pairs/pair-columns.ts'
import type { UniversalSet } from '../universal/universal-set.ts'
import { type MomentRowSum, MomentRowSums } from './moment-row-sums.ts'
import type { DottedQuery } from './power-queries.ts'

/** Above this relative error a row sum is left to a pass over the keys: scores are to be good to about 1e-9. */
const MOMENTS_TRUSTED_BELOW = 1e-9
/** Above this relative error of its fourth power a dot is computed once more, correctly rounded. */
const DOT_TRUSTED_BELOW = 1e-11

/** p = 4: the exact scores of U's keys from the row sums that the fourth moments give, without the other keys. */
export class MomentPairs {
  readonly #universal: UniversalSet
  readonly #epsilon: number
  readonly #rowSums: MomentRowSums

  /** Takes kernel scratch, which the caller releases. */
  constructor(kernels: Kernels, universal: UniversalSet, moments: FourthMoments, epsilon: number) {
    this.#universal = universal
    this.#epsilon = epsilon
    this.#rowSums = new MomentRowSums(kernels, moments)
  }

  /** The pairs of each query, in the order of U; undefined where its row sum is not known well enough. */
  of(queries: readonly DottedQuery[]): (HeavyPair[] | undefined)[] {
    const rowSums = this.#rowSums.of(queries.map(({ scaled }) => scaled))
    return queries.map((query, i) =>
      rowSums[i].error <= MOMENTS_TRUSTED_BELOW ? this.#pairs(query, rowSums[i]) : undefined,
    )
  }

  #pairs({ dots, roundingError, query, scaled, shift }: DottedQuery, sum: MomentRowSum): HeavyPair[] {
    const { rowIds } = this.#universal
    const epsilon = this.#epsilon
    const least = (epsilon * sum.rowSum) ** 0.25 * (1 - LARGEST_PAIR_SLACK) - roundingError
    const pairs: HeavyPair[] = []
    for (let slot = 0; slot < dots.length; slot++) {
      if (!(Math.abs(dots[slot]) >= least)) continue
      const { dot, error } = this.#dotWith(scaled, slot)
      if (dot === 0) continue
      const score = Math.min(1, (dot * dot * (dot * dot)) / sum.rowSum)
      const slack = sum.error + 4.04 * error + 8 * UNIT_ROUNDOFF_F64
      if (!(score >= epsilon * (1 - slack))) continue
      pairs.push({ query, keyId: rowIds[slot], score, dot: scalePowerOfTwo(dot, -shift), slack })
    }
    return pairs
  }

  /** <q̂, k̂> and the bound of its relative error. */
  #dotWith(scaled: Float64Array, slot: number): { dot: number; error: number } {
    const { dim, keys, factor } = this.#universal
    const row = keys.subarray(slot * dim, (slot + 1) * dim)
    const key = Float64Array.from(row)
    if (row instanceof Float64Array) scaleColumns(key, 1, factor.exponents)
    let dot = 0
    let absolute = 0
    for (let a = 0; a < dim; a++) {
      const product = scaled[a] * key[a]
      dot += product
      absolute += Math.abs(product)
    }
    const error = (gamma(dim + 2) * absolute) / Math.abs(dot)
    if (4 * error <= DOT_TRUSTED_BELOW) return { dot, error }
    return { dot: exactDot(scaled, 0, key, 0, dim), error: UNIT_ROUNDOFF_F64 }
  }
}
