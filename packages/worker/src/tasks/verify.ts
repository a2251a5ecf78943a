import {
  blockRowsOf,
  forEachBlock,
  type Kernels,
  losesBits,
  type MatrixSource,
  noPowers,
  type PowerSums,
  type RowRange,
  scaleColumns,
  shareOfPowers,
  termOfShareOfPowers,
  throwNonFinite,
  withScratch,
} from '@levattention/core/internal'
import type { MapTask } from '../map-task.ts'
import type { VerifyRequest } from '../protocol.ts'
import { DotBlock } from './dot-block.ts'
import { PairList } from './pair-list.ts'

/** A pair this much below epsilon of the row sum so far is kept: room for the rounding of both. */
const CANDIDATE_ROOM = 1e-3

export const columnsTask: MapTask<'columns'> = ({ source: spec, range }, context) => {
  const source = context.open(spec)
  const maxima = new Float64Array(source.cols)
  forEachBlock(source, range, context.kernels, (rows, rowCount, rowStart) => {
    enlarge(maxima, rows)
    if (maxima.includes(Infinity)) throwNonFinite(source, rowStart, rowCount)
  })
  return maxima
}

export const verifyTask: MapTask<'verify'> = (request, context) => {
  const { kernels } = context
  const source = context.open(request.source)
  return withScratch(kernels, () => {
    const sweep = new Sweep(request, source, kernels)
    forEachBlock(source, request.range, kernels, (rows, rowCount, rowStart) => {
      sweep.add(rows, rowCount, rowStart)
    })
    return sweep.finish()
  })
}

/** One shard's rows against the request's queries, block after block. */
class Sweep {
  readonly #request: VerifyRequest
  readonly #dim: number
  readonly #dots: DotBlock
  readonly #rowSums: PowerSums
  readonly #columnShifts: Int32Array
  readonly #columnSquares: Float64Array
  readonly #candidates: PairList
  readonly #listed: PairList
  #nextListed: number
  #keysLost = false

  constructor(request: VerifyRequest, source: MatrixSource, kernels: Kernels) {
    const { p, queries, precision, range, listedKeys, exponents } = request
    this.#request = request
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
    const { precision, exponents, epsilon, visible, listedKeys, listedQueries } = this.#request
    if (rows instanceof Float64Array) {
      if (precision !== 'plain') this.#keysLost ||= losesBits(rows, rowCount, this.#columnShifts)
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

  finish() {
    const keep = this.#request.epsilon * (1 - 2 * CANDIDATE_ROOM)
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
    return this.#request.p === 2 && this.#request.precision === 'plain'
  }

  #addSquares(rows: Float32Array | Float64Array): void {
    const dim = this.#dim
    const sums = this.#columnSquares
    for (let i = 0; i < rows.length; i += dim) {
      for (let a = 0; a < dim; a++) sums[a] += rows[i + a] * rows[i + a]
    }
  }
}

/** maxima[a] = max(maxima[a], |rows_ra|); a NaN or infinity comes through as Infinity. */
function enlarge(maxima: Float64Array, rows: Float32Array | Float64Array): void {
  const dim = maxima.length
  for (let i = 0; i < rows.length; i += dim) {
    for (let a = 0; a < dim; a++) {
      const size = Math.abs(rows[i + a])
      if (!(size <= maxima[a])) maxima[a] = size <= Number.MAX_VALUE ? size : Infinity
    }
  }
}

/** The first place in ascending `keyIds` inside the range or behind it. */
function firstAtLeast(keyIds: Float64Array, { rowStart }: RowRange): number {
  const at = keyIds.findIndex((keyId) => keyId >= rowStart)
  return at < 0 ? keyIds.length : at
}
