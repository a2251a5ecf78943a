import { compileKernels, type KernelModule, tierUp } from '@levattention/core/internal'
import type { Engine } from './engine.ts'
import type { PoolOptions } from './threads-engine.ts'

/**
 * A pool of threads that starts while the command line is still being read: what a large job would wait for
 * otherwise. Whoever starts one either takes it or closes it.
 */
export class EarlyEngine {
  readonly workerCount: number
  /** Rejects where the kernels cannot be loaded. */
  readonly module: Promise<KernelModule>
  readonly #engine: Promise<Engine>
  #taken = false

  constructor(workerCount: number, options: PoolOptions = {}) {
    this.workerCount = workerCount
    this.module = compileKernels().then((module) => {
      tierUp(module)
      return module
    })
    this.#engine = Promise.all([this.module, import('./threads-engine.ts')]).then(
      ([kernelsModule, { ThreadsEngine }]) => new ThreadsEngine(workerCount, { kernelsModule }, options),
    )
    // Whoever takes the engine hears of a failure; until then it must not count as unhandled.
    this.#engine.catch(() => undefined)
  }

  /** The engine, which is then the taker's to close; undefined where it has other threads than wanted, or is taken. */
  take(workerCount: number): Promise<Engine> | undefined {
    if (this.#taken || workerCount !== this.workerCount) return undefined
    this.#taken = true
    return this.#engine
  }

  /** Ends the threads where nobody took them. */
  async close(): Promise<void> {
    if (this.#taken) return
    this.#taken = true
    const engine = await this.#engine.catch(() => undefined)
    await engine?.close()
  }
}
