const SPARE = 1024

/** The `limit` largest of the values seen: a buffer of twice that size, grown as needed, cut back when full. */
export class LargestValues {
  readonly #limit: number
  readonly #capacity: number
  #values = new Float64Array(16)
  #count = 0
  /** Once `limit` values are held: the smallest of them as of the last cut. */
  #floor = -Infinity

  constructor(limit: number) {
    this.#limit = limit
    this.#capacity = 2 * limit + SPARE
  }

  push(value: number): void {
    if (value <= this.#floor) return
    if (this.#count === this.#values.length) this.#makeRoom()
    this.#values[this.#count++] = value
  }

  /** Descending. */
  sorted(): Float64Array {
    this.#cut()
    return this.#values.slice(0, this.#count).reverse()
  }

  #makeRoom(): void {
    if (this.#count >= this.#capacity) return this.#cut()
    const grown = new Float64Array(Math.min(this.#capacity, 2 * this.#count))
    grown.set(this.#values)
    this.#values = grown
  }

  /** Leaves the `limit` largest, ascending. */
  #cut(): void {
    const held = this.#values.subarray(0, this.#count).sort()
    const excess = Math.max(0, this.#count - this.#limit)
    held.copyWithin(0, excess)
    this.#count -= excess
    if (this.#count === this.#limit) this.#floor = this.#count === 0 ? Infinity : this.#values[0]
  }
}
