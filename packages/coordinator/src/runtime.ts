import {
  compileKernels,
  type KernelModule,
  type Kernels,
  LevError,
  scalarKernels,
  wasmKernels,
} from '@levattention/core/internal'
import type { EarlyEngine } from './engines/early-engine.ts'
import type { Engine } from './engines/engine.ts'
import { grantedCores } from './engines/granted-cores.ts'

export type KernelsChoice = 'auto' | 'wasm' | 'scalar'

export interface RuntimeOptions {
  /** Threads; 0 = the caller's thread. Default: the cores really granted, and none for small inputs. */
  readonly workers?: number | undefined
  readonly kernels?: KernelsChoice | undefined
  /**
   * A thread that shows no sign of life for so long (no read and no kernel call ends) is replaced, and its task tried again;
   * the third time the job fails with WorkerLost. Default: 600,000; Infinity: never.
   */
  readonly hangLimitMs?: number | undefined
}

/** Those of a command beside. */
export interface StartOptions extends RuntimeOptions {
  /** Threads that were started before it was known whether they are wanted; the Runtime takes or closes them. */
  readonly early?: EarlyEngine | undefined
}

/** A job of fewer seconds on one core is done before threads would be ready and repay themselves. */
const SMALL_JOB_SECONDS = 0.25

/** Kernels and engines of one process or one `levattention()`: made when first needed, gone after `close`. */
export class Runtime {
  readonly kernels: Kernels
  readonly #module: KernelModule | undefined
  readonly #workers: number | undefined
  readonly #hangLimitMs: number | undefined
  readonly #early: EarlyEngine | undefined
  #inline: Promise<Engine> | undefined
  #threads: Promise<Engine> | undefined
  #closed = false

  private constructor(
    module: KernelModule | undefined,
    kernels: Kernels,
    { workers, hangLimitMs, early }: StartOptions,
  ) {
    this.#module = module
    this.kernels = kernels
    this.#workers = workers
    this.#hangLimitMs = hangLimitMs
    this.#early = early
  }

  /** Throws Option where `workers` is no count or `hangLimitMs` no time; Internal where kernels 'wasm' were asked for and cannot be loaded. */
  static async open(options: StartOptions = {}): Promise<Runtime> {
    const { workers, kernels = 'auto', hangLimitMs, early } = options
    if (workers !== undefined && !(Number.isInteger(workers) && workers >= 0 && workers <= 1024)) {
      throw new LevError('Option', `workers is ${workers}; it must be a whole number from 0 to 1024`, {
        option: 'workers',
      })
    }
    if (hangLimitMs !== undefined && !(hangLimitMs >= 100)) {
      throw new LevError('Option', `hangLimitMs is ${hangLimitMs}; it must be at least 100`, {
        option: 'hangLimitMs',
      })
    }
    if (kernels === 'scalar') return new Runtime(undefined, scalarKernels(), options)
    const compiled = await early?.compiled
    if (compiled) return new Runtime(compiled.module, compiled.kernels, options)
    const module = await compileKernels()
    return new Runtime(module, wasmKernels(module), options)
  }

  /** For threads that make kernels of their own. */
  get kernelsModule(): KernelModule | undefined {
    return this.#module
  }

  /** Threads that a job that wants them may have: the count that was asked for, or the cores really granted. */
  get threadCount(): number {
    return this.#workers ?? grantedCores()
  }

  /** Throws Option after `close`. */
  requireOpen(): void {
    if (this.#closed) throw new LevError('Option', 'this levattention() was closed; make another one')
  }

  /** The engine for a job of about `seconds` on one core. */
  async engine(seconds: number): Promise<Engine> {
    this.requireOpen()
    const workers = this.#workers ?? (seconds < SMALL_JOB_SECONDS ? 0 : this.threadCount)
    return await (workers === 0 ? this.#inThisThread() : this.#onThreads(workers))
  }

  /** The tasks take time to load, and threads load them for themselves: a job on threads does without. */
  #inThisThread(): Promise<Engine> {
    this.#inline ??= import('./engines/inline-engine.ts').then(
      ({ InlineEngine }) => new InlineEngine(() => this.#makeKernels()),
    )
    return this.#inline
  }

  /** The pool's package takes time to load: small jobs do without. */
  #onThreads(workers: number): Promise<Engine> {
    this.#threads ??= this.#module && this.#early?.take(workers)
    this.#threads ??= import('./engines/threads-engine.ts').then(
      ({ ThreadsEngine }) =>
        new ThreadsEngine(workers, { kernelsModule: this.#module }, { hangLimitMs: this.#hangLimitMs }),
    )
    return this.#threads
  }

  async close(): Promise<void> {
    this.#closed = true
    const inline = await this.#inline
    await inline?.close()
    await this.#early?.close()
    const threads = await this.#threads
    await threads?.close()
  }

  #makeKernels(): Kernels {
    return this.#module ? wasmKernels(this.#module) : scalarKernels()
  }
}

/**
 * Seconds on one core of finding U of [n, d] keys and the heavy pairs of m queries, roughly: it only decides whether
 * threads are worth their start. Rates in operations a second: float64 kernels 1e10, the float32 filter 4e10.
 */
export function estimateSeconds(n: number, d: number, m: number, epsilon: number): number {
  return (3 * n * d * d + 8 * m * d * d) / 1e10 + (2 * m * d * Math.min(n, d / epsilon)) / 4e10
}

/** What a causal search adds: dots with the keys of a query's own block, or for p other than 2 with all that it sees. */
export function causalSeconds(n: number, d: number, m: number, p: number): number {
  return (m * d * (p === 2 ? 512 : n)) / 1e10
}
