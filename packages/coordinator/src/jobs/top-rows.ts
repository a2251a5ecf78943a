/** A row of large leverage, or of a large bound where p is not 2. */
export interface TopRow {
  readonly row: number
  /** What the table calls it, where a column names rows. */
  readonly id?: string
  readonly score: number
}

/** The rows of the largest scores among those shown one after the other; of equals the first. */
export class TopRows {
  readonly #most: number
  readonly #rows: TopRow[] = []

  constructor(most: number) {
    this.#most = most
  }

  /** The largest first. */
  get rows(): readonly TopRow[] {
    return this.#rows
  }

  /** `scores` of rows from `rowStart` on. */
  add(rowStart: number, scores: Float64Array, names: readonly string[] | undefined): void {
    for (let i = 0; i < scores.length; i++) {
      const isFull = this.#rows.length === this.#most
      if (isFull && scores[i] <= this.#rows[this.#most - 1].score) continue
      const at = this.#rows.findLastIndex(({ score }) => score >= scores[i]) + 1
      const row = { row: rowStart + i, ...(names && { id: names[i] }), score: scores[i] }
      this.#rows.splice(at, 0, row)
      if (isFull) this.#rows.pop()
    }
  }
}
