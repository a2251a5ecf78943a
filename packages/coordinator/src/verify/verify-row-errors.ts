import {
  EXACT_QUERY_LIFT,
  gamma,
  isQuadratic,
  LARGEST_PAIR_SLACK,
  POWER_ROUNDINGS,
  type PowerSums,
  scalePowerOfTwo,
  termOfShareOfPowers,
  UNIT_ROUNDOFF_F64,
} from '@levattention/core/internal'
import type { DotPrecision } from '@levattention/core/internal'

/**
 * What brute force knows of a query's row sum: enough; too little, so that it is computed again more precisely; or never
 * enough, since its dots lie below what float64's exponents hold, or its p is beyond what powers are known for.
 */
export type RowState = 'known' | 'again' | 'beyond'

/** The row sums of a pass over all keys, and how they were added up. */
interface SummedRows {
  readonly rowSums: PowerSums
  readonly columnNorms: Float64Array // [dim]
  readonly rowCount: number
  readonly epsilon: number
  readonly precision: DotPrecision
  /** Additions behind a row sum, at most, and joins of partial sums among these. */
  readonly depth: number
  readonly joins: number
}

/** A row sum with a larger relative error bound is computed again, more precisely. */
const TRUSTED_BELOW = 1e-10
/** What underflow may take, relatively, before it counts: far below every other bound. */
const NEGLIGIBLE = 1e-12
/** Squares of plain dots that sum to less may have vanished in part. */
const LEAST_PLAIN_SQUARES = 2 ** -900

/** Queries are lifted where dots are to be exact, so that no product is subnormal that matters. */
export function liftOf(precision: DotPrecision): number {
  return precision === 'float64' ? 0 : EXACT_QUERY_LIFT
}

/** Σ_a |q_a| D_a of local query `q` of `scaled` [queries, dim]. */
export function sizeOf(scaled: Float64Array, q: number, columnNorms: Float64Array): number {
  const dim = columnNorms.length
  let sum = 0
  for (let a = 0; a < dim; a++) sum += Math.abs(scaled[q * dim + a]) * columnNorms[a]
  return sum
}

/** c = Σ_a |q_a| D_a / N^(1/p), at least 1 for p = 2 but for rounding; NaN where both are 0. `size`: its numerator. */
export function cancellationOf({ p, sums, exponents, tops }: PowerSums, q: number, size: number): number {
  if (isQuadratic({ p })) return scalePowerOfTwo(size, -Math.max(exponents[q], -1000)) / Math.sqrt(sums[q])
  return size / tops[q] / sums[q] ** (1 / p)
}

/**
 * Relative error bound of N = Σ |dot|^p, each dot off by e_j <= g Σ_a|q_a k_ja|, by Cauchy-Schwarz |e|_2 <= g c N^(1/p).
 * p = 2: 2 Σ |dot_j| e_j + Σ e_j² gives 2 g c + g² c². Other p: |e|_p <= n^(1/p-1/2) |e|_2 for p < 2, then Minkowski for
 * p >= 1, |x + e|^p <= |x|^p + |e|^p below. Sums of positive terms add gamma of their length, terms their own rounding.
 */
export function rowSumErrorOf(
  { rowSums: { p }, columnNorms, rowCount, precision, depth, joins }: SummedRows,
  cancellation: number,
): number {
  const dim = columnNorms.length
  const g = { float64: gamma(dim), compensated: gamma(dim + 2) ** 2, exact: 0 }[precision]
  // A row sum of 0 has no relative error; exact dots have none at all.
  const dots = precision === 'exact' ? 0 : g * cancellation
  if (isQuadratic({ p })) return gamma(depth) + 2 * UNIT_ROUNDOFF_F64 + 2 * dots + dots * dots
  const rounding = gamma(depth + (POWER_ROUNDINGS + p) * joins)
  const n = Math.max(1, rowCount)
  if (p < 1) return rounding + dots ** p * n ** (1 - p / 2)
  return rounding + Math.expm1(p * Math.log1p(dots * n ** Math.max(0, 1 / p - 1 / 2)))
}

/** `size`: Σ_a |q_a| D_a of query `q`. `hasLost`: entries of it or of keys lost bits when they were scaled, as far as is known. */
export function rowStateOf(rows: SummedRows, q: number, size: number, hasLost: boolean): RowState {
  const { rowSums, precision } = rows
  const isLast = precision === 'exact'
  const unknown = isLast ? 'beyond' : 'again'
  // Exact dots are all 0, or no column has both a nonzero key and a nonzero entry of the query.
  if (rowSums.sums[q] === 0) return (isLast || size === 0) && !hasLost ? 'known' : unknown
  const error = rowSumErrorOf(rows, cancellationOf(rowSums, q, size))
  // What powers add no better dots take away.
  const least = rowSumErrorOf({ ...rows, precision: 'exact' }, 0)
  const isKnown = error <= Math.max(TRUSTED_BELOW, 2 * least) && error <= LARGEST_PAIR_SLACK
  return isKnown && isInRange(rows, q, hasLost) ? 'known' : unknown
}

/**
 * True where what underflow takes from dots is negligible for a dot at the threshold and for the row sum. An entry below
 * 2^-1021 has lost at most 2^-1074, times the query's 2^lift or the key's 2^128; a product as much. Plain passes do not
 * look for lost entries, so for them there always are.
 */
function isInRange(
  { rowSums, columnNorms, rowCount, epsilon, precision }: SummedRows,
  q: number,
  hasLost: boolean,
): boolean {
  const { p, sums } = rowSums
  if (precision === 'float64' && isQuadratic({ p }) && !(sums[q] >= LEAST_PLAIN_SQUARES)) return false
  const exponent = precision === 'float64' ? 130 : hasLost ? EXACT_QUERY_LIFT : 4
  const loss = (columnNorms.length * 2 ** (exponent - 1074)) / termOfShareOfPowers(rowSums, q, epsilon)
  return Math.max(1, p) * Math.max(1, rowCount) * loss ** Math.min(1, p) <= NEGLIGIBLE
}
