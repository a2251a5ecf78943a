import { gamma, UNIT_ROUNDOFF_F64 } from '../numeric.ts'
import { LARGEST_PAIR_SLACK } from '../universal/dot-filter.ts'
import { exactDot } from '../universal/exact-dot.ts'
import {
  type BoundedDot,
  boundedDot,
  compensatedDot,
  compensatedDotSlack,
  plainDotSlack,
} from './scaled-queries.ts'

/** One pair's score and what it is worth. The object is reused. */
export interface ScoredPair {
  score: number
  dot: number // of scaled query and key
  slack: number
}

/**
 * Scores pairs of scaled queries [queryCount, dim] and keys [keyCount, dim] by their row sums, p = 2: in float64, else by
 * Dot2, else correctly rounded, until the slack is at most LARGEST_PAIR_SLACK.
 */
export function pairScorer(
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
