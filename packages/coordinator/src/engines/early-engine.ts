import {
  compileKernels,
  findNative,
  type Kernels,
  kernelsOf,
  type KernelSource,
  kernelSource,
  tierUp,
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
  readonly compiled: Promise<{ readonly source: KernelSource; readonly kernels: Kernels }>
  readonly native = findNative()
  readonly #engine: Promise<Engine>
  #taken = false

  constructor(workerCount: number, options: PoolOptions = {}) {
    this.workerCount = workerCount
    this.compiled = Promise.all([compileKernels(), this.native]).then(([module, found]) => {
      const native = found.state === 'built' ? found.choice : undefined
      const source = kernelSource(module, undefined, native)
      const kernels = kernelsOf(source)
      tierUp(kernels)
      return { source, kernels }
    })
    this.#engine = Promise.all([this.compiled, import('./threads-engine.ts')]).then(
      ([{ source }, { ThreadsEngine }]) => new ThreadsEngine(workerCount, source, options),
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
