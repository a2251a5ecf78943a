import { gamma } from '../numeric.ts'
import { scalePowerOfTwo } from '../summary/column-exponents.ts'
import type { Factor } from '../universal/factor.ts'
import { POWER_ROUNDINGS } from '../universal/power.ts'
import type { PowerSums } from '../universal/power-sums.ts'

/** Queries of an exact pass are scaled up by 2^this (keys lie below 2^128), so that no product is subnormal that matters. */
export const EXACT_QUERY_LIFT = 600

/**
 * The dots' part of a row sum's relative error, each dot off by at most g Σ_a|q_a k_la|. p = 2: Σ_l 2|dot_l| g Σ_a|q_a k_la|
 * <= 2 g Σ_a|q_a| D_a sqrt(N), by Cauchy-Schwarz column by column. Other p: NOTES.md "Exact pass, p other than 2".
 */
export function relativeDotError(
  rowSums: PowerSums,
  query: number,
  queries: Float64Array,
  factor: Pick<Factor, 'dim' | 'columnNorms' | 'rowCount'>,
  g: number,
): number {
  const { p, sums } = rowSums
  if (sums[query] === 0) return 0
  const relative = relativeSize(rowSums, query, queries, factor)
  if (p === 2) return 2.1 * g * relative
  const n = Math.max(1, factor.rowCount)
  // Minkowski for p >= 1; |x + e|^p <= |x|^p + |e|^p below. |K|_p <= n^(1/p-1/2) |K|_2 for p < 2.
  if (p >= 1) return Math.expm1(p * Math.log1p(1.05 * g * relative * n ** Math.max(0, 1 / p - 1 / 2)))
  return 1.05 * (g * relative) ** p * n ** (1 - p / 2)
}

/** Relative error of |dot|^p at the threshold, where |dot| = (epsilon N)^(1/p). */
export function pairError(
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
  if (p === 2) return scalePowerOfTwo(size, EXACT_QUERY_LIFT - exponents[query]) / Math.sqrt(sums[query])
  return (size * 2 ** EXACT_QUERY_LIFT) / tops[query] / sums[query] ** (1 / p)
}

/** Of the powers of terms, and of the powers by which sums go from one top to the next. */
export function powerRounding(p: number, depth: number): number {
  return gamma((depth + 4) * (POWER_ROUNDINGS + p))
}
