import { heeded } from './quiet-notes.ts'
import { PING } from '@levattention/worker/internal'
import type { Findings } from './findings.ts'
import type { Engine } from '../engines/engine.ts'
import type { AnswerStore } from '../tasks/answer-store.ts'
import { type Outline, secondsOf, sharedSecondsOf } from '../problem/outline.ts'
import type { Progress, Stage } from '../tasks/progress.ts'
import { type RunContext, RunStats } from '../tasks/run-context.ts'
import { Runtime, type StartOptions } from '../engines/runtime.ts'
import { type JobSummary, SCHEMA_VERSION } from './job-summary.ts'
import { noThreads } from '../engines/no-room.ts'
import { peakMemoryBytes } from '../engines/process-memory.ts'

export interface JobOptions extends StartOptions {
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: ((progress: Progress) => void) | undefined
  /** Called with what the stages to come will take. */
  readonly onOutline?: ((outline: Outline) => void) | undefined
  /** Called where a part of the job begins, with the shares of all of it from which and to which it goes. */
  readonly onPart?: ((from: number, to: number, doing: string) => void) | undefined
  /** Called before work of some seconds with each warning that there is by then; the summary has it too. */
  readonly onWarning?: ((message: string) => void) | undefined
  /** `performance.now()` at the command's start. Default: now. */
  readonly startedMs?: number | undefined
}

/** Before work of more seconds on one core warnings are told at once. */
const LONG_SECONDS = 1

/** Keeps a job's parts in a run folder. */
interface Recorder {
  readonly answers: AnswerStore
  /** Throws InputChanged where the inputs are no longer those of the folder. */
  requireInputs(): Promise<void>
}

/** What a job's summary takes from the job itself. */
type Measured = Pick<
  JobSummary,
  | 'schemaVersion'
  | 'workers'
  | 'kernelThreads'
  | 'kernels'
  | 'seconds'
  | 'bytesRead'
  | 'peakMemoryBytes'
  | 'warnings'
>

/** One job: its engine, and what it measured. Always `close` it; `withJob` does. */
export class Job {
  readonly runtime: Runtime
  readonly stats: RunStats
  /** Set by what answers, for the screen. */
  findings: Findings = {}
  readonly #options: JobOptions
  readonly #startedMs: number
  #engine: Engine | undefined
  #recorder: Recorder | undefined
  #startedAside: Engine | undefined
  #toldCount = 0

  private constructor(runtime: Runtime, stats: RunStats, options: JobOptions) {
    this.runtime = runtime
    this.stats = stats
    this.#options = options
    this.#startedMs = options.startedMs ?? performance.now()
  }

  /** Throws as `Runtime.open`. */
  static async open(options: JobOptions): Promise<Job> {
    const stats = new RunStats()
    const runtime = await Runtime.open(options, (code, message) => stats.warn(code, message))
    return new Job(runtime, stats, options)
  }

  get signal(): AbortSignal | undefined {
    return this.#options.signal
  }

  /** From now on what the job's tasks answer is kept. */
  record(recorder: Recorder): void {
    this.#recorder = recorder
  }

  /** What stages need, for a job of about so many seconds on one core. The first call decides the engine. */
  async context(outline: number | Outline): Promise<RunContext> {
    const { stats, runtime } = this
    const [work, shared] =
      typeof outline === 'number' ? [outline, 0] : [secondsOf(outline), sharedSecondsOf(outline)]
    if (typeof outline !== 'number') this.#options.onOutline?.(outline)
    if (work > LONG_SECONDS) this.tellWarnings()
    this.#engine ??= await stats.time('pool', () => startEngine(runtime, work, shared))
    const { signal, onProgress } = this.#options
    const { kernels } = runtime
    return { engine: this.#engine, kernels, signal, onProgress, stats, answers: this.#recorder?.answers }
  }

  /** To be called where a part of a job of several begins: it goes from one share of all of it to another. `doing`: what it does, in words. */
  beginPart(from: number, to: number, doing: string): void {
    this.#options.onPart?.(from, to, doing)
  }

  /** To be called before long work: what is known by then may be a reason to stop it, and the summary comes when it is done. */
  tellWarnings(): void {
    const untold = this.stats.warnings.slice(this.#toldCount)
    this.#toldCount += untold.length
    for (const { message } of heeded(untold)) this.#options.onWarning?.(message)
  }

  /** As `context`, for work beside the job's own: nothing is kept, and the job's engine is still to be decided. */
  async aside(work: number): Promise<RunContext> {
    const { stats, runtime } = this
    this.#startedAside = await stats.time('pool', () => startEngine(runtime, work))
    const { signal, onProgress } = this.#options
    return { engine: this.#startedAside, kernels: runtime.kernels, signal, onProgress, stats }
  }

  /** To be called before a result is put in its place. Throws InputChanged. */
  async requireUnchanged(inputs: { requireUnchanged(): void }): Promise<void> {
    inputs.requireUnchanged()
    await this.#recorder?.requireInputs()
  }

  /** For work in this thread; stages report by their context. */
  progress(progress: Progress): void {
    this.#options.onProgress?.(progress)
  }

  /** Adds the time that `work` takes to `seconds[stage]`. */
  async time<T>(stage: Stage, work: () => Promise<T> | T): Promise<T> {
    return await this.stats.time(stage, work)
  }

  /** To be called last: `seconds.total` ends here. */
  measured(): Measured {
    const { stats, runtime } = this
    const engine = this.#engine ?? this.#startedAside
    const { startedKernelThreads: kernelThreads = 1, refusedKernelThread: refusal } = engine ?? {}
    if (refusal) stats.warn('fewer-workers', noThreads(refusal, kernelThreads))
    const totalSeconds = (performance.now() - this.#startedMs) / 1000
    return {
      schemaVersion: SCHEMA_VERSION,
      workers: engine?.startedCount ?? 0,
      ...(kernelThreads > 1 ? { kernelThreads } : {}),
      kernels: this.#engine?.kernelsName ?? runtime.kernels.name,
      seconds: { startup: this.#startedMs / 1000, total: totalSeconds, ...Object.fromEntries(stats.seconds) },
      ...(stats.bytesRead > 0 ? { bytesRead: stats.bytesRead } : {}),
      peakMemoryBytes: peakMemoryBytes(),
      warnings: stats.warnings,
    }
  }

  /** Ends threads and closes files. */
  async close(): Promise<void> {
    await this.runtime.close()
  }
}

/** An engine that has answered once: its start is over. */
async function startEngine(runtime: Runtime, work: number, shared = 0): Promise<Engine> {
  const engine = await runtime.engine(work, shared)
  if (engine.workerCount > 0) await engine.run(PING, {})
  return engine
}

/** Runs `work` on a job that is closed however it ends. */
export async function withJob<T>(options: JobOptions, work: (job: Job) => Promise<T>): Promise<T> {
  const job = await Job.open(options)
  try {
    return await work(job)
  } finally {
    await job.close()
  }
}
