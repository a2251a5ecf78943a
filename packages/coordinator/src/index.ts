export type {
  CallOptions,
  HeavyAttentionsOptions,
  RowSampleOptions,
  UniversalSetOptions,
} from './library-options.ts'
export { LevAttention, levattention } from './levattention.ts'
export type { RowSample } from './jobs/row-sample.ts'
export type { Progress, Stage } from './pipeline/run-context.ts'
export type { PlanOptions } from './plan.ts'
export type { KernelsChoice, RuntimeOptions } from './runtime.ts'
export type { CallLimits } from './sessions/call-limits.ts'
export type {
  LiveAnswer,
  LiveQueryOptions,
  LiveSummary,
  LiveSummaryOptions,
} from './sessions/live-summary.ts'
export type { SessionQueryOptions } from './sessions/query-call.ts'
export type { SessionAnswer } from './sessions/session-answer.ts'
export type { Session, SessionOptions } from './sessions/session.ts'
