import { type DotColumns, GrowingPairs } from './pair-columns.ts'

/** The `limit` keys of the largest dots of each query, ties by row id: buffers that are cut back when they are twice that long. */
export class TopKeys {
  readonly #limit: number
  readonly #dots: number[][]
  readonly #ids: number[][]
  /** [queryCount]: the limit-th largest dot so far; -Infinity while there are fewer. */
  readonly least: Float64Array

  constructor(queryCount: number, limit: number) {
    this.#limit = limit
    this.#dots = Array.from({ length: queryCount }, () => [])
    this.#ids = Array.from({ length: queryCount }, () => [])
    this.least = new Float64Array(queryCount).fill(-Infinity)
  }

  /** Keys in ascending order of their ids. */
  push(query: number, keyId: number, dot: number): void {
    // A later key loses a tie.
    if (dot <= this.least[query]) return
    this.#dots[query].push(dot)
    this.#ids[query].push(keyId)
    if (this.#dots[query].length >= 2 * this.#limit + 8) this.#cut(query)
  }

  /** `least` is exact after it. */
  cut(): void {
    for (let query = 0; query < this.#dots.length; query++) this.#cut(query)
  }

  /** By query, keys ascending. */
  pairs(): DotColumns {
    this.cut()
    const pairs = new GrowingPairs()
    this.#ids.forEach((ids, query) => ids.forEach((id, i) => pairs.push(query, id, this.#dots[query][i])))
    return pairs.sorted(this.#ids.length)
  }

  #cut(query: number): void {
    const [dots, ids] = [this.#dots[query], this.#ids[query]]
    if (dots.length < this.#limit) return
    const sorted = Float64Array.from(dots).sort()
    const least = sorted[dots.length - this.#limit]
    this.least[query] = least
    if (dots.length === this.#limit) return
    let ties = this.#limit
    for (const dot of dots) if (dot > least) ties--
    let kept = 0
    for (let i = 0; i < dots.length; i++) {
      if (dots[i] < least || (dots[i] === least && ties-- <= 0)) continue
      dots[kept] = dots[i]
      ids[kept++] = ids[i]
    }
    dots.length = ids.length = kept
  }
}

/** Of pairs by query, keys ascending: the `limit` of the largest dots of each query, ties by row id; the order stays. */
export function topPairs(pairs: DotColumns, queryCount: number, limit: number): DotColumns {
  const top = new TopKeys(queryCount, limit)
  pairs.queries.forEach((query, i) => top.push(query, pairs.keyIds[i], pairs.dots[i]))
  return top.pairs()
}
