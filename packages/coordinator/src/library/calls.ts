import type { InputName } from '@levattention/core/internal'
import { throwIfAborted } from '../aborts/abort.ts'
import { heard, heardEach, type Watch, type Watched } from '../aborts/listener.ts'
import type { Runtime } from '../engines/runtime.ts'
import { type JobInput, nameNonFinite } from '../inputs/name-non-finite.ts'
import type { Progress } from '../tasks/progress.ts'
import { type RunContext, RunStats } from '../tasks/run-context.ts'

/** The opened matrices of an input of a call. */
type InputOf = (input: InputName) => JobInput | undefined

/** What the calls over matrices have in common: threads, a way to be stopped and watched, and the names of values that are none. */
export class Calls {
  readonly #runtime: Runtime

  constructor(runtime: Runtime) {
    this.#runtime = runtime
  }

  /** What `work` finds, which takes about so many seconds on one core. Throws as `context` and `heard`, and as it does. */
  async once<Found>(
    options: Watch<Progress>,
    seconds: number,
    inputOf: InputOf,
    work: (context: RunContext) => Promise<Found>,
  ): Promise<Found> {
    return await heard(options, async (own) => {
      const context = await this.context(seconds, own)
      try {
        return await work(context)
      } catch (error) {
        throw await nameNonFinite(error, inputOf, context)
      }
    })
  }

  /** As `once`, of what yields. */
  async *each<Batch>(
    options: Watch<Progress>,
    seconds: number,
    inputOf: InputOf,
    work: (context: RunContext) => AsyncGenerator<Batch, void, void>,
  ): AsyncGenerator<Batch, void, void> {
    yield* this.eachBy(options, inputOf, async function* (contextOf) {
      yield* work(await contextOf(seconds))
    })
  }

  /** As `each`, where `work` itself learns how many seconds it takes. */
  async *eachBy<Batch>(
    options: Watch<Progress>,
    inputOf: InputOf,
    work: (contextOf: (seconds: number) => Promise<RunContext>) => AsyncGenerator<Batch, void, void>,
  ): AsyncGenerator<Batch, void, void> {
    const watched = (own: Watched<Progress>) => this.#named(own, inputOf, work)
    yield* heardEach(options, watched)
  }

  /** For a call of about so many seconds on one core. Throws Aborted where it was given up before, Option after `close`. */
  async context(seconds: number, { signal, onProgress }: Watched<Progress>): Promise<RunContext> {
    this.requireOpen(signal)
    const engine = await this.#runtime.engine(seconds)
    return { engine, kernels: this.#runtime.kernels, signal, onProgress, stats: new RunStats() }
  }

  /** Throws Option after `close`, Aborted. */
  requireOpen(signal: AbortSignal | undefined): void {
    this.#runtime.requireOpen()
    throwIfAborted(signal)
  }

  async *#named<Batch>(
    own: Watched<Progress>,
    inputOf: InputOf,
    work: (contextOf: (seconds: number) => Promise<RunContext>) => AsyncGenerator<Batch, void, void>,
  ): AsyncGenerator<Batch, void, void> {
    try {
      yield* work((seconds) => this.context(seconds, own))
    } catch (error) {
      const { signal, onProgress } = own
      throw await nameNonFinite(error, inputOf, { signal, onProgress })
    }
  }
}
