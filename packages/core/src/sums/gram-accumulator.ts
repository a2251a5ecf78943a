import { CHUNK_ROWS, type Kernels, PANEL_ROWS } from '../kernels/kernels.ts'
import { columnMaxima, exponentOf, NO_EXPONENT, scaleColumns } from '../arithmetic/column-exponents.ts'
import { GramSum, raiseExponents } from './gram-sum.ts'

/**
 * Sums the Gram matrix of consecutive rows in the canonical order (NOTES.md "Canonical order"): rows within a panel, panels within
 * a chunk, chunks in order. The blocks may be cut anywhere at a multiple of PANEL_ROWS; the cut changes no bit.
 *
 * Float32 rows are summed as they are: their squares neither overflow nor vanish in float64, and the exponents are 0.
 * Float64 rows are first scaled, in place, by the power of two of each column's maximum so far.
 */
export class GramAccumulator {
  readonly #kernels: Kernels
  readonly #dim: number
  /** [threads, dim, dim] in the kernels' memory: of chunks that are summed at once; the first is the open one. */
  readonly #chunks: Float64Array
  readonly #chunk: Float64Array // [dim, dim]
  readonly #total: Float64Array // [dim, dim] in the kernels' memory: all closed chunks
  readonly #maxima: Float64Array
  readonly #sum: GramSum
  #rowsInChunk = 0

  /** Takes (1 + threads) dim² float64 of the kernels' scratch, which the caller releases. */
  constructor(kernels: Kernels, dim: number) {
    this.#kernels = kernels
    this.#dim = dim
    this.#chunks = kernels.f64(kernels.threads * dim * dim)
    this.#chunk = this.#chunks.subarray(0, dim * dim)
    this.#total = kernels.f64(dim * dim)
    this.#maxima = new Float64Array(dim)
    this.#sum = new GramSum(dim)
  }

  /**
   * Absorbs `rows` [rowCount, dim], of the kernels' memory; float64 rows are left scaled.
   * All calls but the last must bring a multiple of PANEL_ROWS rows. False where a NaN or infinity is among the rows:
   * the sum is then void and the caller names the place.
   */
  add(rows: Float32Array | Float64Array, rowCount: number): boolean {
    if (rows instanceof Float64Array) {
      if (!this.#scale(rows, rowCount)) return false
    } else if (this.#sum.rowCount === 0) this.#sum.exponents.fill(0)
    return this.#sumRows(rows, rowCount)
  }

  /** As `add`, for float64 rows that need no scaling: exponents are 0 (rows in coordinates of near unit size). */
  addUnscaled(rows: Float64Array, rowCount: number): boolean {
    if (this.#sum.rowCount === 0) this.#sum.exponents.fill(0)
    return this.#sumRows(rows, rowCount)
  }

  /** Σ k_a² of each column [dim] over the rows so far, in their scaled columns. */
  columnSquares(): Float64Array {
    return Float64Array.from({ length: this.#dim }, (_, a) => {
      const at = a * this.#dim + a
      return this.#total[at] + this.#chunk[at]
    })
  }

  /** The sum of all rows so far; the accumulator is then spent, and its scratch may be released. */
  finish(): GramSum {
    if (this.#rowsInChunk > 0) this.#closeChunk()
    this.#sum.gram.set(this.#total)
    this.#forgetZeroColumns()
    const rows = this.#sum.rowCount
    const panels = Math.ceil(rows / PANEL_ROWS)
    this.#sum.depth =
      Math.min(rows, PANEL_ROWS) + Math.min(panels, CHUNK_ROWS / PANEL_ROWS) + Math.ceil(rows / CHUNK_ROWS)
    return this.#sum
  }

  #sumRows(rows: Float32Array | Float64Array, rowCount: number): boolean {
    let done = 0
    while (done < rowCount) {
      const whole = this.#rowsInChunk === 0 ? Math.floor((rowCount - done) / CHUNK_ROWS) : 0
      if (whole > 1 && this.#kernels.threads > 1) {
        const count = Math.min(whole, this.#kernels.threads)
        if (!this.#sumChunks(rows.subarray(done * this.#dim), count)) return false
        done += count * CHUNK_ROWS
        continue
      }
      const count = Math.min(rowCount - done, CHUNK_ROWS - this.#rowsInChunk)
      const part = rows.subarray(done * this.#dim, (done + count) * this.#dim)
      this.#kernels.addGram(this.#chunk, part, count, this.#dim)
      done += count
      this.#rowsInChunk += count
      if (!this.#isFinite(this.#chunk)) return false
      if (this.#rowsInChunk === CHUNK_ROWS) this.#closeChunk()
    }
    this.#sum.rowCount += rowCount
    return true
  }

  /** `count` whole chunks at once; no chunk is open. */
  #sumChunks(rows: Float32Array | Float64Array, count: number): boolean {
    const squared = this.#dim * this.#dim
    this.#kernels.addGrams(this.#chunks, rows, CHUNK_ROWS, count, this.#dim)
    for (let i = 0; i < count; i++) {
      const chunk = this.#chunks.subarray(i * squared, (i + 1) * squared)
      if (!this.#isFinite(chunk)) return false
      this.#kernels.moveSum(this.#total, chunk, squared)
    }
    return true
  }

  #closeChunk(): void {
    this.#kernels.moveSum(this.#total, this.#chunk, this.#dim * this.#dim)
    this.#rowsInChunk = 0
  }

  /** A column of zeros has no exponent, so that later rows of any size may give it theirs; no square of a float32 is 0. */
  #forgetZeroColumns(): void {
    const { gram, exponents } = this.#sum
    for (let a = 0; a < this.#dim; a++) if (gram[a * this.#dim + a] === 0) exponents[a] = NO_EXPONENT
  }

  #isFinite(chunk: Float64Array): boolean {
    for (let a = 0; a < this.#dim; a++) if (!Number.isFinite(chunk[a * this.#dim + a])) return false
    return true
  }

  #scale(rows: Float64Array, rowCount: number): boolean {
    columnMaxima(this.#maxima, rows, rowCount)
    if (this.#maxima.some((m) => m === Infinity)) return false
    const { exponents } = this.#sum
    const target = exponents.map((e, a) => (this.#maxima[a] === 0 ? e : exponentOf(this.#maxima[a])))
    raiseExponents(this.#total, exponents, target)
    raiseExponents(this.#chunk, exponents, target)
    exponents.set(target)
    scaleColumns(rows, rowCount, exponents)
    return true
  }
}
