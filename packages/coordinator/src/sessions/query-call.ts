import {
  CALLBACK,
  isNonFinite,
  nonFiniteIn,
  type OptionKinds,
  type RankedPairs,
  type UniversalSet,
} from '@levattention/core/internal'
import type { QueryRequest } from '@levattention/worker/internal/actors'
import { DRAWN_A_QUERY } from '../problem/attention-problem.ts'
import { Listener } from '../aborts/listener.ts'
import type { Progress } from '../tasks/progress.ts'
import { type CallLimits, LIMIT_KINDS, PAIR_LIMIT, withLimits } from './call-limits.ts'
import { type SessionAnswer, sessionAnswer } from './session-answer.ts'

/** What `query` of a session takes beside its queries. */
export interface SessionQueryOptions extends CallLimits {
  /** The most pairs of a query, those with the largest scores. Default: all. */
  readonly limit?: number | undefined
  /** Told after each part of the batch: queries answered, of how many. */
  readonly onProgress?: ((progress: Progress) => unknown) | undefined
}

export const QUERY_KINDS: OptionKinds<SessionQueryOptions> = {
  limit: PAIR_LIMIT,
  onProgress: CALLBACK,
  ...LIMIT_KINDS,
}

/** A part of a batch: what one call to an actor asks. */
interface QueryPart {
  readonly index: number
  readonly request: QueryRequest
}

/** A batch of queries on its way: cut into parts that any actors may answer, in any order. */
export class QueryCall {
  readonly answer: Promise<SessionAnswer>
  /** Resolved, rejected, given up or out of time: no part of it is of use any more. */
  settled = false
  readonly #queries: Float32Array | Float64Array
  readonly #dim: number
  readonly #partRows: number
  readonly #options: SessionQueryOptions
  readonly #answers: (RankedPairs | undefined)[]
  readonly #listener: Listener<Progress>
  #asked = 0
  #answered = 0
  #resolve: () => void = () => undefined
  #reject: (error: unknown) => void = () => undefined

  /** `queries` [queryCount, dim]: the call's own copy. */
  constructor(
    queries: Float32Array | Float64Array,
    dim: number,
    partRows: number,
    options: SessionQueryOptions,
  ) {
    this.#queries = queries
    this.#dim = dim
    this.#partRows = partRows
    this.#options = options
    this.#listener = new Listener(options.onProgress, (failure) => this.fail(failure))
    this.#answers = Array.from({ length: Math.ceil(queries.length / dim / partRows) }, () => undefined)
    const work = new Promise<SessionAnswer>((resolve, reject) => {
      this.#resolve = () => resolve(this.#known())
      this.#reject = reject
    })
    this.answer = withLimits(work, options, () => this.#known()).finally(() => (this.settled = true))
    if (this.#answers.length === 0) this.#resolve()
  }

  /** True while parts are left to be asked for. */
  get hasNext(): boolean {
    return !this.settled && this.#asked < this.#answers.length
  }

  next(): QueryPart {
    const index = this.#asked++
    const start = index * this.#partRows
    const queries = this.#queries.slice(start * this.#dim, (start + this.#partRows) * this.#dim)
    return { index, request: { queries, queryStart: start, limit: this.#options.limit ?? Infinity } }
  }

  /** The answer to a part. */
  accept(index: number, pairs: RankedPairs): void {
    if (this.settled) return
    this.#answers[index] = pairs
    this.#answered += pairs.queryCount
    const total = this.#queries.length / this.#dim
    try {
      this.#listener.tell({ stage: 'query', done: this.#answered, total })
    } catch {
      return
    }
    if (this.#answered < total) return
    // Nothing is left to be done.
    this.#listener.settled().then(this.#resolve, () => undefined)
  }

  fail(error: unknown): void {
    this.settled = true
    // The actor saw one part of the batch.
    this.#reject(isNonFinite(error) ? nonFiniteIn(this.#queries, this.#dim, 'queries') : error)
  }

  #known(): SessionAnswer {
    this.settled = true
    return sessionAnswer(this.#answers, this.#queries.length / this.#dim, this.#partRows)
  }
}

/** Multiply-adds of a part: a few milliseconds, so that a large batch delays a small one by no more. */
const PART_WORK = 2 ** 24
const MOST_ROWS = 1024
/** Of a pair that is reported, in multiply-adds. It takes a microsecond; few queries have all the pairs that they may. */
const PAIR_WORK = 1000

/**
 * Queries that one call to an actor asks: each costs d |U| for the filter, a few d^2 for its row sum, and its pairs, of
 * which it has at most 1/epsilon.
 */
export function partRowsOf({
  dim,
  rowIds,
  epsilon,
  estimate,
}: Pick<UniversalSet, 'dim' | 'rowIds' | 'epsilon' | 'estimate'>): number {
  const drawn = estimate ? DRAWN_A_QUERY : 0
  const work = dim * (rowIds.length + drawn + 4 * dim) + PAIR_WORK * Math.min(rowIds.length, 1 / epsilon)
  return Math.max(1, Math.min(MOST_ROWS, Math.floor(PART_WORK / work)))
}
