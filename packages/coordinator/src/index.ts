/**
 * The library on all cores: universal sets, heavy pairs of |q.k|^p and of softmax attention, row samples, leverage scores, coverage,
 * verification, sessions. {@link levattention} is where it begins; errors and matrices are core's.
 *
 * @module coordinator
 */

export type { CallOptions } from './library/call-options.ts'
export type {
  HeavyAttentionsOptions,
  MergeOptions,
  RowSampleOptions,
  SoftmaxPairsOptions,
  UniversalSetOptions,
} from './library/library-options.ts'
export type { AttendCall, AttendedRowBatch, AttendSources } from './library/attend-call.ts'
export type { Coverage, CoverageSelection, HeadCoverage } from './coverage/coverage-facts.ts'
export type { CoverageOptions } from './coverage/coverage-problem.ts'
export type { HeadsCall } from './library/bad-heads.ts'
export type { SkippedHead } from './job/skipped-heads.ts'
export type { CoverageCall, CoverageSources } from './library/coverage-call.ts'
export type { Curve, CurveOptions } from './library/curve-call.ts'
export type { DesignTerms } from './library/design-sources.ts'
export type { MergePart } from './library/merge-call.ts'
export { saveUniversalSet, type SaveOptions } from './library/save-universal-set.ts'
export type { KeyFacts, ScoreBatch, ScoreKind, ScoresOptions, ScoringOptions } from './library/scores-call.ts'
export type { Verification, VerifyOptions, VerifySources } from './library/verify-call.ts'
export type { CurvePoint } from './jobs/curve.ts'
export type { Difference } from './verify/verify-judge.ts'
export { type LevAttention, levattention } from './library/levattention.ts'
export type { SoftmaxBatch, SoftmaxInputs } from './library/softmax-pairs.ts'
export type { HeadIndex, Source } from './library/sources.ts'
export type { RowSample } from './jobs/row-sample.ts'
export type { Progress, Stage } from './tasks/progress.ts'
export type { Warning } from './tasks/run-context.ts'
export type { RuntimeOptions } from './engines/runtime.ts'
export type { CallLimits } from './sessions/call-limits.ts'
export type {
  LiveAnswer,
  LiveOpening,
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
