import {
  kindOf,
  type KernelSource,
  LevError,
  type MatrixSource,
  requireOptions,
  type UniversalSet,
} from '@levattention/core/internal'
import type { SearchActor } from '@levattention/worker/internal/actors'
import { transfer } from 'comlink'
import { throwIfAborted } from '../aborts/abort.ts'
import type { Progress } from '../tasks/progress.ts'
import { ActorGroup } from './actor-group.ts'
import { ActorThread, actorEntry } from './actor-thread.ts'
import { runInOrder, stoppable } from '../tasks/map-in-order.ts'
import { partRowsOf, QUERY_KINDS, QueryCall, type SessionQueryOptions } from './query-call.ts'
import { requireRows } from './require-rows.ts'
import type { SessionAnswer } from './session-answer.ts'

/** What `session` takes beside the set. */
export interface SessionOptions {
  /** At least the universal set's, which is the default. */
  readonly epsilon?: number | undefined
  /** Threads that answer; default: the cores really granted. */
  readonly actors?: number | undefined
  /** Calls that may wait for an actor; one more is refused with Overloaded. Default 256. */
  readonly maxWaiting?: number | undefined
  /**
   * p other than 2: certified ends from the set alone (default), or estimates by draws from `keys`, made at the opening: none is missed but
   * with a probability of `delta` over `seed`, for the first `queryCount` queries (docs/guarantees.md, "Estimates").
   */
  readonly scores?: 'interval' | 'estimate' | undefined
  /** Scores estimate: the keys that the set was built from. They are read once. */
  readonly keys?: MatrixSource | undefined
  /** Scores estimate: default 1e-6. */
  readonly delta?: number | undefined
  /** Scores estimate: which draws; by default one at random, the session's `seed`. */
  readonly seed?: number | undefined
  /** Scores estimate: queries that `delta` covers; more are refused. Default 1e6, and more cost little. */
  readonly queryCount?: number | undefined
  /** Gives the opening up: it rejects with Aborted. The calls of a session have signals of their own. */
  readonly signal?: AbortSignal | undefined
  /** Told of each thread that is ready. */
  readonly onProgress?: ((progress: Progress) => unknown) | undefined
}

export interface SessionTerms {
  readonly epsilon: number
  readonly actorCount: number
  readonly maxWaiting: number
  readonly seed?: number | undefined
  readonly kernelSource: KernelSource
  readonly onProgress?: SessionOptions['onProgress']
  /** What the threads load, and how long a part of a batch may take; tests put their own in. */
  readonly entry?: URL
  readonly partLimitMs?: number
}

/** A part is milliseconds of work: an actor that needs longer than this hangs, and is replaced. */
const PART_LIMIT_MS = 60_000

/**
 * A universal set resident on threads of its own, which answer batches of queries at low latency. Calls share the actors
 * fairly: a large batch is cut into parts, and the parts of all calls take turns. Same queries, same answer, whatever the
 * number of actors.
 */
export class Session {
  /** Columns of the queries. */
  readonly dim: number
  /** Threads that answer. */
  readonly actorCount: number
  /** Scores estimate: of the draws. */
  readonly seed: number | undefined
  readonly #group: ActorGroup<SearchActor>
  readonly #maxWaiting: number
  readonly #partRows: number
  readonly #partLimitMs: number
  /** Queries that delta still covers; Infinity where there is none. */
  #queriesLeft: number
  /** Calls with parts that no actor was asked for, in turn. */
  #waiting: QueryCall[] = []
  #roomAwaited: (() => void)[] = []
  /** Why no call is taken any more. */
  #over: LevError | undefined

  /** Starts the actors around `universal`, whose arrays are shared memory. Rejects with WorkerLost. */
  static async open(universal: UniversalSet, terms: SessionTerms): Promise<Session> {
    const session = new Session(universal, terms)
    try {
      await session.#group.start(terms.actorCount, terms.onProgress)
    } catch (error) {
      await session.#group.close()
      throw error
    }
    return session
  }

  private constructor(universal: UniversalSet, terms: SessionTerms) {
    const { epsilon, actorCount, maxWaiting, kernelSource, entry = actorEntry() } = terms
    this.dim = universal.dim
    this.actorCount = actorCount
    this.seed = terms.seed
    this.#queriesLeft = universal.estimate?.queryCount ?? Infinity
    this.#maxWaiting = maxWaiting
    this.#partRows = partRowsOf(universal)
    this.#partLimitMs = terms.partLimitMs ?? PART_LIMIT_MS
    const settings = { actor: 'search', ...kernelSource, universal, epsilon } as const
    this.#group = new ActorGroup(() => new ActorThread<SearchActor>(entry, settings), {
      onRoom: () => this.#pump(),
      onFailure: (error) => this.#endWith(error),
    })
  }

  /** True once no call is taken any more: released, or no actor can be started. */
  get released(): boolean {
    return this.#over !== undefined
  }

  /** Calls that wait for an actor. */
  get waitingCount(): number {
    return this.#waiting.filter((call) => call.hasNext).length
  }

  /**
   * The heavy pairs of `queries` [queryCount, dim], row-major, which are copied. Where `timeoutMs` runs out it resolves with
   * what is known by then, `complete` false. Rejects with ShapeMismatch, Content (NaN, infinity), Option, Overloaded,
   * Aborted, and at once with WorkerLost where an actor dies that worked on the call: it may simply be called again.
   */
  async query(
    queries: Float32Array | Float64Array,
    options: SessionQueryOptions = {},
  ): Promise<SessionAnswer> {
    requireOptions('query', QUERY_KINDS, options)
    throwIfAborted(options.signal)
    const rows = requireRows('query: queries', queries, this.dim)
    if (this.#over) throw this.#over
    if (this.waitingCount >= this.#maxWaiting) throw overloaded(this.#maxWaiting)
    this.#count(rows.length / this.dim)
    const call = new QueryCall(rows.slice(), this.dim, this.#partRows, options)
    if (call.hasNext) this.#waiting.push(call)
    this.#pump()
    return await call.answer
  }

  /**
   * The answers to many batches, in their order. The next batch is asked for only when an actor can soon take it, so a
   * source of any length is read no faster than it is answered.
   */
  async *queryAll(
    batches: Iterable<Float32Array | Float64Array> | AsyncIterable<Float32Array | Float64Array>,
    options: SessionQueryOptions = {},
  ): AsyncGenerator<SessionAnswer, void, void> {
    requireOptions('queryAll', QUERY_KINDS, options)
    requireBatches(batches)
    const { stopped, giveUp } = stoppable(options.signal)
    const answer = async (queries: Float32Array | Float64Array) => {
      await this.#room()
      return await this.query(queries, { ...options, signal: stopped })
    }
    yield* runInOrder(batches, 2 * this.actorCount, answer, giveUp)
  }

  /** Ends the session: calls under way reject with Aborted; resolves when its threads have ended. */
  async release(): Promise<void> {
    this.#endWith(new LevError('Aborted', 'the session was released'))
    await this.#group.close()
  }

  /** As `release`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.release()
  }

  /** Hands parts to actors while both are there; each call in turn. */
  #pump(): void {
    this.#waiting = this.#waiting.filter((call) => call.hasNext)
    while (this.#waiting.length > 0) {
      const actor = this.#group.withRoom()
      if (!actor) break
      this.#ask(actor, this.#waiting.shift() as QueryCall)
    }
    for (const resume of this.#roomAwaited.splice(0)) resume()
  }

  #ask(actor: ActorThread<SearchActor>, call: QueryCall): void {
    const { index, request } = call.next()
    if (call.hasNext) this.#waiting.push(call)
    const query = transfer(request, [request.queries.buffer as ArrayBuffer])
    actor
      .call((remote) => remote.query(query), this.#partLimitMs)
      .then(
        (pairs) => call.accept(index, pairs),
        (error: unknown) => call.fail(this.#over ?? error),
      )
      .finally(() => this.#pump())
  }

  /** Throws Option where the estimate's chance of a miss covers no more queries. */
  #count(queries: number): void {
    if (queries > this.#queriesLeft) {
      const message = `delta covers ${this.#queriesLeft} more queries of this session, and ${queries} come: open another session, whose draws are new, or one with a larger queryCount`
      throw new LevError('Option', message, { option: 'queryCount' })
    }
    this.#queriesLeft -= queries
  }

  /** Resolves when a call would not be refused. */
  async #room(): Promise<void> {
    while (!this.#over && this.waitingCount >= this.#maxWaiting)
      await new Promise<void>((resume) => this.#roomAwaited.push(resume))
  }

  #endWith(error: LevError): void {
    this.#over ??= error
    for (const call of this.#waiting.splice(0)) call.fail(this.#over)
    for (const resume of this.#roomAwaited.splice(0)) resume()
  }
}

/** Throws Option where there is nothing to go through. One batch is iterable too, number by number. */
function requireBatches(batches: unknown): void {
  const given = Object(batches ?? 0) as { [Symbol.iterator]?: unknown; [Symbol.asyncIterator]?: unknown }
  const isList = typeof (given[Symbol.asyncIterator] ?? given[Symbol.iterator]) === 'function'
  if (isList && typeof batches === 'object' && !ArrayBuffer.isView(batches)) return
  const message = `queryAll: batches is ${kindOf(batches)}; arrays one after another are needed, as in queryAll([queries])`
  throw new LevError('Option', message)
}

function overloaded(maxWaiting: number): LevError {
  const message = `${maxWaiting} calls wait for this session’s actors, as many as it takes; call again later, or raise maxWaiting`
  return new LevError('Overloaded', message, { option: 'maxWaiting' })
}
