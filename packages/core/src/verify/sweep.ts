import { blockRowsOf, type ShardRows } from '../matrix/row-blocks.ts'
import { losesBits, scaleColumns } from '../arithmetic/column-exponents.ts'
import type { RowRange } from '../matrix/row-ranges.ts'
import { noPowers, type PowerSums, shareOfPowers, termOfShareOfPowers } from '../arithmetic/power-sums.ts'
import { DotBlock, type DotPrecision } from './dot-block.ts'
import { PairList, type VerifyPairs } from './pair-list.ts'
import { isQuadratic } from '../attention/attention.ts'

/** What brute force is asked of some rows: neither U nor a factor plays a part. */
export interface VerifyQuestion {
  /** Columns are scaled by 2^-exponents [dim]; zeros for float32 keys. */
  readonly exponents: Int32Array
  readonly queries: Float64Array // [queryCount, dim], scaled
  readonly epsilon: number
  readonly p: number
  readonly precision: DotPrecision
  /** Pairs whose dots are wanted whatever they are, by key; `listedQueries` are local. */
  readonly listedQueries: Uint32Array
  readonly listedKeys: Float64Array
  /** What each query sees of the keys [queryCount]; absent: all. */
  readonly visible?: readonly RowRange[] | undefined
}

export interface VerifySum {
  /** Σ |dot|^p over the rows [queryCount]. */
  readonly rowSums: PowerSums
  /** An entry of the keys lost bits when its column was scaled; not told by plain dots. */
  readonly keysLost: boolean
  readonly columnSquares: Float64Array // [dim]: Σ k_a²
  /** Every pair whose score may reach epsilon. */
  readonly candidates: VerifyPairs
  /** The listed pairs of the rows, in the question's order. */
  readonly listed: VerifyPairs
}

/** A pair this much below epsilon of the row sum so far is kept: room for the rounding of both. */
const CANDIDATE_ROOM = 1e-3

/** One shard's rows against the question's queries, block after block. */
export class Sweep {
  readonly #question: VerifyQuestion
  readonly #dim: number
  readonly #dots: DotBlock
  readonly #rowSums: PowerSums
  readonly #columnShifts: Int32Array
  readonly #columnSquares: Float64Array
  readonly #candidates: PairList
  readonly #listed: PairList
  #nextListed: number
  #keysLost = false

  constructor(question: VerifyQuestion, { source, range, kernels }: ShardRows) {
    const { p, queries, precision, listedKeys, exponents } = question
    this.#question = question
    this.#dim = source.cols
    this.#dots = new DotBlock(kernels, queries, source.cols, blockRowsOf(source), precision)
    this.#rowSums = noPowers(p, this.#dots.queryCount)
    if (this.#sumsPlainSquares) this.#rowSums.exponents.fill(0)
    this.#columnShifts = exponents.map((exponent) => -exponent)
    this.#columnSquares = new Float64Array(source.cols)
    this.#candidates = new PairList(queries, source.cols)
    this.#listed = new PairList(queries, source.cols)
    this.#nextListed = firstAtLeast(listedKeys, range)
  }

  /** `rows` [rowCount, dim], in the kernels' memory. */
  add(rows: Float32Array | Float64Array, rowCount: number, rowStart: number): void {
    const { precision, exponents, epsilon, visible, listedKeys, listedQueries } = this.#question
    if (rows instanceof Float64Array) {
      if (precision !== 'float64') this.#keysLost ||= losesBits(rows, rowCount, this.#columnShifts)
      scaleColumns(rows, rowCount, exponents)
    }
    this.#addSquares(rows)
    this.#dots.compute(rows, rowCount)
    if (visible) this.#dots.hide(visible, rowStart)
    if (this.#sumsPlainSquares) this.#dots.addSquares(this.#rowSums.sums)
    else this.#dots.addPowers(this.#rowSums)
    const keep = epsilon * (1 - CANDIDATE_ROOM)
    const least = this.#rowSums.sums.map((_, q) => termOfShareOfPowers(this.#rowSums, q, keep) * (1 - 1e-9))
    this.#dots.forEachAtLeast(least, (query, row) => this.#candidates.push(query, rowStart + row, rows, row))
    for (; listedKeys[this.#nextListed] < rowStart + rowCount; this.#nextListed++) {
      const keyId = listedKeys[this.#nextListed]
      this.#listed.push(listedQueries[this.#nextListed], keyId, rows, keyId - rowStart)
    }
  }

  finish(): VerifySum {
    const keep = this.#question.epsilon * (1 - 2 * CANDIDATE_ROOM)
    return {
      rowSums: this.#rowSums,
      keysLost: this.#keysLost,
      columnSquares: this.#columnSquares,
      candidates: this.#candidates.pairs((query, dot) => shareOfPowers(this.#rowSums, query, dot) >= keep),
      listed: this.#listed.pairs(),
    }
  }

  /** Squares of plain dots are summed as they are, without an exponent a query; what is too small for it goes again. */
  get #sumsPlainSquares(): boolean {
    return isQuadratic(this.#question) && this.#question.precision === 'float64'
  }

  #addSquares(rows: Float32Array | Float64Array): void {
    const dim = this.#dim
    const sums = this.#columnSquares
    for (let i = 0; i < rows.length; i += dim) {
      for (let a = 0; a < dim; a++) sums[a] += rows[i + a] * rows[i + a]
    }
  }
}

/** The first place in ascending `keyIds` inside the range or behind it. */
export function firstAtLeast(keyIds: Float64Array, { rowStart }: RowRange): number {
  const at = keyIds.findIndex((keyId) => keyId >= rowStart)
  return at < 0 ? keyIds.length : at
}
