import type { Factor } from '@levattention/core/internal'
import type { RunStats } from './run-context.ts'

/** Code of the warning that columns depend on one another but for little. */
export const NEARLY_DEPENDENT = 'nearly-dependent'

/** A rank whose ridge scores are off by more than this is not told apart. */
const LARGEST_RANGE_SLACK = 1e-3

/**
 * Whether scores are leverage scores up to their slack: the keys' columns are independent, or depend on one another so clearly that
 * their rank can be told (docs/theory.md section 8, "Numerical rank"). Else they are ridge scores.
 */
export function isLeverage({ ridge, rangeSlack = Infinity }: Factor): boolean {
  return ridge === 0 || rangeSlack <= LARGEST_RANGE_SLACK
}

/** The factor of G, and the rank by those who take differences below 1e-7 for rounding. */
interface RankFacts {
  readonly factor: Factor
  readonly plainRank?: number | undefined
}

/** Whether columns depend on one another but for differences that many programs take for rounding. */
export function isNearRank({ factor, plainRank = factor.rank }: RankFacts): boolean {
  return factor.rank > plainRank
}

/** Warns where that is so; `means`: what it means for what was asked, a sentence. */
export function warnOfNearRank(found: RankFacts, means: string, stats: RunStats): void {
  if (!isNearRank(found) || !isLeverage(found.factor)) return
  stats.warn(
    NEARLY_DEPENDENT,
    `the columns depend on one another but for differences below 1e-7 of their size: the rank is ${found.factor.rank} as far as sums in float64 tell, and ` +
      `${found.plainRank} for programs that take such differences for rounding, as R's lm does.${means} Where a column follows from others, leave it out`,
  )
}
