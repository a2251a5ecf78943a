import type { UniversalSet } from '@levattention/core'
import {
  CALLBACK,
  type KernelSource,
  LevError,
  NUMBER,
  type OptionKinds,
  requireOptions,
  SIGNAL,
} from '@levattention/core/internal'
import type { WireAnswer } from '@levattention/worker/internal'
import type { SummaryActor, SummaryActorSettings } from '@levattention/worker/internal/actors'
import { proxy, type Remote, transfer } from 'comlink'
import type { Progress } from '../tasks/progress.ts'
import { throwIfAborted, unlessAborted } from '../aborts/abort.ts'
import { heard, type Watched } from '../aborts/listener.ts'
import { ActorThread, actorEntry } from './actor-thread.ts'
import { type CallLimits, LIMIT_KINDS, PAIR_LIMIT, withLimits } from './call-limits.ts'
import { requireRows } from './require-rows.ts'
import { type SessionAnswer, sessionAnswer } from './session-answer.ts'

/** A summary from nothing, or one that goes on from the bytes of an earlier one. */
export type LiveSummaryOptions = (LiveSummaryTerms | LiveSummaryBytes) & LiveOpening

/** Of the opening itself: the calls of a live summary have signals of their own. */
export interface LiveOpening {
  /** Gives the opening up: it rejects with Aborted. */
  readonly signal?: AbortSignal | undefined
  /** Told when the thread is ready. */
  readonly onProgress?: ((progress: Progress) => unknown) | undefined
}

/** Where an earlier summary ended. */
export interface LiveSummaryBytes {
  /** Of `toBytes`. */
  readonly bytes: Uint8Array
}

/** What a live summary from nothing is made of. */
export interface LiveSummaryTerms {
  /** Columns of the rows. */
  readonly dim: number
  /** Attention threshold in (0, 1]; default 0.01. */
  readonly epsilon?: number
  /**
   * Attention exponent of f(x) = |x|^p, any above 0; default 2. Other than 2 each score comes with its certified ends, and a
   * query with a pair whose interval holds epsilon is listed as uncertified.
   */
  readonly p?: number
  /** The row id of the first row; default 0. */
  readonly rowStart?: number
  /** 'triangular' serves ill-conditioned rows better, more slowly. Default 'gram'. */
  readonly form?: 'gram' | 'triangular'
  /** p other than 2: of the sample of rows that are not kept, from which row sums are estimated; default 1. */
  readonly seed?: number
}

/** What `query` of a live summary takes beside its queries. */
export interface LiveQueryOptions extends CallLimits {
  /** The most pairs of a query, those with the largest scores. Default: all. */
  readonly limit?: number | undefined
  /** At least the summary's, which is the default. */
  readonly epsilon?: number | undefined
}

/** What a live summary answers: heavy pairs as CSR, largest score first, as a session's. */
export interface LiveAnswer extends SessionAnswer {
  /** Rows that the answer speaks of: those pushed before the call. 0 where time ran out. */
  readonly rowCount: number
}

/** What `push` takes beside its rows. */
export interface LivePushOptions extends Pick<CallLimits, 'signal'> {
  /** Told after every 4,096 rows how many of the pushed ones are in. */
  readonly onProgress?: ((rowCount: number) => unknown) | undefined
}

const CALL_KINDS: OptionKinds<Pick<CallLimits, 'signal'>> = { signal: SIGNAL }
const PUSH_KINDS: OptionKinds<LivePushOptions> = { onProgress: CALLBACK, ...CALL_KINDS }
const QUERY_KINDS: OptionKinds<LiveQueryOptions> = { limit: PAIR_LIMIT, epsilon: NUMBER, ...LIMIT_KINDS }

/** Pushes that may be under way; the caller awaits one before it makes more. */
const MAX_PUSHES = 16

/**
 * A KeySummary on a thread of its own: it fills while it answers. Calls take effect in the order in which they are made.
 * If its thread dies the rows are gone: every call rejects with WorkerLost, and another summary goes on from the bytes
 * that `toBytes` gave last.
 */
export class LiveSummary {
  /** Columns of the rows. */
  readonly dim: number
  readonly #thread: ActorThread<SummaryActor>
  #pushCount = 0
  #released = false

  /** True once `release` was called. */
  get released(): boolean {
    return this.#released
  }

  /** Rejects with Option and Content where `settings` are wrong, WorkerLost where the actor cannot start, Aborted. */
  static async open(
    settings: SummaryActorSettings,
    kernelSource: KernelSource,
    {
      signal,
      entry = actorEntry(),
    }: { readonly signal?: AbortSignal | undefined; readonly entry?: URL } = {},
  ): Promise<LiveSummary> {
    const thread = new ActorThread<SummaryActor>(entry, { actor: 'summary', ...kernelSource, ...settings })
    try {
      await thread.start()
      // Of many columns it takes long: who gives up does not wait for it.
      const dim = await unlessAborted(
        thread.call((actor) => actor.dim()),
        signal,
      )
      return new LiveSummary(dim, thread)
    } catch (error) {
      await thread.terminate()
      throw error
    }
  }

  private constructor(dim: number, thread: ActorThread<SummaryActor>) {
    this.dim = dim
    this.#thread = thread
  }

  /**
   * Adds rows [rows.length / dim, dim], row-major, which are copied; resolves with the number of rows that are in. All of
   * them are absorbed or none. Rejects with ShapeMismatch, Content (NaN, infinity), WorkerLost, and with Overloaded where 16
   * pushes are under way: await them. Given up by its signal a push rejects with Aborted; its rows are absorbed all the same.
   */
  async push(rows: Float32Array | Float64Array, options: LivePushOptions = {}): Promise<number> {
    requireOptions('push', PUSH_KINDS, options)
    throwIfAborted(options.signal)
    const numbers = requireRows('push: rows', rows, this.dim)
    if (this.#pushCount >= MAX_PUSHES)
      throw new LevError('Overloaded', `${MAX_PUSHES} pushes are under way; await them before the next`)
    this.#pushCount++
    const copy = numbers.slice()
    try {
      return await heard(options, ({ signal, onProgress }: Watched<number>) =>
        this.#call((actor) => {
          const told = onProgress && proxy(onProgress)
          return actor.update(transfer(copy, [copy.buffer]), told)
        }, signal),
      )
    } finally {
      this.#pushCount--
    }
  }

  /**
   * The heavy pairs of `queries` [queryCount, dim] among the rows pushed before this call. Where `timeoutMs` runs out nothing
   * is answered, `complete` false. Rejects with ShapeMismatch, Content, Option, Aborted, WorkerLost.
   */
  async query(queries: Float32Array | Float64Array, options: LiveQueryOptions = {}): Promise<LiveAnswer> {
    requireOptions('query', QUERY_KINDS, options)
    const { limit = Infinity, epsilon, ...limits } = options
    throwIfAborted(limits.signal)
    const numbers = requireRows('query: queries', queries, this.dim)
    const queryCount = numbers.length / this.dim
    const request = { queries: numbers.slice(), limit, epsilon }
    const work = this.#call((actor) => actor.query(transfer(request, [request.queries.buffer])))
    return await withLimits(
      work.then(({ pairs, rowCount }) => ({ ...sessionAnswer([pairs], queryCount, queryCount), rowCount })),
      limits,
      () => ({ ...sessionAnswer([undefined], queryCount, queryCount), rowCount: 0 }),
    )
  }

  /** U of the rows pushed before this call. */
  async universalSet(options: Pick<CallLimits, 'signal'> = {}): Promise<UniversalSet> {
    requireOptions('universalSet', CALL_KINDS, options)
    return await this.#call((actor) => actor.universalSet(), options.signal)
  }

  /** The summary of the rows pushed before this call: for a file, KeySummary.fromBytes, or another live summary. */
  async toBytes(options: Pick<CallLimits, 'signal'> = {}): Promise<Uint8Array> {
    requireOptions('toBytes', CALL_KINDS, options)
    return await this.#call((actor) => actor.toBytes(), options.signal)
  }

  /** Ends the thread; calls under way reject. */
  async release(): Promise<void> {
    this.#released = true
    await this.#thread.terminate()
  }

  /** As `release`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.release()
  }

  /** An abort rejects at once; what the thread was asked takes effect all the same. */
  async #call<T>(
    run: (actor: Remote<SummaryActor>) => Promise<WireAnswer<T>>,
    signal?: AbortSignal,
  ): Promise<T> {
    throwIfAborted(signal)
    try {
      return await unlessAborted(this.#thread.call(run), signal)
    } catch (error) {
      if (this.#released) throw new LevError('Aborted', 'the live summary was released')
      throw error
    }
  }
}
