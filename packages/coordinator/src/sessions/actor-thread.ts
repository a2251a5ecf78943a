import { Worker } from 'node:worker_threads'
import { LevError, locateFile } from '@levattention/core/internal'
import { resultOf, type WireAnswer } from '@levattention/worker/internal/wire-error'
import { type ActorSettings, nodeEndpoint } from '@levattention/worker/internal/actors'
import { type Endpoint, type Remote, wrap } from 'comlink'
import { smallThreads } from '../engines/process-memory.ts'

/** An actor that does not answer its first call by then cannot start. */
const START_LIMIT_MS = 30_000

/** What every actor offers. */
export interface Actor {
  ping(): WireAnswer<string>
}

/**
 * One actor on a thread of its own, asked through comlink. When the thread ends, however it ends, every call under way
 * rejects at once (comlink alone would leave it pending for ever). The thread keeps the process alive only during calls.
 */
export class ActorThread<A extends Actor> {
  /** Resolves when the thread has ended, with what its calls were told. */
  readonly ended: Promise<LevError>
  readonly #worker: Worker
  readonly #remote: Remote<A>
  readonly #underWay = new Set<(error: LevError) => void>()
  #uncaught: unknown
  #end: LevError | undefined

  constructor(entry: URL, settings: ActorSettings) {
    const name = `levattention ${settings.actor}`
    const worker = new Worker(entry, {
      workerData: settings,
      name,
      resourceLimits: smallThreads(),
      ...inheritedFlags(),
    })
    this.#worker = worker
    this.#remote = wrap<A>(nodeEndpoint(worker) as Endpoint)
    worker.unref()
    worker.on('error', (error) => (this.#uncaught ??= error))
    // An answer that cannot be read would be waited for in vain.
    worker.on('messageerror', (error) => {
      this.#uncaught ??= error
      void worker.terminate()
    })
    this.ended = new Promise((resolve) => {
      worker.once('exit', (code) => resolve(this.#endWith(code)))
    })
  }

  /** Calls under way. */
  get callCount(): number {
    return this.#underWay.size
  }

  /** Waits until the actor answers. Rejects with WorkerLost where it cannot start. */
  async start(): Promise<void> {
    await this.call((actor) => (actor as Remote<Actor>).ping(), START_LIMIT_MS)
  }

  /**
   * One call. Rejects with what the actor throws, and with WorkerLost where the thread ends first: it is ended when there is
   * no answer after `limitMs`.
   */
  async call<T>(run: (actor: Remote<A>) => Promise<WireAnswer<T>>, limitMs?: number): Promise<T> {
    if (this.#end) throw this.#end
    return await new Promise<T>((resolve, reject) => {
      const late = limitMs === undefined ? undefined : setTimeout(() => this.#hang(limitMs), limitMs)
      const settle = (then: () => void) => {
        clearTimeout(late)
        this.#underWay.delete(lose)
        if (this.#underWay.size === 0) this.#worker.unref()
        then()
      }
      const lose = (error: LevError) => settle(() => reject(error))
      this.#worker.ref()
      this.#underWay.add(lose)
      run(this.#remote).then(
        (answer) => settle(() => resolveWith(answer, resolve, reject)),
        (error: unknown) => settle(() => reject(error instanceof Error ? error : new Error(String(error)))),
      )
    })
  }

  /** Ends the thread, whatever it does; calls under way reject. */
  async terminate(): Promise<void> {
    await this.#worker.terminate()
  }

  #hang(limitMs: number): void {
    this.#uncaught ??= new Error(`it did not answer within ${limitMs} ms`)
    void this.#worker.terminate()
  }

  #endWith(code: number): LevError {
    const reason = this.#uncaught instanceof Error ? this.#uncaught.message : `it exited with code ${code}`
    const message = `the thread of a resident actor ended: ${reason}`
    this.#end = new LevError('WorkerLost', message, {}, { cause: this.#uncaught })
    for (const lose of this.#underWay) lose(this.#end)
    return this.#end
  }
}

/** A thread inherits node's flags, but --input-type (node --eval) keeps it from loading a file. */
function inheritedFlags(): { execArgv?: string[] } {
  return process.execArgv.some((flag) => flag.startsWith('--input-type')) ? { execArgv: [] } : {}
}

function resolveWith<T>(
  answer: WireAnswer<T>,
  resolve: (result: T) => void,
  reject: (error: unknown) => void,
): void {
  try {
    resolve(resultOf(answer))
  } catch (error) {
    reject(error)
  }
}

/** What an actor's thread loads. */
export function actorEntry(): URL {
  const names = ['actor-entry.mjs', 'actor-entry.js']
  return locateFile(names, import.meta.url, () => import.meta.resolve('@levattention/worker/actor-entry'))
}
