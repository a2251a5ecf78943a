import {
  compileKernels,
  findNative,
  type FoundNative,
  type Kernels,
  kernelsOf,
  type KernelSource,
  kernelSource,
  kernelTeam,
  LevError,
  type NativeChoice,
} from '@levattention/core/internal'
import { addressSpaceLeft, reservesGuards, smallThreads } from './process-memory.ts'
import type { EarlyEngine } from './early-engine.ts'
import type { Engine } from './engine.ts'
import { type Fit, fitThreads } from './fit-threads.ts'
import {
  fewerWorkers,
  isThreadRefused,
  noRoomForKernels,
  noRoomForThreads,
  noThreads,
  slowerKernels,
} from './no-room.ts'
import { grantedCores } from './granted-cores.ts'
import { noNativeKernels, otherThanNative } from './no-native.ts'

/** What {@link levattention} takes: threads and kernels. */
export interface RuntimeOptions {
  /** Threads; 0 = the caller's thread. Default: the cores really granted, and none for small inputs. */
  readonly workers?: number | undefined
  /** 'auto': native ones where they are built, else WebAssembly, scalar ones where that has no room. No byte depends on it. */
  readonly kernels?: 'auto' | 'native' | 'wasm' | 'scalar' | undefined
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
  /** A job of fewer seconds on one core is done in this thread. Default: below what threads take to start. */
  readonly smallJobSeconds?: number | undefined
}

/** Threads that serve one command alone repay their start from here on, in seconds as plans reckon them: by WebAssembly's rates. */
const SMALL_JOB_SECONDS = 0.25
const SMALL_NATIVE_JOB_SECONDS = 0.5
/** The same of a job that is mostly calls which native kernels share with threads of their own, where that is all threads: of these, and of the rest. */
const SMALL_SHARED_SECONDS = 6
const SMALL_REST_SECONDS = 1

/** Threads that share a call: what lies between the calls is one thread's. */
const MOST_KERNEL_THREADS = 4

/** Hears of what is otherwise than it was asked for. */
type WarnOf = (code: string, message: string) => void

const emitWarning: WarnOf = (_code, message) => process.emitWarning(message, 'LevAttentionWarning')

/**
 * Kernels and engines of one process or one `levattention()`: made when first needed, gone after `close`. Where address space
 * is limited they take less of it: other kernels, smaller memories, fewer threads.
 */
export class Runtime {
  readonly kernels: Kernels
  /** For threads that make kernels of their own. */
  readonly kernelSource: KernelSource
  readonly #workers: number | undefined
  readonly #fit: Fit
  readonly #warn: WarnOf
  readonly #hangLimitMs: number | undefined
  readonly #early: EarlyEngine | undefined
  readonly #smallJobSeconds: number
  /** Threads that share a call of this thread's kernels, where the job has no others. */
  readonly #kernelThreads: number
  #inline: Promise<Engine> | undefined
  #threads: Promise<Engine> | undefined
  #closed = false

  private constructor(
    source: KernelSource,
    kernels: Kernels,
    fit: Fit,
    warn: WarnOf,
    { workers, hangLimitMs, early, smallJobSeconds }: StartOptions,
  ) {
    this.kernelSource = source
    this.kernels = kernels
    this.#fit = fit
    this.#warn = warn
    this.#workers = workers
    this.#hangLimitMs = hangLimitMs
    this.#early = early
    const isNative = kernels.name === 'native'
    this.#smallJobSeconds = smallJobSeconds ?? (isNative ? SMALL_NATIVE_JOB_SECONDS : SMALL_JOB_SECONDS)
    const mayShare = isNative && workers === undefined && smallJobSeconds === undefined
    this.#kernelThreads = mayShare ? Math.min(grantedCores(), MOST_KERNEL_THREADS) : 1
  }

  /**
   * Throws Option where `workers` is no count, `hangLimitMs` no time or kernels 'native' are asked for and not built; Internal where the kernels cannot be loaded; SystemLimit
   * where kernels 'wasm' or 'native' were asked for and the address space is too small for them.
   */
  static async open(options: StartOptions = {}, warn: WarnOf = emitWarning): Promise<Runtime> {
    const { workers = grantedCores(), kernels = 'auto', early } = options
    requireStartOptions(options)
    const fit = fitThreads(room(), workers, kernels)
    if (fit === undefined) throw noRoomForKernels(kernels)
    if (kernels === 'auto' && fit.memoryBytes === 0) warn('scalar-kernels', slowerKernels())
    if (fit.memoryBytes === 0) {
      const source = kernelSource(undefined, 0)
      return new Runtime(source, kernelsOf(source), fit, warn, options)
    }
    const compiled = await early?.compiled
    const native = await nativeFor(kernels, warn, early?.native)
    const source = compiled?.source ?? kernelSource(await compileKernels(), fit.memoryBytes, native)
    return new Runtime(source, compiled?.kernels ?? kernelsOf(source), fit, warn, options)
  }

  /** Threads that a job that wants them may have: the count that was asked for, or the cores really granted. */
  get threadCount(): number {
    return this.#workers ?? grantedCores()
  }

  /** Throws Option after `close`. */
  requireOpen(): void {
    if (this.#closed) throw new LevError('Option', 'this levattention() was closed; make another one')
  }

  /** Of `wanted` threads those for which there is room. Warns where there are fewer. Throws SystemLimit below `least`. */
  threadsWithin(wanted: number, least: number): number {
    const { memoryBytes = 0 } = this.#fit
    // This thread's own memory is taken already.
    const { left, guarded } = room()
    const kernels = memoryBytes === 0 ? 'scalar' : 'wasm'
    const fit = fitThreads({ left: left + memoryBytes, guarded }, wanted, kernels)
    const workers = fit?.workers ?? 0
    if (workers < least) throw noRoomForThreads()
    if (workers < wanted) this.#warn('fewer-workers', fewerWorkers(wanted, workers))
    return workers
  }

  /** The engine for a job of about `seconds` on one core, `sharedSeconds` of them in calls that native kernels may share. */
  async engine(seconds: number, sharedSeconds = 0): Promise<Engine> {
    this.requireOpen()
    const wanted = this.#workers ?? (this.#isSmall(seconds, sharedSeconds) ? 0 : this.threadCount)
    if (this.#threads !== undefined && wanted > 0) return await this.#threads
    const workers = this.threadsWithin(wanted, 0)
    if (workers === 0) return await this.#inThisThread()
    this.#threads ??= this.#onThreads(workers).catch((error: unknown) => {
      if (!isThreadRefused(error)) throw error
      this.#warn('fewer-workers', noThreads(error))
      return this.#inThisThread()
    })
    return await this.#threads
  }

  #isSmall(seconds: number, sharedSeconds: number): boolean {
    const rest = seconds - sharedSeconds
    if (this.#kernelThreads < 2 || sharedSeconds < rest) return seconds < this.#smallJobSeconds
    const most = SMALL_SHARED_SECONDS * Math.min(1, this.#kernelThreads / this.threadCount)
    return sharedSeconds < most && rest < SMALL_REST_SECONDS
  }

  /** The tasks take time to load, and threads load them for themselves: a job on threads does without. */
  #inThisThread(): Promise<Engine> {
    this.#inline ??= import('./inline-engine.ts').then(({ InlineEngine }) => {
      const { native } = this.kernelSource
      const threads = this.#kernelThreads
      if (native === undefined || threads < 2) return new InlineEngine(() => kernelsOf(this.kernelSource))
      const source = { ...this.kernelSource, native: { ...native, threads } }
      return new InlineEngine(
        () => kernelsOf(source),
        threads,
        () => kernelTeam(native),
      )
    })
    return this.#inline
  }

  /** The pool's package takes time to load: small jobs do without. */
  async #onThreads(workers: number): Promise<Engine> {
    const early = this.kernelSource.kernelsModule && this.#early?.take(workers)
    if (early) return await early
    const { ThreadsEngine } = await import('./threads-engine.ts')
    const options = { hangLimitMs: this.#hangLimitMs, resourceLimits: smallThreads() }
    return new ThreadsEngine(workers, this.kernelSource, options)
  }

  async close(): Promise<void> {
    this.#closed = true
    const inline = await this.#inline
    await inline?.close()
    await this.#early?.close()
    const threads = await this.#threads
    await threads?.close()
  }
}

/** The native kernels to take, if any. Throws Option where only these will do and are not there. */
async function nativeFor(
  kernels: RuntimeOptions['kernels'],
  warn: WarnOf,
  looked: Promise<FoundNative> | undefined,
): Promise<NativeChoice | undefined> {
  if (kernels === 'wasm') return undefined
  const found = await (looked ?? findNative())
  if (found.state === 'built') return found.choice
  if (kernels === 'native') throw noNativeKernels(found)
  if (found.state === 'unusable') warn('native-kernels', otherThanNative(found))
  return undefined
}

function room() {
  return { left: addressSpaceLeft(), guarded: reservesGuards() }
}

function requireStartOptions({ workers, hangLimitMs }: RuntimeOptions): void {
  if (workers !== undefined && !(Number.isInteger(workers) && workers >= 0 && workers <= 1024)) {
    const message = `workers is ${workers}; it must be a whole number from 0 to 1024`
    throw new LevError('Option', message, { option: 'workers' })
  }
  if (hangLimitMs !== undefined && !(hangLimitMs >= 100)) {
    const message = `hangLimitMs is ${hangLimitMs}; it must be at least 100`
    throw new LevError('Option', message, { option: 'hangLimitMs' })
  }
}
