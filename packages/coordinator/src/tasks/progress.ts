/** Stages of a job, as the summary's `seconds` and the progress name them; the last eight are named by the progress alone. */
export type Stage =
  | 'plan'
  | 'pool'
  | 'map'
  | 'reduce'
  | 'refine'
  | 'select'
  | 'draw'
  | 'query'
  | 'exact'
  | 'write'
  | 'turn'
  | 'head'
  | 'score'
  | 'steps'
  | 'verify'
  | 'generate'
  | 'count'
  | 'content'
  | 'look'

/** Something was done: `done` of `total` tasks of a stage. */
export interface Progress {
  readonly stage: Stage
  readonly done: number
  readonly total: number
  /** Of a stage that is gone through several times: which time this is, from 1. */
  readonly pass?: number
  /** `total` counts what the data may turn out not to need. */
  readonly isMost?: boolean
}
