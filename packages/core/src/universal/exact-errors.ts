import { gamma } from '../numeric.ts'
import { scalePowerOfTwo } from '../summary/column-exponents.ts'
import { EXACT_QUERY_LIFT } from './exact-pass.ts'
import type { Factor } from './factor.ts'
import { POWER_ROUNDINGS } from './power.ts'
import type { PowerSums } from './power-sums.ts'

/**
 * The dots' part of a row sum's relative error, each dot off by at most g Σ|q_a k_a| <= g |q||k_l|. p = 2:
 * Σ 2|dot| g|q||k_l| / N <= 2 g |q| |K|_F / sqrt(N), by Cauchy-Schwarz. Other p: NOTES.md "Exact pass".
 */
export function relativeDotError(
  rowSums: PowerSums,
  query: number,
  queries: Float64Array,
  factor: Pick<Factor, 'dim' | 'frobeniusSquared' | 'rowCount'>,
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
  factor: Pick<Factor, 'dim' | 'frobeniusSquared'>,
  g: number,
  epsilon: number,
): number {
  const relative = relativeSize(rowSums, query, queries, factor)
  return 1.1 * rowSums.p * g * relative * epsilon ** (-1 / rowSums.p)
}

/** |q| |K|_F / N^(1/p). */
function relativeSize(
  { p, sums, exponents, tops }: PowerSums,
  query: number,
  queries: Float64Array,
  { dim, frobeniusSquared }: Pick<Factor, 'dim' | 'frobeniusSquared'>,
): number {
  let square = 0
  for (let i = query * dim; i < (query + 1) * dim; i++) square += (queries[i] * 2 ** -EXACT_QUERY_LIFT) ** 2
  const size = Math.sqrt(square) * Math.sqrt(frobeniusSquared)
  if (p === 2) return scalePowerOfTwo(size, EXACT_QUERY_LIFT - exponents[query]) / Math.sqrt(sums[query])
  return (size * 2 ** EXACT_QUERY_LIFT) / tops[query] / sums[query] ** (1 / p)
}

/** Of the powers of terms, and of the powers by which sums go from one top to the next. */
export function powerRounding(p: number, depth: number): number {
  return gamma((depth + 4) * (POWER_ROUNDINGS + p))
}
