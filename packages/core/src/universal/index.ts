export * from './bound-order.ts'
export {
  firstStep,
  type GramStep,
  MOST_GRAM_PASSES,
  REFINE_ABOVE_SLACK,
  refinedStep,
  REGULAR_BELOW_SLACK,
  regularStep,
  wantedCoordinates,
} from './certificate.ts'
export type { Coordinates } from './coordinates.ts'
export { DotFilter, LARGEST_PAIR_SLACK } from './dot-filter.ts'
export { type DualSums, dualSums, mergeDualSums, noDualSums } from './dual-sums.ts'
export * from './early-norms.ts'
export * from './error-free.ts'
export * from './exact-dot.ts'
export { boundOf, coverRidgeOf, type Factor, factorOf, RIDGE_SHARE, ridgeInflation } from './factor.ts'
export * from './heavy-batch.ts'
export * from './lewis-step.ts'
export * from './lift.ts'
export * from './mask.ts'
export { NormFilter } from './norm-filter.ts'
export { POWER_ROUNDINGS, powerBound, powerFunction, scoreOfBound } from './power.ts'
export { powerInterval } from './power-interval.ts'
export { type PowerSums, shareOfPowers, termOfShareOfPowers } from './power-sums.ts'
export {
  type HeavyPair,
  joinColumns,
  NO_PAIRS,
  PairCollector,
  type PairColumns,
  pairsOf,
  withoutQueries,
} from './pair-columns.ts'
export * from './require-universal.ts'
export * from './row-map.ts'
export * from './ranked-pairs.ts'
export { Scorer } from './scorer.ts'
export * from './select.ts'
export { addSquares, joinSquares, noSquares, shareOfSquares } from './square-sums.ts'
export * from './tighten.ts'
export {
  causalSetOf,
  inRowOrder,
  type PrefixTable,
  type UniversalSet,
  universalSetOf,
  withBounds,
} from './universal-set.ts'
export * from './validate-bounds.ts'
export { MOST_MEASURED, requireCondition } from './validate-rank.ts'
export { triangularFactor } from './triangular-factor.ts'
export * from './universal-file.ts'
export * from './universal-origin.ts'
export * from './top-bounds.ts'
export { dropWeighted, measureKeys } from './weighted-drop.ts'
export * from './weighted-factor.ts'
