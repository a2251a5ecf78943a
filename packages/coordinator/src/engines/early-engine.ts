import {
  compileKernels,
  findNative,
  type FoundNative,
  type Kernels,
  kernelsOf,
  type KernelSource,
  kernelSource,
  tierUp,
} from '@levattention/core/internal'
import type { Engine } from './engine.ts'
import type { PoolOptions } from './threads-engine.ts'

/**
 * Kernels, and a pool of threads where that many are wanted, that start while the command line is still being read: what a job would
 * wait for otherwise. Whoever starts one either takes it or closes it.
 */
export class EarlyEngine {
  readonly workerCount: number
  /** For this thread and for others. Rejects where the kernels cannot be loaded. */
  readonly compiled: Promise<{ readonly source: KernelSource; readonly kernels: Kernels }>
  readonly native: Promise<FoundNative>
  readonly #engine: Promise<Engine> | undefined
  #taken = false

  /** `native`: where it is being looked for already. */
  constructor(workerCount: number, options: PoolOptions = {}, native = findNative()) {
    this.workerCount = workerCount
    this.native = native
    this.compiled = Promise.all([compileKernels(), this.native]).then(([module, found]) => {
      const choice = found.state === 'built' ? found.choice : undefined
      const source = kernelSource(module, undefined, choice)
      const kernels = kernelsOf(source)
      if (workerCount > 0) tierUp(kernels)
      return { source, kernels }
    })
    // Whoever takes them hears of a failure; until then it must not count as unhandled.
    this.compiled.catch(() => undefined)
    if (workerCount === 0) return
    this.#engine = Promise.all([this.compiled, import('./threads-engine.ts')]).then(
      ([{ source }, { ThreadsEngine }]) => new ThreadsEngine(workerCount, source, options),
    )
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
    const engine = await this.#engine?.catch(() => undefined)
    await engine?.close()
  }
}
