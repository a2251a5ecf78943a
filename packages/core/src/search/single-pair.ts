import { gamma, UNIT_ROUNDOFF_F64 } from '../arithmetic/numeric.ts'
import { LARGEST_PAIR_SLACK } from '../bounds/dot-filter.ts'
import { compensatedDot, exactDot } from '../arithmetic/expansion.ts'

/** One pair's score and what it is worth. The object is reused. */
interface ScoredPair {
  score: number
  dot: number // of scaled query and key
  slack: number
}

/**
 * Scores pairs of scaled queries [queryCount, dim] and keys [keyCount, dim] by their row sums, p = 2: in float64, else by
 * Dot2, else correctly rounded, until the slack is at most LARGEST_PAIR_SLACK.
 */
export function singlePairScorer(
  queries: Float64Array,
  keys: Float64Array,
  dim: number,
  rowSums: ArrayLike<number>,
  relativeErrors: ArrayLike<number>,
): (query: number, slot: number) => ScoredPair {
  const gammaDim = gamma(dim + 2)
  const result: ScoredPair = { score: 0, dot: 0, slack: 0 }
  const plain: BoundedDot = { value: 0, absolute: 0 }
  return (query, slot) => {
    boundedDot(plain, queries, query * dim, keys, slot * dim, dim)
    let value = plain.value
    let slack = plainDotSlack(plain, gammaDim)
    if (!(slack <= LARGEST_PAIR_SLACK)) {
      value = compensatedDot(queries, query * dim, keys, slot * dim, dim)
      slack = compensatedDotSlack({ value, absolute: plain.absolute }, gammaDim)
    }
    // Only where the filter lets all pairs pass (epsilon below 1e-10): a dot that is 0 but for rounding is no pair.
    if (!(slack <= LARGEST_PAIR_SLACK)) {
      value = exactDot(queries, query * dim, keys, slot * dim, dim)
      slack = 2 * UNIT_ROUNDOFF_F64
    }
    result.dot = value
    // No score is above 1 but by rounding.
    result.score = Math.min(1, (value * value) / rowSums[query])
    result.slack = slack + relativeErrors[query]
    return result
  }
}

/** Plain dot <q, k>, ascending, with Σ|q_a k_a|: |error| <= gamma_d times that (Higham 2002, (3.5)). */
interface BoundedDot {
  value: number
  absolute: number
}

/** Writes Σ q_a k_a and Σ |q_a k_a| for row `qStart` of queries and `kStart` of keys. */
function boundedDot(
  result: BoundedDot,
  queries: Float64Array,
  qStart: number,
  keys: Float64Array,
  kStart: number,
  dim: number,
): void {
  let value = 0
  let absolute = 0
  for (let a = 0; a < dim; a++) {
    const product = queries[qStart + a] * keys[kStart + a]
    value += product
    absolute += Math.abs(product)
  }
  result.value = value
  result.absolute = absolute
}

/** Relative error bounds of a squared dot from its two kinds of rounding. */
function plainDotSlack(dot: BoundedDot, gammaDim: number): number {
  return (2 * gammaDim * dot.absolute) / Math.abs(dot.value)
}
function compensatedDotSlack(dot: BoundedDot, gammaDim: number): number {
  return 2 * (UNIT_ROUNDOFF_F64 + (gammaDim * gammaDim * dot.absolute) / Math.abs(dot.value))
}
