import { newRows } from '../matrix/matrix-source.ts'

/**
 * Keys that may be in U: row ids ascending, the smallest bound seen for each, and the rows as they were read; for p other
 * than 2 also the v of the weight v^(p/2) that each got when it arrived (weighted-form.ts), else 0.
 * The buffers grow by doubling, so that absorbing N keys costs O(N).
 */
export class Candidates {
  readonly dim: number
  readonly element: 'f32' | 'f64'
  count = 0
  #rowIds: Float64Array = new Float64Array(16)
  #bounds: Float64Array = new Float64Array(16)
  #entryScores: Float64Array = new Float64Array(16)
  #keys: Float32Array | Float64Array

  constructor(dim: number, element: 'f32' | 'f64') {
    this.dim = dim
    this.element = element
    this.#keys = this.#allocate(16)
  }

  /** Wraps arrays of equal count: rowIds [count] ascending, bounds [count], keys [count, dim], entryScores [count] (0). */
  static of(
    dim: number,
    rowIds: Float64Array,
    bounds: Float64Array,
    keys: Float32Array | Float64Array,
    entryScores: Float64Array = new Float64Array(rowIds.length),
  ): Candidates {
    const wrapped = new Candidates(dim, keys instanceof Float64Array ? 'f64' : 'f32')
    wrapped.count = rowIds.length
    wrapped.#rowIds = rowIds
    wrapped.#bounds = bounds
    wrapped.#entryScores = entryScores
    wrapped.#keys = keys
    return wrapped
  }

  get rowIds(): Float64Array {
    return this.#rowIds.subarray(0, this.count)
  }
  get bounds(): Float64Array {
    return this.#bounds.subarray(0, this.count)
  }
  get entryScores(): Float64Array {
    return this.#entryScores.subarray(0, this.count)
  }
  /** [count, dim] */
  get keys(): Float32Array | Float64Array {
    return this.#keys.subarray(0, this.count * this.dim)
  }

  /** `key` [dim] is copied; a float64 key makes the whole set float64. */
  push(rowId: number, bound: number, key: Float32Array | Float64Array, arrival = 0): void {
    if (this.count === this.#rowIds.length) this.#grow(Math.max(16, 2 * this.count))
    this.#rowIds[this.count] = rowId
    this.#bounds[this.count] = bound
    this.#entryScores[this.count] = arrival
    this.#keys.set(key, this.count * this.dim)
    this.count++
  }

  /** The keys at `slots`, ascending, each with its one of `bounds` [count], as a new set. */
  at(slots: Uint32Array, bounds = this.bounds): Candidates {
    const taken = new Candidates(this.dim, this.element)
    for (const slot of slots)
      taken.push(this.#rowIds[slot], bounds[slot], this.keyAt(slot), this.#entryScores[slot])
    return taken
  }

  /** Row `slot` [dim], a view. */
  keyAt(slot: number): Float32Array | Float64Array {
    return this.#keys.subarray(slot * this.dim, (slot + 1) * this.dim)
  }

  /** A copy whose growth leaves this set alone. */
  clone(): Candidates {
    return this.union(new Candidates(this.dim, this.element))
  }

  /** Both sets in ascending row order; float64 where either is. */
  union(other: Candidates): Candidates {
    const joined = new Candidates(this.dim, this.element === 'f64' || other.element === 'f64' ? 'f64' : 'f32')
    joined.#grow(Math.max(16, this.count + other.count))
    let a = 0
    let b = 0
    while (a < this.count || b < other.count) {
      // By runs: parts of different rows seldom interleave.
      const aEnd = b < other.count ? this.#runEnd(a, other.#rowIds[b]) : this.count
      joined.#append(this, a, aEnd)
      a = aEnd
      const bEnd = a < this.count ? other.#runEnd(b, this.#rowIds[a] + 1) : other.count
      joined.#append(other, b, bEnd)
      b = bEnd
    }
    return joined
  }

  /** The first slot from `slot` on whose row id is not below `rowId`. */
  #runEnd(slot: number, rowId: number): number {
    let end = slot
    while (end < this.count && this.#rowIds[end] < rowId) end++
    return end
  }

  /** Copies slots [start, end) of `from` behind the last one; there is room. */
  #append(from: Candidates, start: number, end: number): void {
    this.#rowIds.set(from.#rowIds.subarray(start, end), this.count)
    this.#bounds.set(from.#bounds.subarray(start, end), this.count)
    this.#entryScores.set(from.#entryScores.subarray(start, end), this.count)
    this.#keys.set(from.#keys.subarray(start * this.dim, end * this.dim), this.count * this.dim)
    this.count += end - start
  }

  #allocate(rows: number): Float32Array | Float64Array {
    return newRows(this.element, rows * this.dim)
  }

  #grow(capacity: number): void {
    const move = <T extends Float32Array | Float64Array>(to: T, from: Float32Array | Float64Array): T => {
      to.set(from)
      return to
    }
    this.#rowIds = move(new Float64Array(capacity), this.rowIds)
    this.#bounds = move(new Float64Array(capacity), this.bounds)
    this.#entryScores = move(new Float64Array(capacity), this.entryScores)
    this.#keys = move(this.#allocate(capacity), this.keys)
  }
}
