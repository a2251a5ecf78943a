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
  /** Pairs by bins of queries and keys [bins, bins]. */
  readonly map: Uint32Array
  readonly bins: number
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

const MOST_BINS = 64

/** Pairs in the memory of a map and of the keys that have one. */
export class PairShape {
  readonly #of: Pick<PairFacts, 'attention' | 'epsilon' | 'n' | 'm'>
  readonly #bins: number
  readonly #map: Uint32Array
  readonly #byKey = new Map<number, number>()
  #pairs = 0
  #largest = 0

  constructor(of: Pick<PairFacts, 'attention' | 'epsilon' | 'n' | 'm'>) {
    this.#of = of
    this.#bins = Math.max(1, Math.min(MOST_BINS, Math.max(of.n, of.m)))
    this.#map = new Uint32Array(this.#bins * this.#bins)
  }

  add({ queryIds, keyIds, scores }: PairColumns): void {
    const { n, m } = this.#of
    const bins = this.#bins
    for (let i = 0; i < queryIds.length; i++) {
      const key = keyIds[i]
      const cell = Math.floor((queryIds[i] * bins) / m) * bins + Math.floor((key * bins) / n)
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
      bins: this.#bins,
      largest: this.#largest,
      byKey: this.#byKey,
    }
  }
}

function halfOf(counts: Iterable<number>, total: number): number {
  const descending = [...counts].sort((a, b) => b - a)
  let held = 0
  return descending.findIndex((count) => (held += count) * 2 >= total) + 1
}
