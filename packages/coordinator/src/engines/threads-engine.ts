import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { LevError, locateFile } from '@levattention/core/internal'
import {
  fromWireError,
  type TaskKind,
  type TaskRequest,
  type TaskResult,
  type WireAnswer,
  type WorkerSettings,
} from '@levattention/worker'
import { Piscina } from 'piscina'
import { abortedError, throwIfAborted } from './abort.ts'
import type { Engine } from './engine.ts'

const TRIES = 3

function poolEntry(): URL {
  const names = ['pool-entry.mjs', 'pool-entry.js']
  return locateFile(names, import.meta.url, () => import.meta.resolve('@levattention/worker/pool-entry'))
}

/**
 * Runs tasks on a pool of worker threads. A worker that dies is replaced by the pool and its task tried again: 3 tries.
 * An error that a task throws is not retried: the same input would throw it again.
 */
export class ThreadsEngine implements Engine {
  readonly workerCount: number
  readonly concurrency: number
  readonly kernelsName: string
  readonly #pool: Piscina
  readonly #started: Promise<void>
  /** A way to take back each task that has no answer yet. */
  readonly #unanswered = new Set<AbortController>()
  #failure: Error | undefined

  constructor(workerCount: number, settings: WorkerSettings) {
    this.workerCount = workerCount
    this.concurrency = 2 * workerCount
    this.kernelsName = settings.kernelsModule ? 'wasm' : 'scalar'
    this.#pool = new Piscina({
      filename: fileURLToPath(poolEntry()),
      name: 'handle',
      // More than the cores are started only once tasks wait for them: a small job never starts hundreds.
      minThreads: Math.min(workerCount, availableParallelism()),
      maxThreads: workerCount,
      concurrentTasksPerWorker: 1,
      // The default parks idle workers in Atomics.wait; ours must stay able to answer messages.
      atomics: 'disabled',
      idleTimeout: Infinity,
      workerData: settings,
    })
    this.#pool.on('error', (error: Error) => {
      this.#failure ??= error
    })
    this.#pool.on('workerDestroy', () => setImmediate(() => this.#takeBackIfAlone()))
    this.#started = this.#ping()
    // Whoever runs the first task hears of a failure; until then it must not count as unhandled.
    this.#started.catch(() => undefined)
  }

  get startedCount(): number {
    return this.#pool.threads.length
  }

  async run<K extends TaskKind>(
    kind: K,
    request: TaskRequest<K>,
    signal?: AbortSignal,
  ): Promise<TaskResult<K>> {
    await this.#started
    for (let attempt = 1; ; attempt++) {
      throwIfAborted(signal)
      try {
        return await this.#post(kind, request, signal)
      } catch (error) {
        if (error instanceof LevError) throw error
        if (signal?.aborted) throw abortedError(signal)
        if (attempt === TRIES) throw workerLost(kind, request, error)
      }
    }
  }

  async close(): Promise<void> {
    await this.#pool.destroy()
  }

  async #post<K extends TaskKind>(
    kind: K,
    request: TaskRequest<K>,
    signal?: AbortSignal,
  ): Promise<TaskResult<K>> {
    const task = new AbortController()
    const forward = () => task.abort(signal?.reason)
    signal?.addEventListener('abort', forward)
    this.#unanswered.add(task)
    try {
      const posted: unknown = await this.#pool.run({ kind, request }, { signal: task.signal })
      const answer = posted as WireAnswer<TaskResult<K>>
      if (answer.ok) return answer.result
      throw fromWireError(answer.error)
    } finally {
      this.#unanswered.delete(task)
      signal?.removeEventListener('abort', forward)
    }
  }

  /**
   * The pool stops replacing workers once one dies before it is ready. Where that was the last one, nobody would take the
   * tasks that wait until another is posted: `run` posts each again, or gives up.
   */
  #takeBackIfAlone(): void {
    if (this.#pool.threads.length > 0) return
    for (const task of this.#unanswered)
      task.abort(new Error('the worker that was to do it died while it started'))
  }

  /** A worker file that does not load leaves tasks pending for ever: so one is asked first, under a time limit. */
  async #ping(): Promise<void> {
    const limit = AbortSignal.timeout(30_000)
    const failed = new Promise<never>((_, reject) => this.#pool.once('error', reject))
    try {
      await Promise.race([this.#post('ping', {}, limit), failed])
    } catch (error) {
      if (error instanceof LevError) throw error
      const cause = this.#failure ?? error
      const reason = cause instanceof Error ? cause.message : String(cause)
      throw new LevError(
        'WorkerLost',
        `a worker thread cannot start: ${reason}. --workers 0 runs without threads.`,
        {},
        { cause },
      )
    }
  }
}

function workerLost(kind: TaskKind, request: object, error: unknown): LevError {
  // The pool wraps why a task was taken back.
  const cause = error instanceof Error && error.name === 'AbortError' ? error.cause : error
  const reason = cause instanceof Error ? cause.message : String(cause)
  const range = 'range' in request ? (request.range as { rowStart: number; rowEnd: number }) : undefined
  const rows = range ? ` of rows ${range.rowStart} to ${range.rowEnd - 1}` : ''
  return new LevError(
    'WorkerLost',
    `task ${kind}${rows} failed ${TRIES} times because its worker died: ${reason}`,
    {},
    { cause },
  )
}
