export {
  LevAttention,
  levattention,
  type CallOptions,
  type HeavyAttentionsOptions,
  type RowSampleOptions,
  type UniversalSetOptions,
} from './levattention.ts'
export type { RowSample } from './jobs/row-sample.ts'
export type { Progress, Stage } from './pipeline/run-context.ts'
export type { PlanOptions } from './plan.ts'
export type { KernelsChoice, RuntimeOptions } from './runtime.ts'
