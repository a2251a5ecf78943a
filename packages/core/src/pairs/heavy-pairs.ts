import { LevError } from '../errors/errors.ts'
import type { HeavyBatch } from './heavy-batch.ts'
import type { HeaderRecord } from '../lev/canonical.ts'
import type { SealedFile } from '../files/place-files.ts'

/**
 * What the sinks take: HeavyBatch, of which they keep all but the undefined rows. `mass` is in all batches or in
 * none: where it is meaningless (p other than 2) leave it out, and the file has none.
 */
export type SinkBatch = Omit<HeavyBatch, 'mass' | 'undefinedRows'> & Partial<Pick<HeavyBatch, 'mass'>>

/** The size of the whole: n keys, m queries. */
export interface HeavyShape {
  readonly n: number
  readonly m: number
}

/**
 * Where heavy pairs go, batch after batch in query order from query 0. After a throw the sink has aborted itself.
 * `finish`, or `seal` and `placeFiles`, is needed for the file to appear.
 */
export interface HeavyPairSink {
  /** Pairs so far. */
  readonly pairCount: number
  /** Wait for it before the next `add`: this is the back-pressure. Throws CannotWrite; Internal on disorder. */
  add(batch: SinkBatch): Promise<void>
  /**
   * Completes the output, still under a hidden name, to be placed together with others; none where it is a stream. `meta`
   * goes into the .npz. Throws CannotWrite; Internal where queries are missing.
   */
  seal(meta: HeaderRecord): Promise<readonly SealedFile[]>
  /** Seals it and puts it in its place. Throws as `seal`. */
  finish(meta: HeaderRecord): Promise<void>
  /** Removes what is still hidden; after `finish` nothing. Never throws. */
  abort(): void
}

/** Keeps batches in order: a gap or a swap would pass for an answer. */
export class BatchOrder {
  readonly #shape: HeavyShape
  #nextQuery = 0
  #pairCount = 0
  #hasMass: boolean | undefined
  #hasLse: boolean | undefined
  #hasIntervals: boolean | undefined
  #hasErrors: boolean | undefined

  constructor(shape: HeavyShape) {
    this.#shape = shape
  }

  get pairCount(): number {
    return this.#pairCount
  }

  /** True where the batches carry `mass`; undefined before the first. */
  get hasMass(): boolean | undefined {
    return this.#hasMass
  }

  /** True where the batches carry `lse`; undefined before the first. */
  get hasLse(): boolean | undefined {
    return this.#hasLse
  }

  /** True where the batches carry the ends of their scores' intervals. */
  get hasIntervals(): boolean {
    return this.#hasIntervals ?? false
  }

  /** True where the batches carry the standard errors of scores that are estimates. */
  get hasErrors(): boolean {
    return this.#hasErrors ?? false
  }

  /** Takes note of `batch`. Throws Internal where it does not follow the last one, or its arrays do not fit. */
  accept(batch: SinkBatch): void {
    const { queryStart, queryCount, mass } = batch
    if (queryStart !== this.#nextQuery || queryStart + queryCount > this.#shape.m) {
      throw disorder(batch, `expected query ${this.#nextQuery} of ${this.#shape.m}`)
    }
    this.#hasMass ??= mass !== undefined
    if (this.#hasMass !== (mass !== undefined)) throw disorder(batch, 'mass is in some batches only')
    this.#hasLse ??= batch.lse !== undefined
    if (this.#hasLse !== (batch.lse !== undefined)) throw disorder(batch, 'lse is in some batches only')
    const intervals = batch.scoreLow !== undefined && batch.scoreHigh !== undefined
    this.#hasIntervals ??= intervals
    if (this.#hasIntervals !== intervals) throw disorder(batch, 'intervals are in some batches only')
    const errors = batch.scoreSE !== undefined
    this.#hasErrors ??= errors
    if (this.#hasErrors !== errors) throw disorder(batch, 'standard errors are in some batches only')
    checkLengths(batch)
    checkKeys(batch, this.#shape.n)
    this.#nextQuery += queryCount
    this.#pairCount += batch.keyIds.length
  }

  /** Throws Internal where queries are missing. */
  requireWhole(): void {
    if (this.#nextQuery === this.#shape.m) return
    const message = `heavy pairs of queries ${this.#nextQuery} to ${this.#shape.m - 1} never came`
    throw new LevError('Internal', message)
  }
}

function checkLengths(batch: SinkBatch): void {
  const { queryCount, offsets, keyIds, scores, scoreLow, scoreHigh, scoreSE, dots, mass, slack, lse } = batch
  const pairCount = keyIds.length
  const fits =
    offsets.length === queryCount + 1 &&
    offsets[0] === 0 &&
    offsets[queryCount] === pairCount &&
    scores.length === pairCount &&
    dots.length === pairCount &&
    (scoreLow?.length ?? pairCount) === pairCount &&
    (scoreHigh?.length ?? pairCount) === pairCount &&
    (scoreSE?.length ?? pairCount) === pairCount &&
    slack.length === queryCount &&
    (lse?.length ?? queryCount) === queryCount &&
    (mass?.length ?? queryCount) === queryCount
  if (!fits) throw disorder(batch, 'its arrays have other lengths than its offsets say')
}

function checkKeys(batch: SinkBatch, n: number): void {
  const { offsets, keyIds, queryCount, queryStart } = batch
  for (let i = 0; i < queryCount; i++) {
    if (offsets[i] > offsets[i + 1]) throw disorder(batch, `offsets fall at query ${queryStart + i}`)
    let last = -1
    for (let j = offsets[i]; j < offsets[i + 1]; j++) {
      const keyId = keyIds[j]
      if (!(keyId > last && keyId < n))
        throw disorder(batch, `keys of query ${queryStart + i} are out of order`)
      last = keyId
    }
  }
}

function disorder({ queryStart, queryCount }: SinkBatch, what: string): LevError {
  const message = `heavy pairs of queries ${queryStart} to ${queryStart + queryCount - 1}: ${what}`
  return new LevError('Internal', message)
}
