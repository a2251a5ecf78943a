import { float64Error } from '../attention/softmax-error.ts'
import type { SoftmaxRows } from '../kernels/softmax-kernels.ts'
import { MOST_PAIR_ERROR, type PairSum, type PairTerms } from './pair-search.ts'
import { columnsOf, type DotColumns, filterPairs } from './pair-columns.ts'
import { errorOf, isFloat32Row, type SoftmaxTerms } from './query-groups.ts'
import { topPairs } from './top-keys.ts'

/** The wanted pairs of a batch, by query, keys ascending, with what they and their rows are known to. */
export interface SettledPairs extends DotColumns {
  /** A_ij */
  readonly scores: Float64Array
  /** Largest relative error of each score. */
  readonly slacks: Float64Array
  /** [queries of the batch]: log Σ_l exp(z_il); -Infinity where nothing is seen. */
  readonly lse: Float64Array
}

/**
 * The queries of `sum` that float32 leaves open: a pair's score may be on either side of epsilon. Their rows are to be summed in
 * float64 (docs/theory.md section 7).
 */
export function unsettledQueries(sum: PairSum, terms: PairTerms, dim: number): Uint32Array {
  const { epsilon, scale } = terms
  if (epsilon === undefined) return new Uint32Array(0)
  const rows = rowsOf(sum, terms, dim)
  const open = new Set<number>()
  sum.queries.forEach((query, i) => {
    const { isFloat64, lse, slack } = rows[query]
    if (isFloat64 || open.has(query)) return
    if (Math.abs(scale * sum.dots[i] - lse - Math.log(epsilon)) <= slack) open.add(query)
  })
  return Uint32Array.from(open).sort()
}

/**
 * The pairs that `terms` want. `exact`: the rows of the unsettled queries in float64, [queries of the batch] as `sum`'s. A pair is
 * one iff its float64 score is at least epsilon (1 - slack), slack that of float64.
 */
export function settlePairs(
  sum: PairSum,
  unsettled: Uint32Array,
  exact: SoftmaxRows | undefined,
  terms: PairTerms,
  dim: number,
): SettledPairs {
  const { scale, epsilon, top } = terms
  const rows = rowsOf(sum, terms, dim)
  for (const query of exact ? unsettled : [])
    rows[query] = float64Row(exact as SoftmaxRows, query, sum, terms, dim)
  const score = (i: number, { queries, dots }: DotColumns) =>
    Math.min(1, Math.exp(scale * dots[i] - rows[queries[i]].lse))
  const isHeavy = (i: number) => {
    const { isFloat64, slack } = rows[sum.queries[i]]
    return score(i, sum) >= (epsilon ?? 0) * (isFloat64 ? 1 - slack : 1)
  }
  const heavy = epsilon === undefined ? columnsOf(sum) : filterPairs(columnsOf(sum), isHeavy)
  const pairs = top === undefined || epsilon === undefined ? heavy : topPairs(heavy, rows.length, top)
  return {
    ...pairs,
    scores: Float64Array.from(pairs.queries, (_, i) => score(i, pairs)),
    slacks: Float64Array.from(pairs.queries, (query) => Math.expm1(rows[query].slack)),
    lse: Float64Array.from(rows, ({ lse }) => lse),
  }
}

/** How many rows of `sum` were summed in float64 from the first. */
export function float64Rows(sum: PairSum, terms: PairTerms, dim: number): number {
  return rowsOf(sum, terms, dim).filter(({ isFloat64, lse }) => isFloat64 && lse > -Infinity).length
}

interface Row {
  readonly isFloat64: boolean
  readonly lse: number
  /** Of log A_ij, at most. */
  readonly slack: number
}

function rowsOf(sum: PairSum, terms: PairTerms, dim: number): Row[] {
  return Array.from(sum.reaches, (reach, q) => {
    if (!isFloat32Row(terms, dim, reach, MOST_PAIR_ERROR)) return float64Row(sum, q, sum, terms, dim)
    const error = errorOf(false, terms)
    const slack = error.logSum(error.logit(dim, reach)) + exactSlack(terms, dim, reach)
    return { isFloat64: false, lse: lseOf(sum, q), slack }
  })
}

function float64Row(
  rows: SoftmaxRows,
  q: number,
  { reaches }: Pick<PairSum, 'reaches'>,
  terms: PairTerms,
  dim: number,
): Row {
  return { isFloat64: true, lse: lseOf(rows, q), slack: exactSlack(terms, dim, reaches[q]) }
}

/** log Σ: natural. */
export function lseOf({ shifts, totals }: SoftmaxRows, q: number): number {
  return shifts[q] === -Infinity ? -Infinity : shifts[q] * Math.LN2 + Math.log(totals[q])
}

/** Of log A_ij in float64: its dot, its row's sum, and what both are rounded by once more. */
function exactSlack({ keyCount }: Pick<SoftmaxTerms, 'keyCount'>, dim: number, reach: number): number {
  const error = float64Error(keyCount)
  const mu = error.logit(dim, reach)
  return error.logSum(mu) + 2 * mu + 1e-12
}
