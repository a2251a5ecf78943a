import { LevError } from '../errors.ts'
import type { HeaderRecord } from './canonical.ts'

/**
 * The heavy pairs of consecutive queries [queryStart, queryStart + queryCount), as one CSR piece: the pairs of query
 * queryStart + i are [offsets[i], offsets[i + 1]), keys ascending.
 */
export interface HeavyBatch {
  readonly queryStart: number
  readonly queryCount: number
  /** [queryCount + 1], from 0. */
  readonly offsets: Uint32Array
  /** [pairs] row ids. */
  readonly keyIds: Float64Array
  /** [pairs] the share of |q.k|^p. */
  readonly scores: Float64Array
  /** [pairs] signed q.k; may have overflowed to infinity. */
  readonly dots: Float64Array
  /** [queryCount] share of the row sum inside U; in all batches (p = 2) or in none. */
  readonly mass?: Float64Array
  /** [queryCount] the largest error bound of the query's scores. */
  readonly slack: Float64Array
  /** Ids of queries that were left undecided, ascending. */
  readonly uncertified: Float64Array
}

/** The size of the whole: n keys, m queries. */
export interface HeavyShape {
  readonly n: number
  readonly m: number
}

/**
 * Where heavy pairs go, batch after batch in query order from query 0. After a throw the sink has aborted itself.
 * `finish` is needed for the file to appear.
 */
export interface HeavyPairSink {
  /** Pairs so far. */
  readonly pairCount: number
  /** Wait for it before the next `add`: this is the back-pressure. Throws CannotWrite; Internal on disorder. */
  add(batch: HeavyBatch): Promise<void> | void
  /** `meta` goes into the .npz. Throws CannotWrite; Internal where queries are missing. */
  finish(meta: HeaderRecord): Promise<void>
  /** Leaves no file; after `finish` nothing. Never throws. */
  abort(): void
}

/** Keeps batches in order: a gap or a swap would pass for an answer. */
export class BatchOrder {
  readonly #shape: HeavyShape
  #nextQuery = 0
  #pairCount = 0
  #hasMass: boolean | undefined

  constructor(shape: HeavyShape) {
    this.#shape = shape
  }

  get pairCount(): number {
    return this.#pairCount
  }

  /** True where the batches carry `mass`. */
  get hasMass(): boolean {
    return this.#hasMass ?? false
  }

  /** Takes note of `batch`. Throws Internal where it does not follow the last one, or its arrays do not fit. */
  accept(batch: HeavyBatch): void {
    const { queryStart, queryCount, mass } = batch
    if (queryStart !== this.#nextQuery || queryStart + queryCount > this.#shape.m) {
      throw disorder(batch, `expected query ${this.#nextQuery} of ${this.#shape.m}`)
    }
    this.#hasMass ??= mass !== undefined
    if (this.#hasMass !== (mass !== undefined)) throw disorder(batch, 'mass is in some batches only')
    checkLengths(batch)
    checkKeys(batch, this.#shape.n)
    this.#nextQuery += queryCount
    this.#pairCount += batch.keyIds.length
  }

  /** Throws Internal where queries are missing. */
  requireWhole(): void {
    if (this.#nextQuery === this.#shape.m) return
    throw new LevError(
      'Internal',
      `heavy pairs of queries ${this.#nextQuery} to ${this.#shape.m - 1} never came`,
    )
  }
}

function checkLengths(batch: HeavyBatch): void {
  const { queryCount, offsets, keyIds, scores, dots, mass, slack } = batch
  const pairCount = keyIds.length
  const fits =
    offsets.length === queryCount + 1 &&
    offsets[0] === 0 &&
    offsets[queryCount] === pairCount &&
    scores.length === pairCount &&
    dots.length === pairCount &&
    slack.length === queryCount &&
    (mass?.length ?? queryCount) === queryCount
  if (!fits) throw disorder(batch, 'its arrays have other lengths than its offsets say')
}

function checkKeys(batch: HeavyBatch, n: number): void {
  const { offsets, keyIds, queryCount, queryStart } = batch
  for (let i = 0; i < queryCount; i++) {
    if (offsets[i] > offsets[i + 1]) throw disorder(batch, `offsets fall at query ${queryStart + i}`)
    let last = -1
    for (let j = offsets[i]; j < offsets[i + 1]; j++) {
      if (!(keyIds[j] > last && keyIds[j] < n))
        throw disorder(batch, `keys of query ${queryStart + i} are out of order`)
      last = keyIds[j]
    }
  }
}

function disorder({ queryStart, queryCount }: HeavyBatch, what: string): LevError {
  return new LevError(
    'Internal',
    `heavy pairs of queries ${queryStart} to ${queryStart + queryCount - 1}: ${what}`,
  )
}
