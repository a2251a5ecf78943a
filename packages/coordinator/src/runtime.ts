import {
  compileKernels,
  type KernelModule,
  type Kernels,
  LevError,
  scalarKernels,
  wasmKernels,
} from '@levattention/core/internal'
import type { Engine } from './engines/engine.ts'
import { grantedCores } from './engines/granted-cores.ts'
import { InlineEngine } from './engines/inline-engine.ts'

export type KernelsChoice = 'auto' | 'wasm' | 'scalar'

export interface RuntimeOptions {
  /** Threads; 0 = the caller's thread. Default: the cores really granted, and none for small inputs. */
  readonly workers?: number | undefined
  readonly kernels?: KernelsChoice | undefined
}

/** Below this many multiply-adds a job is done before threads would be ready. */
const SMALL_WORK = 3e9

/** Kernels and engines of one process or one `levattention()`: made when first needed, gone after `close`. */
export class Runtime {
  readonly kernels: Kernels
  readonly #module: KernelModule | undefined
  readonly #workers: number | undefined
  #inline: InlineEngine | undefined
  #threads: Promise<Engine> | undefined
  #closed = false

  private constructor(module: KernelModule | undefined, workers: number | undefined) {
    this.#module = module
    this.#workers = workers
    this.kernels = this.#makeKernels()
  }

  /** Throws Option where `workers` is no count; Internal where kernels 'wasm' were asked for and cannot be loaded. */
  static async open({ workers, kernels = 'auto' }: RuntimeOptions = {}): Promise<Runtime> {
    if (workers !== undefined && !(Number.isInteger(workers) && workers >= 0 && workers <= 1024)) {
      throw new LevError('Option', `workers is ${workers}; it must be a whole number from 0 to 1024`, {
        option: 'workers',
      })
    }
    return new Runtime(kernels === 'scalar' ? undefined : await compileKernels(), workers)
  }

  /** The engine for a job of about `work` multiply-adds. */
  async engine(work: number): Promise<Engine> {
    if (this.#closed) throw new LevError('Option', 'this levattention() was closed; make another one')
    const workers = this.#workers ?? (work < SMALL_WORK ? 0 : grantedCores())
    if (workers === 0) return (this.#inline ??= new InlineEngine(() => this.#makeKernels()))
    // The pool's package takes time to load; small jobs do without it.
    this.#threads ??= import('./engines/threads-engine.ts').then(
      ({ ThreadsEngine }) => new ThreadsEngine(workers, { kernelsModule: this.#module }),
    )
    return await this.#threads
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.#inline?.close()
    const threads = await this.#threads
    await threads?.close()
  }

  #makeKernels(): Kernels {
    return this.#module ? wasmKernels(this.#module) : scalarKernels()
  }
}

/** Multiply-adds of finding U of [n, d] keys and the heavy pairs of m queries, roughly. */
export function estimateWork(n: number, d: number, m: number, epsilon: number): number {
  return 2 * n * d * d + m * (4 * d * d + 2 * d * Math.min(n, d / epsilon))
}
