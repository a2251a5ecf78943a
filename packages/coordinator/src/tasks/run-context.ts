import type { Kernels } from '@levattention/core/internal'
import type { Engine } from '../engines/engine.ts'
import type { AnswerStore } from './answer-store.ts'
import type { Progress, Stage } from './progress.ts'

/** What a job warns of. */
export interface Warning {
  /** The same for every job that warns of it: `nearly-dependent`. */
  readonly code: string
  /** For a person. */
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
  /** Where answers are kept, and taken from, in a run folder. */
  readonly answers?: AnswerStore | undefined
}

/** What a job measured of itself. */
export class RunStats {
  readonly seconds = new Map<Stage, number>()
  readonly warnings: Warning[] = []
  bytesRead = 0
  queriesSettled = 0
  queriesExactPass = 0
  readonly #unsaid = new Set<string>()

  /** A warning of this code is not told: what the job says itself is better. */
  leaveUnsaid(code: string): void {
    this.#unsaid.add(code)
  }

  /** Adds the time that `work` takes to `stage`. */
  async time<T>(stage: Stage, work: () => Promise<T> | T): Promise<T> {
    const start = performance.now()
    try {
      return await work()
    } finally {
      this.seconds.set(stage, (this.seconds.get(stage) ?? 0) + (performance.now() - start) / 1000)
    }
  }

  /** What a part of the job measured of itself; times of parts that ran side by side add up. */
  add(part: RunStats): void {
    for (const [stage, seconds] of part.seconds)
      this.seconds.set(stage, (this.seconds.get(stage) ?? 0) + seconds)
    for (const { code, message } of part.warnings) this.warn(code, message)
    this.bytesRead += part.bytesRead
    this.queriesSettled += part.queriesSettled
    this.queriesExactPass += part.queriesExactPass
  }

  warn(code: string, message: string): void {
    if (this.#unsaid.has(code)) return
    if (!this.warnings.some((warning) => warning.code === code)) this.warnings.push({ code, message })
  }
}
