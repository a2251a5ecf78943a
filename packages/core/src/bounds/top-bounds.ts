import { filterByRank } from './filter-keys.ts'

/** The `limit` largest bounds seen so far, ties by row id: a buffer of twice that size, cut back when full. */
export class TopBounds {
  readonly #limit: number
  #entries: { rowId: number; bound: number }[] = []

  constructor(limit: number) {
    this.#limit = limit
  }

  push(rowId: number, bound: number): void {
    if (this.#limit === 0) return
    this.#entries.push({ rowId, bound })
    if (this.#entries.length >= 2 * this.#limit + 1024) this.#cut()
  }

  /** Bounds descending, ties by row id ascending. */
  sorted(): { topRowIds: Float64Array; topBounds: Float64Array } {
    this.#cut()
    return {
      topRowIds: Float64Array.from(this.#entries, (entry) => entry.rowId),
      topBounds: Float64Array.from(this.#entries, (entry) => entry.bound),
    }
  }

  #cut(): void {
    this.#entries.sort((a, b) => b.bound - a.bound || a.rowId - b.rowId)
    this.#entries.length = filterByRank(this.#entries.length, this.#limit)
  }
}
