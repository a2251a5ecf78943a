import { ReadPairs, type PairBatch } from './pair-collector.ts'

/** Pairs that do not come by query, then key, are held to be sorted: so many at most. */
export const MOST_SORTED_PAIRS = 2 ** 24

/** Pairs in any order, each with the line that it stands in. */
export class UnsortedPairs {
  #count = 0
  #columns = Array.from({ length: 7 }, () => new Float64Array(1024))

  get count(): number {
    return this.#count
  }

  add(line: number, query: number, key: number, score: number, dot: number, low: number, high: number): void {
    if (this.#count === this.#columns[0].length)
      this.#columns = this.#columns.map((column) => {
        const grown = new Float64Array(2 * column.length)
        grown.set(column)
        return grown
      })
    const numbers = [query, key, score, dot, low, high, line]
    numbers.forEach((value, column) => (this.#columns[column][this.#count] = value))
    this.#count++
  }

  /** By query, then key; pairs that stand there twice in the order of their lines. */
  sorted(): SortedPairs {
    const [queries, keys] = this.#columns
    const order = Uint32Array.from({ length: this.#count }, (_, at) => at)
    order.sort((a, b) => queries[a] - queries[b] || keys[a] - keys[b] || a - b)
    return new SortedPairs(this.#columns, order)
  }
}

/** Pairs by query, then key. */
export class SortedPairs {
  readonly #columns: readonly Float64Array[]
  readonly #order: Uint32Array

  constructor(columns: readonly Float64Array[], order: Uint32Array) {
    this.#columns = columns
    this.#order = order
  }

  /** Each pair, with its line. */
  *each(): Generator<
    readonly [query: number, key: number, score: number, dot: number, low: number, high: number, line: number]
  > {
    const [queries, keys, scores, dots, lows, highs, lines] = this.#columns
    for (const at of this.#order)
      yield [queries[at], keys[at], scores[at], dots[at], lows[at], highs[at], lines[at]]
  }

  *batches(): Generator<PairBatch> {
    const collector = new ReadPairs()
    for (const [query, key, score, dot, low, high] of this.each()) {
      collector.add(query, key, score, dot, low, high)
      if (collector.isFull) yield collector.take()
    }
    yield collector.take()
  }
}
