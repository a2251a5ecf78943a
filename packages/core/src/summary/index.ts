export * from './candidates.ts'
export * from './column-exponents.ts'
export * from './gram-accumulator.ts'
export * from './gram-root.ts'
export * from './gram-sum.ts'
export { liftedGram } from './lifted-gram.ts'
export { mergeStates } from './merge-states.ts'
export { prefixBlocks, selectByEarlier } from './prefix-blocks.ts'
export { dropByEarlier } from './prefix-drop.ts'
export * from './row-ranges.ts'
export * from './state-factor.ts'
export * from './summary-answer.ts'
export { summaryContent, summaryFrom } from './summary-file.ts'
export type { SummaryState } from './summary-state.ts'
export {
  gramInCoordinates,
  gramOfRows,
  selectRows,
  summarizeShard,
  type WeightedColumns,
  weightedGram,
} from './shard-sweeps.ts'
export { TriangularSum } from './triangular-sum.ts'
export { arrivalsOf } from './row-weights.ts'
export { weighBlock } from './block-weights.ts'
export * from './part-scale.ts'
export type { WeightedForm } from './weighted-form.ts'
export type { WeightedSum } from './weighted-sum.ts'
export { plainFactorOf, weightedUniversalSet } from './weighted-summary.ts'
export { requireEach, requireGram, requireRowIds, requireTriangle } from './block-checks.ts'
export * from './unusable.ts'
export { type SummaryOrigin } from './validate-summary.ts'
