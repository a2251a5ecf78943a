import { RandomStream } from '../random/random.ts'
import { throwNonFinite } from '../matrix/non-finite.ts'
import { forEachBlock, type ShardRows } from '../matrix/row-blocks.ts'
import {
  columnMaxima,
  exponentOf,
  NO_EXPONENT,
  scaleColumns,
  scalePowerOfTwo,
} from '../arithmetic/column-exponents.ts'
import { GramSum } from './gram-sum.ts'
import { SketchSum } from './sketch-sum.ts'
import type { SketchTerms } from './sketch-terms.ts'

/** The sketch of some rows, and their columns' squares: the diagonal of a Gram whose other entries are not known, and 0. */
interface SketchedRows {
  readonly sketch: SketchSum
  readonly gram: GramSum
}

/**
 * Sketches rows [range) of `source`, in row order. `rowOffset`: the row id of the source's first row; a row's sign and
 * place are a function of (seed, row id) alone. Throws Content at a NaN or infinity.
 */
export function sketchRows(shard: ShardRows, terms: SketchTerms, rowOffset = 0): SketchedRows {
  const { source } = shard
  const accumulator = new SketchAccumulator(source.cols, terms)
  forEachBlock(shard, (rows, rowCount, rowStart) => {
    if (!accumulator.add(rows, rowCount, rowOffset + rowStart)) throwNonFinite(source, rowStart, rowCount)
  })
  return accumulator.finish()
}

class SketchAccumulator {
  readonly #dim: number
  readonly #gram: GramSum
  readonly #sketch: SketchSum
  readonly #stream: RandomStream
  readonly #words: Uint32Array
  readonly #maxima: Float64Array
  readonly #row: Float64Array
  readonly #squares: Float64Array

  constructor(dim: number, terms: SketchTerms) {
    this.#dim = dim
    this.#gram = new GramSum(dim)
    this.#sketch = new SketchSum(dim, terms, this.#gram.exponents.slice())
    this.#stream = new RandomStream(terms.seed, 'keySketch')
    this.#words = new Uint32Array(4 * Math.ceil(terms.count / 4))
    this.#maxima = new Float64Array(dim)
    this.#row = new Float64Array(dim)
    this.#squares = new Float64Array(dim)
  }

  /** As GramAccumulator.add: float64 rows are left scaled; false at a NaN or infinity. */
  add(rows: Float32Array | Float64Array, rowCount: number, rowId: number): boolean {
    if (rows instanceof Float64Array) {
      if (!this.#scale(rows, rowCount)) return false
    } else if (this.#gram.rowCount === 0) this.#raiseTo(new Int32Array(this.#dim))
    const row = this.#row
    for (let r = 0; r < rowCount; r++) {
      row.set(rows.subarray(r * this.#dim, (r + 1) * this.#dim))
      this.#addRow(row, rowId + r)
    }
    this.#gram.rowCount += rowCount
    return this.#squares.every((square) => Number.isFinite(square))
  }

  finish(): SketchedRows {
    const { gram, exponents, rowCount } = this.#gram
    this.#squares.forEach((square, a) => {
      gram[a * (this.#dim + 1)] = square
      if (square === 0) exponents[a] = NO_EXPONENT
    })
    this.#gram.depth = rowCount
    this.#sketch.depth = rowCount
    this.#sketch.exponents = exponents.slice()
    return { sketch: this.#sketch, gram: this.#gram }
  }

  /** One Philox word a sketch: its top bits are the place, its lowest the sign. */
  #addRow(row: Float64Array, rowId: number): void {
    const dim = this.#dim
    const squares = this.#squares
    const { tables, terms } = this.#sketch
    const { count, rows } = terms
    const shift = Math.clz32(rows) + 1
    const words = this.#words
    this.#stream.words(words, rowId)
    for (let a = 0; a < dim; a++) squares[a] += row[a] * row[a]
    for (let i = 0; i < count; i++) {
      const place = (i * rows + (words[i] >>> shift)) * dim
      if ((words[i] & 1) === 0) for (let a = 0; a < dim; a++) tables[place + a] += row[a]
      else for (let a = 0; a < dim; a++) tables[place + a] -= row[a]
    }
  }

  #scale(rows: Float64Array, rowCount: number): boolean {
    columnMaxima(this.#maxima, rows, rowCount)
    if (this.#maxima.some((m) => m === Infinity)) return false
    this.#raiseTo(
      this.#gram.exponents.map((e, a) => (this.#maxima[a] === 0 ? e : exponentOf(this.#maxima[a]))),
    )
    scaleColumns(rows, rowCount, this.#gram.exponents)
    return true
  }

  #raiseTo(target: Int32Array): void {
    const { exponents } = this.#gram
    this.#squares.forEach((square, a) => {
      this.#squares[a] = scalePowerOfTwo(square, 2 * (exponents[a] - target[a]))
    })
    exponents.set(target)
    this.#sketch.raiseTo(target)
  }
}
