import type { Kernels } from '@levattention/core/internal'
import type { Engine } from '../engines/engine.ts'
import type { BatchStore } from './recorded-batches.ts'

/** Stages of a job, as the summary's `seconds` and the progress name them; the last seven are named by the progress alone. */
export type Stage =
  | 'plan'
  | 'pool'
  | 'map'
  | 'reduce'
  | 'refine'
  | 'select'
  | 'query'
  | 'exact'
  | 'write'
  | 'head'
  | 'score'
  | 'steps'
  | 'verify'
  | 'generate'
  | 'count'
  | 'content'

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

export interface Warning {
  readonly code: string
  readonly message: string
}

/** What every stage of one job uses and reports to. */
export interface RunContext {
  readonly engine: Engine
  /** Of this thread, for the reduce's few rows and d x d work. */
  readonly kernels: Kernels
  readonly signal: AbortSignal | undefined
  readonly onProgress: ((progress: Progress) => void) | undefined
  readonly stats: RunStats
  /** Where answers to batches of queries are kept, and taken from, in a run folder. */
  readonly batchStore?: BatchStore | undefined
}

/** What a job measured of itself. */
export class RunStats {
  readonly seconds = new Map<Stage, number>()
  readonly warnings: Warning[] = []
  bytesRead = 0
  queriesSettled = 0
  queriesExactPass = 0

  /** Adds the time that `work` takes to `stage`. */
  async time<T>(stage: Stage, work: () => Promise<T> | T): Promise<T> {
    const start = performance.now()
    try {
      return await work()
    } finally {
      this.seconds.set(stage, (this.seconds.get(stage) ?? 0) + (performance.now() - start) / 1000)
    }
  }

  warn(code: string, message: string): void {
    if (!this.warnings.some((warning) => warning.code === code)) this.warnings.push({ code, message })
  }
}
