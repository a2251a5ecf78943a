export {
  LevAttention,
  levattention,
  type CallOptions,
  type HeavyAttentionsOptions,
  type UniversalSetOptions,
} from './levattention.ts'
export type { Progress, Stage } from './pipeline/run-context.ts'
export type { PlanOptions } from './plan.ts'
export type { KernelsChoice, RuntimeOptions } from './runtime.ts'
