import { sortingOrder } from '../pieces/sorting-order.ts'
import { ReadPairs, type PairBatch } from './pair-collector.ts'

/** Pairs that do not come by query, then key, are held to be sorted: so many at most. */
export const MOST_SORTED_PAIRS = 2 ** 24

/** Entries of a block. */
const BLOCK_BITS = 16
const BLOCK = 2 ** BLOCK_BITS

/** Numbers that come one by one: what is there is not copied when more do. */
class Column {
  readonly #blocks: Float64Array[] = []

  set(place: number, value: number): void {
    if (place === BLOCK * this.#blocks.length) this.#blocks.push(new Float64Array(BLOCK))
    this.#blocks[place >>> BLOCK_BITS][place & (BLOCK - 1)] = value
  }

  at(place: number): number {
    return this.#blocks[place >>> BLOCK_BITS][place & (BLOCK - 1)]
  }
}

/** Pairs in any order, each with the line that it stands in. */
export class UnsortedPairs {
  #count = 0
  readonly #columns = Array.from({ length: 7 }, () => new Column())

  get count(): number {
    return this.#count
  }

  add(line: number, query: number, key: number, score: number, dot: number, low: number, high: number): void {
    const numbers = [query, key, score, dot, low, high, line]
    numbers.forEach((value, column) => this.#columns[column].set(this.#count, value))
    this.#count++
  }

  /** By query, then key, a piece at a time; pairs that stand there twice in the order of their lines. */
  *sorting(): Generator<void, SortedPairs, void> {
    const [queries, keys] = this.#columns
    const order = yield* sortingOrder(
      this.#count,
      (a, b) => queries.at(a) - queries.at(b) || keys.at(a) - keys.at(b),
    )
    return new SortedPairs(this.#columns, order)
  }
}

/** Pairs by query, then key. */
export class SortedPairs {
  readonly #columns: readonly Column[]
  readonly #order: Uint32Array

  constructor(columns: readonly Column[], order: Uint32Array) {
    this.#columns = columns
    this.#order = order
  }

  /** Each pair, with its line. */
  *each(): Generator<
    readonly [query: number, key: number, score: number, dot: number, low: number, high: number, line: number]
  > {
    const [queries, keys, scores, dots, lows, highs, lines] = this.#columns
    for (const at of this.#order)
      yield [queries.at(at), keys.at(at), scores.at(at), dots.at(at), lows.at(at), highs.at(at), lines.at(at)]
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
