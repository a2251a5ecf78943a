import { type KernelModule, LevError, type UniversalSet } from '@levattention/core/internal'
import type { WireAnswer } from '@levattention/worker'
import type { RowProgress, SummaryActor, SummaryActorSettings } from '@levattention/worker/actors'
import { proxy, type Remote, transfer } from 'comlink'
import { ActorThread } from './actor-thread.ts'
import { type CallLimits, requireLimits, withLimits } from './call-limits.ts'
import { actorEntry } from './entry-file.ts'
import { requireQueries } from './require-queries.ts'
import { type SessionAnswer, sessionAnswer } from './session-answer.ts'

/** A summary from nothing, or one that goes on from the bytes of an earlier one. */
export type LiveSummaryOptions = LiveSummaryTerms | { readonly bytes: Uint8Array }

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

export interface LiveQueryOptions extends CallLimits {
  /** The most pairs of a query, those with the largest scores. Default: all. */
  readonly limit?: number | undefined
  /** At least the summary's, which is the default. */
  readonly epsilon?: number | undefined
}

export interface LiveAnswer extends SessionAnswer {
  /** Rows that the answer speaks of: those pushed before the call. 0 where time ran out. */
  readonly rowCount: number
}

/** Pushes that may be under way; the caller awaits one before it makes more. */
const MAX_PUSHES = 16

/**
 * A KeySummary on a thread of its own: it fills while it answers. Calls take effect in the order in which they are made.
 * If its thread dies the rows are gone: every call rejects with WorkerLost, and another summary goes on from the bytes
 * that `toBytes` gave last.
 */
export class LiveSummary {
  readonly dim: number
  readonly #thread: ActorThread<SummaryActor>
  #pushCount = 0
  #released = false

  get released(): boolean {
    return this.#released
  }

  /** Rejects with WorkerLost where the actor cannot start. */
  static async open(
    dim: number,
    settings: SummaryActorSettings,
    kernelsModule: KernelModule | undefined,
    entry = actorEntry(),
  ): Promise<LiveSummary> {
    const thread = new ActorThread<SummaryActor>(entry, { actor: 'summary', kernelsModule, ...settings })
    try {
      await thread.start()
    } catch (error) {
      await thread.terminate()
      throw error
    }
    return new LiveSummary(dim, thread)
  }

  private constructor(dim: number, thread: ActorThread<SummaryActor>) {
    this.dim = dim
    this.#thread = thread
  }

  /**
   * Adds rows [rows.length / dim, dim], row-major, which are copied; resolves with the number of rows that are in. All of
   * them are absorbed or none. Rejects with ShapeMismatch, Content (NaN, infinity), WorkerLost, and with Overloaded where 16
   * pushes are under way: await them.
   */
  async push(
    rows: Float32Array | Float64Array,
    { onProgress }: { readonly onProgress?: RowProgress } = {},
  ): Promise<number> {
    requireQueries(rows, this.dim)
    if (this.#pushCount >= MAX_PUSHES)
      throw new LevError('Overloaded', `${MAX_PUSHES} pushes are under way; await them before the next`)
    this.#pushCount++
    const caught = new Caught(onProgress)
    try {
      const copy = rows.slice()
      const told = onProgress && proxy(caught.call)
      const rowCount = await this.#call((actor) => actor.update(transfer(copy, [copy.buffer]), told))
      caught.throwAgain()
      return rowCount
    } finally {
      this.#pushCount--
    }
  }

  /**
   * The heavy pairs of `queries` [queryCount, dim] among the rows pushed before this call. Where `timeoutMs` runs out nothing
   * is answered, `complete` false. Rejects with ShapeMismatch, Content, Option, Aborted, WorkerLost.
   */
  async query(
    queries: Float32Array | Float64Array,
    { limit = Infinity, epsilon, ...limits }: LiveQueryOptions = {},
  ): Promise<LiveAnswer> {
    requireLimits(limits, limit)
    requireQueries(queries, this.dim)
    const queryCount = queries.length / this.dim
    const request = { queries: queries.slice(), limit, epsilon }
    const work = this.#call((actor) => actor.query(transfer(request, [request.queries.buffer])))
    return await withLimits(
      work.then(({ pairs, rowCount }) => ({ ...sessionAnswer([pairs], queryCount, queryCount), rowCount })),
      limits,
      () => ({ ...sessionAnswer([undefined], queryCount, queryCount), rowCount: 0 }),
    )
  }

  /** U of the rows pushed before this call. */
  async universalSet(): Promise<UniversalSet> {
    return await this.#call((actor) => actor.universalSet())
  }

  /** The summary of the rows pushed before this call: for a file, KeySummary.fromBytes, or another live summary. */
  async toBytes(): Promise<Uint8Array> {
    return await this.#call((actor) => actor.toBytes())
  }

  /** Ends the thread; calls under way reject. */
  async release(): Promise<void> {
    this.#released = true
    await this.#thread.terminate()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.release()
  }

  async #call<T>(run: (actor: Remote<SummaryActor>) => Promise<WireAnswer<T>>): Promise<T> {
    try {
      return await this.#thread.call(run)
    } catch (error) {
      if (this.#released) throw new LevError('Aborted', 'the live summary was released')
      throw error
    }
  }
}

/** Keeps what a callback throws in a message from the thread until its caller can be told. */
class Caught {
  #thrown: { readonly error: unknown } | undefined
  readonly call: RowProgress

  constructor(callback: RowProgress = () => undefined) {
    this.call = (rowCount) => {
      try {
        callback(rowCount)
      } catch (error) {
        this.#thrown ??= { error }
      }
    }
  }

  throwAgain(): void {
    if (this.#thrown) throw this.#thrown.error
  }
}
