import { newRows } from '../matrix/matrix-source.ts'
import type { RandomStream } from '../random/random.ts'
import type { EstimateDraws } from '../sums/estimate-draws.ts'

/** Arrivals wait to be sorted, and cut back to the first ones, until there are so many times the limit. */
const WAITING = 2

/** The first arrivals of Poisson processes, one a row: time, row, rate, and the row itself. */
export class Arrivals {
  readonly #dim: number
  readonly #limit: number
  #horizon: number
  #count = 0
  #times = new Float64Array(64)
  #rowIds = new Float64Array(64)
  #rates = new Float64Array(64)
  #rows: Float32Array | Float64Array
  readonly #element: 'f32' | 'f64'

  /** Keeps the first `limit` before `horizon`. */
  constructor(dim: number, element: 'f32' | 'f64', limit: number, horizon: number) {
    this.#dim = dim
    this.#limit = limit
    this.#horizon = horizon
    this.#element = element
    this.#rows = newRows(element, 64 * dim)
  }

  /**
   * The arrivals of row `rowId` at `rate`: gaps -log(1 - u)/rate, u by (seed, row id, which one). A gap is known to a relative 2^-50,
   * and so is the chance of every draw (`fineUniform`). `rows`: [.., dim], of which it is row `local`.
   */
  draw(
    stream: RandomStream,
    rowId: number,
    rate: number,
    rows: Float32Array | Float64Array,
    local: number,
  ): void {
    let time = 0
    for (let arrival = 0; ; arrival++) {
      const u = stream.fineUniform(rowId, arrival)
      // -log(1 - u) >= u: most rows send nothing, and need no logarithm.
      if (time + u / rate > this.#horizon) return
      time -= Math.log1p(-u) / rate
      if (!(time <= this.#horizon)) return
      this.#push(time, rowId, rate, rows.subarray(local * this.#dim, (local + 1) * this.#dim))
    }
  }

  finish(): Pick<EstimateDraws, 'times' | 'rowIds' | 'rates' | 'rows'> {
    this.#cut()
    const count = this.#count
    return {
      times: this.#times.slice(0, count),
      rowIds: this.#rowIds.slice(0, count),
      rates: this.#rates.slice(0, count),
      rows: this.#rows.slice(0, count * this.#dim),
    }
  }

  #push(time: number, rowId: number, rate: number, row: Float32Array | Float64Array): void {
    if (this.#count === WAITING * this.#limit) this.#cut()
    if (this.#count === this.#times.length) this.#grow(2 * this.#count)
    this.#times[this.#count] = time
    this.#rowIds[this.#count] = rowId
    this.#rates[this.#count] = rate
    this.#rows.set(row, this.#count * this.#dim)
    this.#count++
  }

  /** Sorts by time, leaves the first `limit`, and nothing later than the last of these comes in any more. */
  #cut(): void {
    const times = this.#times
    const order = Uint32Array.from({ length: this.#count }, (_, i) => i)
    order.sort((i, j) => times[i] - times[j] || this.#rowIds[i] - this.#rowIds[j])
    const kept = order.subarray(0, this.#limit)
    const [sortedTimes, rowIds, rates] = [times, this.#rowIds, this.#rates].map((column) => {
      const sorted = new Float64Array(column.length)
      kept.forEach((from, at) => (sorted[at] = column[from]))
      return sorted
    })
    const dim = this.#dim
    const rows = newRows(this.#element, this.#rows.length)
    kept.forEach((from, at) => rows.set(this.#rows.subarray(from * dim, (from + 1) * dim), at * dim))
    this.#times = sortedTimes
    this.#rowIds = rowIds
    this.#rates = rates
    this.#rows = rows
    this.#count = kept.length
    if (kept.length === this.#limit) this.#horizon = Math.min(this.#horizon, sortedTimes[kept.length - 1])
  }

  #grow(capacity: number): void {
    const moved = (column: Float64Array): Float64Array<ArrayBuffer> => {
      const grown = new Float64Array(capacity)
      grown.set(column)
      return grown
    }
    this.#times = moved(this.#times)
    this.#rowIds = moved(this.#rowIds)
    this.#rates = moved(this.#rates)
    const rows = newRows(this.#element, capacity * this.#dim)
    rows.set(this.#rows)
    this.#rows = rows
  }
}
