import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import type { ResourceLimits } from 'node:worker_threads'
import { kernelsNameOf, LevError, locateFile, type Task } from '@levattention/core/internal'
import { PING, type WireAnswer, type WorkerSettings } from '@levattention/worker/internal'
// By itself: the command's bundle loads it while nothing else is loaded yet.
import { fromWireError } from '@levattention/worker/internal/wire-error'
import { Piscina } from 'piscina'
import { abortedError, throwIfAborted } from '../aborts/abort.ts'
import type { Engine } from './engine.ts'
import { TaskWatch, type WatchLimits } from './task-watch.ts'
import { ThreadEnds } from './thread-ends.ts'
import { cannotStart, isTakenBack, taskLost, threadsClosed } from './worker-lost.ts'

const TRIES = 3

/** Limits, and for the tests what the threads load and how much memory they may take. */
export interface PoolOptions extends WatchLimits {
  readonly entry?: URL | undefined
  readonly resourceLimits?: ResourceLimits | undefined
  readonly closeLimitMs?: number | undefined
}

function poolEntry(): URL {
  const names = ['pool-entry.cjs', 'pool-entry.mjs', 'pool-entry.js']
  return locateFile(names, import.meta.url, () =>
    import.meta.resolve('@levattention/worker/internal/pool-cached'),
  )
}

/**
 * Runs tasks on a pool of worker threads. A worker that dies, or hangs and is ended, is replaced by the pool and its task
 * tried again: 3 tries. An error that a task throws is not retried: the same input would throw it again.
 */
export class ThreadsEngine implements Engine {
  readonly workerCount: number
  readonly concurrency: number
  readonly #settings: WorkerSettings
  readonly #pool: Piscina
  readonly #started: Promise<void>
  readonly #watch: TaskWatch
  readonly #ends = new ThreadEnds()
  readonly #closeLimitMs: number | undefined
  #failure: Error | undefined
  #isClosed = false

  constructor(workerCount: number, settings: WorkerSettings, options: PoolOptions = {}) {
    const { entry = poolEntry(), resourceLimits, closeLimitMs } = options
    this.workerCount = workerCount
    this.concurrency = 2 * workerCount
    this.#settings = settings
    this.#watch = new TaskWatch(options)
    this.#closeLimitMs = closeLimitMs
    this.#pool = new Piscina({
      filename: fileURLToPath(entry),
      name: 'handle',
      // More than the cores are started only once tasks wait for them: a small job never starts hundreds.
      minThreads: Math.min(workerCount, availableParallelism()),
      maxThreads: workerCount,
      concurrentTasksPerWorker: 1,
      // The default parks idle workers in Atomics.wait; ours must stay able to answer messages.
      atomics: 'disabled',
      idleTimeout: Infinity,
      workerData: settings,
      ...(resourceLimits ? { resourceLimits } : {}),
    })
    this.#pool.on('error', (error: Error) => {
      this.#failure ??= error
    })
    this.#pool.on('workerDestroy', (thread: { id: number }) => {
      this.#ends.add(thread)
      setImmediate(() => this.#takeBackIfAlone())
    })
    this.#pool.on('workerCreate', () => {
      // In place of one that ended long after it was told to.
      if (this.#isClosed) void this.#pool.destroy()
    })
    this.#started = this.#ping()
    // Whoever runs the first task hears of a failure; until then it must not count as unhandled.
    this.#started.catch(() => undefined)
  }

  get kernelsName(): string {
    return kernelsNameOf(this.#settings)
  }

  get startedCount(): number {
    return this.#pool.threads.length
  }

  async run<Request, Answer>(
    task: Task<Request, Answer>,
    request: Request,
    signal?: AbortSignal,
  ): Promise<Answer> {
    await this.#started
    for (let attempt = 1; ; attempt++) {
      throwIfAborted(signal)
      // The pool would start a thread for it.
      if (this.#isClosed) throw threadsClosed()
      try {
        return await this.#post(task, request, signal)
      } catch (error) {
        if (error instanceof LevError) throw error
        if (signal?.aborted) throw abortedError(signal)
        if (this.#isClosed) throw threadsClosed()
        if (attempt === TRIES) throw taskLost(task.kind, request, TRIES, error)
      }
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true
    do {
      // It waits without a limit, and not for threads that were ended before; as these end, it starts others in their place.
      void this.#pool.destroy()
      await this.#ends.wait(this.#closeLimitMs)
    } while (this.#pool.threads.length > 0)
  }

  async #post<Request, Answer>(
    { kind }: Task<Request, Answer>,
    request: Request,
    signal?: AbortSignal,
  ): Promise<Answer> {
    const posting = new AbortController()
    const forward = () => posting.abort(signal?.reason)
    signal?.addEventListener('abort', forward)
    const pulse = this.#watch.add(posting)
    try {
      const posted: unknown = await this.#pool.run({ kind, request, pulse }, { signal: posting.signal })
      const answer = posted as WireAnswer<Answer>
      if (answer.ok) return answer.result
      throw fromWireError(answer.error)
    } finally {
      this.#watch.remove(posting)
      signal?.removeEventListener('abort', forward)
    }
  }

  /**
   * The pool stops replacing workers once one dies before it is ready. Where that was the last one, nobody would take the
   * tasks that wait until another is posted: `run` posts each again, or gives up.
   */
  #takeBackIfAlone(): void {
    if (this.#pool.threads.length === 0)
      this.#watch.giveUpAll('the worker that was to do it died while it started')
  }

  /**
   * A worker file that does not load leaves tasks pending for ever: so one is asked first, under the watch's limits. A worker
   * that hangs while it starts is given up for another; one that dies then would do so again.
   */
  async #ping(): Promise<void> {
    const failed = new Promise<never>((_, reject) => this.#pool.once('error', reject))
    for (let attempt = 1; ; attempt++) {
      try {
        await Promise.race([this.#post(PING, {}), failed])
        return
      } catch (error) {
        // Threads that are ended while they start are no failure.
        if (this.#isClosed) throw threadsClosed()
        if (error instanceof LevError) throw error
        if (!isTakenBack(error) || attempt === TRIES) throw cannotStart(this.#failure ?? error)
      }
    }
  }
}
