import type { HeavyPairReader } from '@levattention/core/internal'

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

/** Reads a file's pairs in step with ascending query ids: one batch is held. */
export class PairCursor {
  readonly #pairs: Iterator<FilePair>
  readonly #mostOfQuery: number
  #next: IteratorResult<FilePair>

  /**
   * `most`: pairs that a query can have. Of one that lists more one is taken besides, so that one too many is found, and no file
   * fills the memory.
   */
  constructor(reader: HeavyPairReader, most: number) {
    this.#mostOfQuery = 1 + most
    this.#pairs = pairsOf(reader)
    this.#next = this.#pairs.next()
  }

  /** The pairs of `queryIds` (ascending, above all asked for before), in file order; those of queries between are skipped. */
  take(queryIds: readonly number[]): FilePair[] {
    const wanted = new Set(queryIds)
    const taken: FilePair[] = []
    const last = queryIds.at(-1) ?? -1
    let current = -1
    let ofCurrent = 0
    for (; !this.#next.done && this.#next.value.queryId <= last; this.#next = this.#pairs.next()) {
      const { queryId } = this.#next.value
      if (queryId !== current) ofCurrent = 0
      current = queryId
      if (wanted.has(queryId) && ofCurrent++ < this.#mostOfQuery) taken.push(this.#next.value)
    }
    return taken
  }

  /** Reads on to the end, so that the whole file has been checked; the first pair of a query from `queryCount` on. */
  drain(queryCount: number): FilePair | undefined {
    let beyond: FilePair | undefined
    for (; !this.#next.done; this.#next = this.#pairs.next()) {
      if (this.#next.value.queryId >= queryCount) beyond ??= this.#next.value
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
