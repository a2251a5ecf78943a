import {
  compileKernels,
  type KernelModule,
  type Kernels,
  tierUp,
  wasmKernels,
} from '@levattention/core/internal'
import type { Engine } from './engine.ts'
import type { PoolOptions } from './threads-engine.ts'

/**
 * A pool of threads that starts while the command line is still being read: what a large job would wait for
 * otherwise. Whoever starts one either takes it or closes it.
 */
export class EarlyEngine {
  readonly workerCount: number
  /** For this thread and for others. Rejects where the kernels cannot be loaded. */
  readonly compiled: Promise<{ readonly module: KernelModule; readonly kernels: Kernels }>
  readonly #engine: Promise<Engine>
  #taken = false

  constructor(workerCount: number, options: PoolOptions = {}) {
    this.workerCount = workerCount
    this.compiled = compileKernels().then((module) => {
      const kernels = wasmKernels(module)
      tierUp(kernels)
      return { module, kernels }
    })
    this.#engine = Promise.all([this.compiled, import('./threads-engine.ts')]).then(
      ([{ module }, { ThreadsEngine }]) => new ThreadsEngine(workerCount, { kernelsModule: module }, options),
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
