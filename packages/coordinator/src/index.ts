export type {
  CallOptions,
  HeavyAttentionsOptions,
  RowSampleOptions,
  SoftmaxPairsOptions,
  UniversalSetOptions,
} from './library/library-options.ts'
export type { AttendCall, AttendedRowBatch, AttendSources } from './library/attend-call.ts'
export type { Coverage, CoverageSelection, HeadCoverage } from './coverage/coverage-facts.ts'
export type { CoverageOptions } from './coverage/coverage-problem.ts'
export type { CoverageCall, CoverageSources } from './library/coverage-call.ts'
export { type LevAttention, levattention } from './library/levattention.ts'
export type { SoftmaxBatch, SoftmaxInputs } from './library/softmax-pairs.ts'
export type { HeadIndex, Source } from './library/sources.ts'
export type { RowSample } from './jobs/row-sample.ts'
export type { Progress, Stage } from './tasks/progress.ts'
export type { RuntimeOptions } from './engines/runtime.ts'
export type { CallLimits } from './sessions/call-limits.ts'
export type {
  LiveAnswer,
  LivePushOptions,
  LiveQueryOptions,
  LiveSummary,
  LiveSummaryBytes,
  LiveSummaryOptions,
  LiveSummaryTerms,
} from './sessions/live-summary.ts'
export type { SessionQueryOptions } from './sessions/query-call.ts'
export type { SessionAnswer } from './sessions/session-answer.ts'
export type { Session, SessionOptions } from './sessions/session.ts'
