import { CHUNK_ROWS, type Kernels } from '../kernels/kernels.ts'
import { Candidates } from './candidates.ts'

/** Up to one chunk of rows that wait to be summed, so that the pieces in which rows were pushed change no bit. */
export class PendingRows {
  readonly dim: number
  rowStart: number
  rowCount = 0
  #rows: Float32Array | Float64Array

  constructor(dim: number, rowStart: number) {
    this.dim = dim
    this.rowStart = rowStart
    this.#rows = new Float32Array(0)
  }

  /** Row id of the next row to be pushed. */
  get nextRow(): number {
    return this.rowStart + this.rowCount
  }

  /** Copies as many rows of `rows` as fit; returns the rest. */
  take<T extends Float32Array | Float64Array>(rows: T): T {
    const count = Math.min(CHUNK_ROWS - this.rowCount, rows.length / this.dim)
    this.#makeRoom(this.rowCount + count, rows instanceof Float64Array)
    this.#rows.set(rows.subarray(0, count * this.dim), this.rowCount * this.dim)
    this.rowCount += count
    return rows.subarray(count * this.dim) as T
  }

  /** The rows in the kernels' memory [rowCount, dim]. */
  copyInto(kernels: Kernels): Float32Array | Float64Array {
    const length = this.rowCount * this.dim
    const copy = this.#rows instanceof Float64Array ? kernels.f64(length) : kernels.f32(length)
    copy.set(this.#rows.subarray(0, length))
    return copy
  }

  /** `candidates` and these rows, at bound 1, with their `entryScores` (p other than 2). */
  appendTo(candidates: Candidates, entryScores?: Float64Array): Candidates {
    const rowIds = Float64Array.from({ length: this.rowCount }, (_, r) => this.rowStart + r)
    const bounds = new Float64Array(this.rowCount).fill(1)
    const rows = this.#rows.subarray(0, this.rowCount * this.dim)
    return candidates.union(Candidates.of(this.dim, rowIds, bounds, rows, entryScores))
  }

  /** A float64 copy of the rows [rowCount, dim]. */
  toFloat64(): Float64Array {
    return new Float64Array(this.#rows.subarray(0, this.rowCount * this.dim))
  }

  clear(): void {
    this.rowStart += this.rowCount
    this.rowCount = 0
  }

  /** Later rows get ids from `rowId` on, if that is ahead. */
  skipTo(rowId: number): void {
    this.rowStart = Math.max(this.rowStart, rowId)
  }

  #makeRoom(rowCount: number, wide: boolean): void {
    const widen = wide && !(this.#rows instanceof Float64Array)
    if (rowCount * this.dim <= this.#rows.length && !widen) return
    const rows = Math.min(CHUNK_ROWS, Math.max(rowCount, (2 * this.#rows.length) / this.dim))
    const length = rows * this.dim
    const grown =
      wide || this.#rows instanceof Float64Array ? new Float64Array(length) : new Float32Array(length)
    grown.set(this.#rows.subarray(0, this.rowCount * this.dim))
    this.#rows = grown
  }
}
