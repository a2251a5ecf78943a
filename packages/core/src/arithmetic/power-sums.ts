import {
  addSquares,
  largestOf,
  joinSquares,
  noSquares,
  shareOfSquares,
  type SquareSums,
  termOfShare,
} from './square-sums.ts'
import { powerFunction } from './power.ts'

/**
 * Sums of |x|^p that neither overflow nor vanish, one a query. p = 2: as SquareSums. Other p: query q's sum is
 * sums[q] · tops[q]^p with tops[q] the largest |x| so far, so that sums[q] >= 1 unless every term was zero.
 */
export interface PowerSums extends SquareSums {
  readonly p: number
  readonly tops: Float64Array // [queryCount]
}

export function noPowers(p: number, queryCount: number): PowerSums {
  return { p, ...noSquares(queryCount), tops: new Float64Array(queryCount) }
}

/** Adds |values[i]|^p for i in [start, start + count) to the sum of `query`, in order, in place; `largest`: of these. */
export function addPowers(
  total: PowerSums,
  query: number,
  values: Float64Array,
  start: number,
  count: number,
  largest: number = largestOf(values, start, count),
): void {
  const { p } = total
  if (p === 2) {
    addSquares(total, query, values, start, count, largest)
    return
  }
  if (largest === 0) return
  raise(total, query, largest)
  const power = powerFunction(p)
  const top = total.tops[query]
  let sum = 0
  for (let i = start; i < start + count; i++) if (values[i] !== 0) sum += power(values[i] / top)
  total.sums[query] += sum
}

/** The sums of both, as a new value. */
export function joinPowers(a: PowerSums, b: PowerSums): PowerSums {
  if (a.p === 2) return { p: 2, ...joinSquares(a, b), tops: a.tops }
  const joined = { ...a, sums: a.sums.slice(), tops: a.tops.slice() }
  b.sums.forEach((sum, q) => {
    if (sum === 0) return
    raise(joined, q, b.tops[q])
    joined.sums[q] += sum * (b.tops[q] / joined.tops[q]) ** a.p
  })
  return joined
}

/** The share of `query`'s sum that |value|^p is; `value` is one of its terms. */
export function shareOfPowers(total: PowerSums, query: number, value: number): number {
  if (total.p === 2) return shareOfSquares(total, query, value)
  return powerFunction(total.p)(value / total.tops[query]) / total.sums[query]
}

/** The size of a term that has this `share` of `query`'s sum. */
export function termOfShareOfPowers(total: PowerSums, query: number, share: number): number {
  if (total.p === 2) return termOfShare(total, query, share)
  return (share * total.sums[query]) ** (1 / total.p) * total.tops[query]
}

function raise({ p, sums, tops }: PowerSums, query: number, top: number): void {
  if (top <= tops[query]) return
  sums[query] *= (tops[query] / top) ** p
  tops[query] = top
}
