import { gamma, UNIT_ROUNDOFF_F64 } from '../arithmetic/numeric.ts'
import { scalePowerOfTwo } from '../arithmetic/column-exponents.ts'
import { LARGEST_PAIR_SLACK } from '../bounds/dot-filter.ts'
import type { Factor } from '../bounds/factor/factor.ts'
import type { HeavyPair } from '../pairs/pair-columns.ts'
import { type PowerSums, shareOfPowers, termOfShareOfPowers } from '../arithmetic/power-sums.ts'
import { POWER_ROUNDINGS } from '../arithmetic/power.ts'
import { ratioOfSums } from '../arithmetic/square-sums.ts'
import type { ExactPart, ExactPrecision } from './exact-pass.ts'
import { NORMALISER_TRUSTED_BELOW } from './normaliser.ts'
import { isQuadratic } from '../attention/attention.ts'

/** Queries of an exact pass are scaled up by 2^this (keys lie below 2^128), so that no product is subnormal that matters. */
export const EXACT_QUERY_LIFT = 600

/** What the exact pass decides. Query numbers are local to the pass. */
export interface ExactAnswer {
  readonly pairs: HeavyPair[]
  readonly undefinedRows: number[]
  /** Share of each row sum inside U [queryCount]; NaN where undefined. */
  readonly mass: Float64Array
  /** Queries for which this precision was not enough: they go once more, with the next better one. */
  readonly uncertified: number[]
  /**
   * Queries that no precision decides: their dots at the threshold lie below what float64's exponents hold, or p is so large
   * that powers of correctly rounded dots are not known well enough (above about 1e8).
   */
  readonly beyondRange: number[]
}

/** The pairs of one exact pass over all keys. `queries` as for exactShard; dots are scaled back by `shifts`. */
export function exactAnswer(
  whole: ExactPart,
  factor: Pick<Factor, 'dim' | 'columnNorms' | 'rowCount'>,
  queries: Float64Array,
  shifts: Int32Array,
  epsilon: number,
  precision: ExactPrecision,
  queriesLost: ArrayLike<number> = [],
): ExactAnswer {
  const { dim } = factor
  // Entries lost below 2^-1074 move a dot by less than d 2^-1073 (|q| + |k|), |q| <= 2^EXACT_QUERY_LIFT, |k| < 2^128.
  const lostSize = dim * 2 ** (EXACT_QUERY_LIFT - 1072)
  const isLost = (q: number) =>
    (whole.keysLost || queriesLost[q] === 1) &&
    !(termOfShareOfPowers(whole.rowSums, q, epsilon) * (LARGEST_PAIR_SLACK / 8) > lostSize)
  const { sums } = whole.rowSums
  const { p } = whole.rowSums
  const quadratic = isQuadratic(whole.rowSums)
  const plain =
    gamma(whole.depth + 2) + 4 * UNIT_ROUNDOFF_F64 + (quadratic ? 0 : powerRounding(p, whole.depth))
  const dotError = { float64: gamma(dim + 2), compensated: gamma(dim + 2) ** 2, exact: 0 }[precision]
  const dotErrors = sums.map((_, q) =>
    precision === 'exact' ? 0 : relativeDotError(whole.rowSums, q, queries, factor, dotError),
  )
  const errors = dotErrors.map((error) => plain + error)
  const isZero = (q: number) => sums[q] === 0
  // A dot at the threshold is sqrt(epsilon N): its relative error is larger than the row sum's by as much.
  const trusted = (q: number) =>
    !isZero(q) &&
    !isLost(q) &&
    errors[q] <= NORMALISER_TRUSTED_BELOW &&
    (quadratic
      ? dotErrors[q] <= (LARGEST_PAIR_SLACK / 2) * Math.sqrt(epsilon)
      : precision === 'exact' ||
        pairError(whole.rowSums, q, queries, factor, dotError, epsilon) <= LARGEST_PAIR_SLACK / 2)
  const local = [...sums.keys()]
  const pairs: HeavyPair[] = []
  whole.queries.forEach((query, i) => {
    if (!trusted(query)) return
    const dot = whole.dots[i]
    const score = Math.min(1, shareOfPowers(whole.rowSums, query, dot))
    const doubled = precision === 'exact' ? 0 : (dotError * whole.absolutes[i]) / Math.abs(dot)
    const slack = errors[query] + (quadratic ? 2 : 1.01 * p) * (UNIT_ROUNDOFF_F64 + doubled)
    if (!(score >= epsilon * (1 - Math.min(slack, LARGEST_PAIR_SLACK)))) return
    pairs.push({ query, keyId: whole.keyIds[i], score, dot: scalePowerOfTwo(dot, -shifts[query]), slack })
  })
  return {
    pairs,
    mass: sums.map((_, q) =>
      quadratic ? Math.min(1, ratioOfSums(whole.insideSums, whole.rowSums, q)) : NaN,
    ),
    undefinedRows: precision === 'exact' ? local.filter((q) => isZero(q) && !isLost(q)) : [],
    beyondRange: precision === 'exact' ? local.filter((q) => isLost(q) || (!isZero(q) && !trusted(q))) : [],
    uncertified: precision === 'exact' ? [] : local.filter((q) => !trusted(q)),
  }
}

/**
 * The dots' part of a row sum's relative error, each dot off by at most g Σ_a|q_a k_la|. p = 2: Σ_l 2|dot_l| g Σ_a|q_a k_la|
 * <= 2 g Σ_a|q_a| D_a sqrt(N), by Cauchy-Schwarz column by column. Other p: NOTES.md "Exact pass, p other than 2".
 */
function relativeDotError(
  rowSums: PowerSums,
  query: number,
  queries: Float64Array,
  factor: Pick<Factor, 'dim' | 'columnNorms' | 'rowCount'>,
  g: number,
): number {
  const { p, sums } = rowSums
  if (sums[query] === 0) return 0
  const relative = relativeSize(rowSums, query, queries, factor)
  if (isQuadratic(rowSums)) return 2.1 * g * relative
  const n = Math.max(1, factor.rowCount)
  // Minkowski for p >= 1; |x + e|^p <= |x|^p + |e|^p below. |K|_p <= n^(1/p-1/2) |K|_2 for p < 2.
  if (p >= 1) return Math.expm1(p * Math.log1p(1.05 * g * relative * n ** Math.max(0, 1 / p - 1 / 2)))
  return 1.05 * (g * relative) ** p * n ** (1 - p / 2)
}

/** Relative error of |dot|^p at the threshold, where |dot| = (epsilon N)^(1/p). */
function pairError(
  rowSums: PowerSums,
  query: number,
  queries: Float64Array,
  factor: Pick<Factor, 'dim' | 'columnNorms'>,
  g: number,
  epsilon: number,
): number {
  const relative = relativeSize(rowSums, query, queries, factor)
  return 1.1 * rowSums.p * g * relative * epsilon ** (-1 / rowSums.p)
}

/** Σ_a |q_a| D_a / N^(1/p): the 2-norm over all keys of Σ_a |q_a k_la| is at most the numerator. Column scales cancel. */
function relativeSize(
  { p, sums, exponents, tops }: PowerSums,
  query: number,
  queries: Float64Array,
  { dim, columnNorms }: Pick<Factor, 'dim' | 'columnNorms'>,
): number {
  let size = 0
  for (let a = 0; a < dim; a++) {
    size += Math.abs(queries[query * dim + a] * 2 ** -EXACT_QUERY_LIFT) * columnNorms[a]
  }
  if (isQuadratic({ p }))
    return scalePowerOfTwo(size, EXACT_QUERY_LIFT - exponents[query]) / Math.sqrt(sums[query])
  return (size * 2 ** EXACT_QUERY_LIFT) / tops[query] / sums[query] ** (1 / p)
}

/** Of the powers of terms, and of the powers by which sums go from one top to the next. */
function powerRounding(p: number, depth: number): number {
  return gamma((depth + 4) * (POWER_ROUNDINGS + p))
}
