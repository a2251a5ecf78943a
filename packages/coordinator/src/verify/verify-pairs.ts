import type { HeavyPairReader } from '@levattention/core/internal'
import { byTurns } from '../tasks/by-turns.ts'

/** A pair as the file has it. */
export interface FilePair {
  readonly queryId: number
  readonly keyId: number
  readonly score: number
  /** undefined where the file tells no dots, NaN where a .ndjson cannot tell an infinite one. */
  readonly dot: number | undefined
  /** Ends of the score's interval; the score itself where the file tells none. */
  readonly low: number
  readonly high: number
}

/** Pairs that are read at a time. */
const PIECE_PAIRS = 1024

/** Reads a file's pairs in step with ascending query ids: one batch is held. Others of this thread come between. */
export class PairCursor {
  readonly #pairs: Iterator<FilePair>
  readonly #mostOfQuery: number
  readonly #signal: AbortSignal | undefined
  #next: IteratorResult<FilePair>

  /**
   * `most`: pairs that a query can have. Of one that lists more one is taken besides, so that one too many is found, and no file
   * fills the memory.
   */
  constructor(reader: HeavyPairReader, most: number, signal: AbortSignal | undefined) {
    this.#mostOfQuery = 1 + most
    this.#signal = signal
    this.#pairs = pairsOf(reader)
    this.#next = this.#pairs.next()
  }

  /** The pairs of `queryIds` (ascending, above all asked for before), in file order; those of queries between are skipped. Throws Aborted. */
  async take(queryIds: readonly number[]): Promise<FilePair[]> {
    return await byTurns(this.#taking(queryIds), this.#signal)
  }

  /** Reads on to the end, so that the whole file has been checked; the first pair of a query from `queryCount` on. Throws Aborted. */
  async drain(queryCount: number): Promise<FilePair | undefined> {
    return await byTurns(this.#draining(queryCount), this.#signal)
  }

  *#taking(queryIds: readonly number[]): Generator<void, FilePair[], void> {
    const wanted = new Set(queryIds)
    const taken: FilePair[] = []
    const last = queryIds.at(-1) ?? -1
    let current = -1
    let ofCurrent = 0
    for (let read = 1; !this.#next.done && this.#next.value.queryId <= last; read++) {
      const { queryId } = this.#next.value
      if (queryId !== current) ofCurrent = 0
      current = queryId
      if (wanted.has(queryId) && ofCurrent++ < this.#mostOfQuery) taken.push(this.#next.value)
      this.#next = this.#pairs.next()
      if (read % PIECE_PAIRS === 0) yield
    }
    return taken
  }

  *#draining(queryCount: number): Generator<void, FilePair | undefined, void> {
    let beyond: FilePair | undefined
    for (let read = 1; !this.#next.done; read++) {
      if (this.#next.value.queryId >= queryCount) beyond ??= this.#next.value
      this.#next = this.#pairs.next()
      if (read % PIECE_PAIRS === 0) yield
    }
    return beyond
  }
}

/** Pairs of a query with a share of epsilon each, as far as their slack allows. */
export function mostPairs(epsilon: number, slack: number): number {
  return Math.ceil(1 / (epsilon * (1 - slack) ** 3))
}

function* pairsOf(reader: HeavyPairReader): Generator<FilePair> {
  for (const { queryIds, keyIds, scores, dots, lows, highs } of reader.batches()) {
    for (let i = 0; i < queryIds.length; i++) {
      yield {
        queryId: queryIds[i],
        keyId: keyIds[i],
        score: scores[i],
        dot: reader.hasDots ? dots[i] : undefined,
        low: lows[i],
        high: highs[i],
      }
    }
  }
}
