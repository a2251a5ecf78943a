import { ExactSum } from '../arithmetic/exact-sum.ts'
import { newRows } from '../matrix/matrix-source.ts'

/**
 * Rows drawn with replacement from those outside U, in the order of their arrival, and what a lower bound of row sums by
 * them has to know of all such rows (docs/theory.md section 4, "A one-sided estimate").
 *
 * Row j sends draws at the times of a Poisson process of its own, of rate r_j, by (seed, row id) alone. Of such processes together
 * each next draw is row j with probability r_j / Σ r, whatever came before: the first s draws of all rows are s independent
 * ones with replacement. So parts merge by their times, and no part needs to know of the others.
 *
 * Merge law: the first `limit` of both; sums are exact. Associative and commutative to the last bit. Plain data.
 */
export interface EstimateDraws {
  /** In the order of arrival; at most `limit`. */
  readonly times: Float64Array // [count], ascending
  readonly rowIds: Float64Array // [count]
  readonly rates: Float64Array // [count]: r_j
  readonly rows: Float32Array | Float64Array // [count, dim], as they were read
  /** Parts of an ExactSum of the rates of all rows outside U, drawn or not. */
  readonly rateParts: Float64Array
  /** Rows outside U. */
  readonly restRows: number
  readonly leastRate: number // Infinity where there are none
  /** No row outside U takes more of a query's |q.k|^2 attention. */
  readonly largestLeverage: number
  /** No min(1, tau_j) / r_j outside U is larger. */
  readonly largestLeverageRatio: number
}

/** The draws of no rows. */
export function noEstimateDraws(element: 'f32' | 'f64'): EstimateDraws {
  const none = new Float64Array(0)
  return {
    times: none,
    rowIds: none,
    rates: none,
    rows: newRows(element, 0),
    rateParts: none,
    restRows: 0,
    leastRate: Infinity,
    largestLeverage: 0,
    largestLeverageRatio: 0,
  }
}

/** The first `limit` draws of disjoint rows, of one element type. */
export function mergeEstimateDraws(a: EstimateDraws, b: EstimateDraws, limit: number): EstimateDraws {
  const rateSum = new ExactSum()
  rateSum.addParts(a.rateParts)
  rateSum.addParts(b.rateParts)
  return {
    ...earliest(a, b, limit),
    rateParts: rateSum.parts,
    restRows: a.restRows + b.restRows,
    leastRate: Math.min(a.leastRate, b.leastRate),
    largestLeverage: Math.max(a.largestLeverage, b.largestLeverage),
    largestLeverageRatio: Math.max(a.largestLeverageRatio, b.largestLeverageRatio),
  }
}

type Arrivals = Pick<EstimateDraws, 'times' | 'rowIds' | 'rates' | 'rows'>

/** Of equal times the smaller row id comes first: that two are equal has a chance below 2^-50 a pair. */
function earliest(a: Arrivals, b: Arrivals, limit: number): Arrivals {
  const count = Math.min(limit, a.times.length + b.times.length)
  const dim = widthOf(a) || widthOf(b)
  const [times, rowIds, rates] = [new Float64Array(count), new Float64Array(count), new Float64Array(count)]
  const rows = newRows(a.rows instanceof Float64Array ? 'f64' : 'f32', count * dim)
  for (let at = 0, i = 0, j = 0; at < count; at++) {
    const fromA = j === b.times.length || (i < a.times.length && comesFirst(a, i, b, j))
    const from = fromA ? a : b
    const slot = fromA ? i++ : j++
    times[at] = from.times[slot]
    rowIds[at] = from.rowIds[slot]
    rates[at] = from.rates[slot]
    copyRow(rows, at * dim, from.rows, slot * dim, dim)
  }
  return { times, rowIds, rates, rows }
}

/** Number by number: there are thousands of short rows, and a view of each would take longer. */
function copyRow(
  into: Float32Array | Float64Array,
  at: number,
  from: Float32Array | Float64Array,
  start: number,
  length: number,
): void {
  for (let i = 0; i < length; i++) into[at + i] = from[start + i]
}

function comesFirst(a: Arrivals, i: number, b: Arrivals, j: number): boolean {
  return a.times[i] < b.times[j] || (a.times[i] === b.times[j] && a.rowIds[i] < b.rowIds[j])
}

function widthOf({ times, rows }: Arrivals): number {
  return times.length === 0 ? 0 : rows.length / times.length
}

/** Stages of a query: the first so many draws, then more where these do not settle it. */
const STAGES = [1024, 4096, 16_384, 65_536] as const
/** Draws are held as float64 once a thread. */
const MOST_DRAWN_BYTES = 64 * 2 ** 20

/** The stages of draws of `dim` columns: as many as their rows leave room for. */
export function estimateStages(dim: number): readonly number[] {
  const [first, ...others] = STAGES
  return [first, ...others.filter((draws) => draws * dim * 8 <= MOST_DRAWN_BYTES)]
}

/** Draws that tell more of few rows than a sum over all of them would cost. */
const DRAWS_A_ROW = 4

/** Draws that are kept at most of [rowCount, dim]: a stage. */
export function estimateDrawLimit(dim: number, rowCount: number): number {
  const stages = estimateStages(dim)
  return stages.find((stage) => stage >= DRAWS_A_ROW * rowCount) ?? stages[stages.length - 1]
}

/** What an estimate goes by beside the universal set. Plain data; its arrays are shared with threads. */
export interface EstimateTerms {
  readonly draws: EstimateDraws
  /** The chance, over seeds, that any of `queryCount` queries has a row sum below its certified lower end. */
  readonly delta: number
  readonly queryCount: number
}
