export * from './absorb.ts'
export * from './columns.ts'
export * from './content.ts'
export * from './draw.ts'
export * from './exact.ts'
export * from './gram.ts'
export * from './importances.ts'
export * from './lift.ts'
export {
  arrayOf,
  ascendingIds,
  each,
  fault,
  finite,
  PartFault,
  recordOf,
  wholeNumber,
  within,
} from './part-checks.ts'
export type { Pass, RowTask } from './pass.ts'
export * from './ratio.ts'
export * from './refine.ts'
export { scoresTask } from './scores.ts'
export * from './select.ts'
export * from './select-prefix.ts'
export * from './shard-grams.ts'
export * from './sketch.ts'
export * from './summarize.ts'
export { mergeBounded, type SummarySum, traceOf } from './summary-pass.ts'
export { surveyPass } from './survey.ts'
export * from './table.ts'
export * from './task.ts'
export * from './tighten.ts'
export * from './verify.ts'
export * from './weigh.ts'
export type { DotPrecision } from '../verify/dot-block.ts'
export type { VerifyPairs } from '../verify/pair-list.ts'
export type { VerifySum } from '../verify/sweep.ts'
