/** What is drawn of the heavy pairs of a head, however many. */
export interface PairFacts {
  readonly attention: 'power' | 'softmax'
  readonly epsilon: number
  readonly n: number
  readonly m: number
  readonly pairs: number
  /** Keys of a pair. */
  readonly keys: number
  /** The fewest keys that have half of the pairs. */
  readonly halfKeys: number
  /** Pairs by bins of queries and keys [queryBins, keyBins]. */
  readonly map: Uint32Array
  readonly queryBins: number
  readonly keyBins: number
  readonly largest: number
  /** Pairs of each key that has one. */
  readonly byKey: ReadonlyMap<number, number>
}

/** Pairs as they come: of some queries and keys that belong together, with their shares. */
export interface PairColumns {
  readonly queryIds: ArrayLike<number>
  readonly keyIds: ArrayLike<number>
  readonly scores: ArrayLike<number>
}

/** Of an axis: each has its own number, so that no bin lies between two rows. */
const MOST_BINS = 64

/** Pairs in the memory of a map and of the keys that have one. */
export class PairShape {
  readonly #of: Pick<PairFacts, 'attention' | 'epsilon' | 'n' | 'm'>
  readonly #queryBins: number
  readonly #keyBins: number
  readonly #map: Uint32Array
  readonly #byKey = new Map<number, number>()
  #pairs = 0
  #largest = 0

  constructor(of: Pick<PairFacts, 'attention' | 'epsilon' | 'n' | 'm'>) {
    this.#of = of
    this.#queryBins = binCount(of.m)
    this.#keyBins = binCount(of.n)
    this.#map = new Uint32Array(this.#queryBins * this.#keyBins)
  }

  add({ queryIds, keyIds, scores }: PairColumns): void {
    const { n, m } = this.#of
    const [queryBins, keyBins] = [this.#queryBins, this.#keyBins]
    for (let i = 0; i < queryIds.length; i++) {
      const key = keyIds[i]
      const cell = Math.floor((queryIds[i] * queryBins) / m) * keyBins + Math.floor((key * keyBins) / n)
      this.#map[cell]++
      this.#byKey.set(key, (this.#byKey.get(key) ?? 0) + 1)
      if (scores[i] > this.#largest) this.#largest = scores[i]
    }
    this.#pairs += queryIds.length
  }

  facts(): PairFacts {
    return {
      ...this.#of,
      pairs: this.#pairs,
      keys: this.#byKey.size,
      halfKeys: halfOf(this.#byKey.values(), this.#pairs),
      map: this.#map,
      queryBins: this.#queryBins,
      keyBins: this.#keyBins,
      largest: this.#largest,
      byKey: this.#byKey,
    }
  }
}

function binCount(rows: number): number {
  return Math.max(1, Math.min(MOST_BINS, rows))
}

function halfOf(counts: Iterable<number>, total: number): number {
  const descending = [...counts].sort((a, b) => b - a)
  let held = 0
  return descending.findIndex((count) => (held += count) * 2 >= total) + 1
}
