import {
  blockRowsOf,
  forEachBlock,
  type Kernels,
  type MatrixSource,
  noPowers,
  type PowerSums,
  type RowRange,
  scaleColumns,
  shareOfPowers,
  termOfShareOfPowers,
  throwNonFinite,
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
  const mark = kernels.mark()
  const sweep = new Sweep(request, source, kernels)
  forEachBlock(source, request.range, kernels, (rows, rowCount, rowStart) => {
    if (rows instanceof Float64Array) scaleColumns(rows, rowCount, request.exponents)
    sweep.add(rows, rowCount, rowStart)
  })
  kernels.release(mark)
  return sweep.finish()
}

/** One shard's rows against the request's queries, block after block. */
class Sweep {
  readonly #request: VerifyRequest
  readonly #dim: number
  readonly #dots: DotBlock
  readonly #rowSums: Float64Array
  readonly #powers: PowerSums
  readonly #columnSquares: Float64Array
  readonly #candidates: PairList
  readonly #listed: PairList
  #nextListed: number

  constructor(request: VerifyRequest, source: MatrixSource, kernels: Kernels) {
    const { queries, precision, range, listedKeys } = request
    this.#request = request
    this.#dim = source.cols
    this.#dots = new DotBlock(kernels, queries, source.cols, blockRowsOf(source), precision)
    this.#rowSums = new Float64Array(this.#dots.queryCount)
    this.#powers = noPowers(request.p, this.#dots.queryCount)
    this.#columnSquares = new Float64Array(source.cols)
    this.#candidates = new PairList(queries, source.cols)
    this.#listed = new PairList(queries, source.cols)
    this.#nextListed = firstAtLeast(listedKeys, range)
  }

  /** `rows` [rowCount, dim], scaled, in the kernels' memory. */
  add(rows: Float32Array | Float64Array, rowCount: number, rowStart: number): void {
    this.#addSquares(rows)
    this.#dots.compute(rows, rowCount)
    if (this.#request.visible) this.#dots.hide(this.#request.visible, rowStart)
    const keep = this.#request.epsilon * (1 - CANDIDATE_ROOM)
    this.#dots.forEachAtLeast(
      this.#request.p === 2 ? this.#squareThresholds(keep) : this.#powerThresholds(keep),
      (query, row) => this.#candidates.push(query, rowStart + row, rows, row),
    )
    const { listedKeys, listedQueries } = this.#request
    for (; listedKeys[this.#nextListed] < rowStart + rowCount; this.#nextListed++) {
      const keyId = listedKeys[this.#nextListed]
      this.#listed.push(listedQueries[this.#nextListed], keyId, rows, keyId - rowStart)
    }
  }

  finish() {
    const keep = this.#request.epsilon * (1 - 2 * CANDIDATE_ROOM)
    const isSquare = this.#request.p === 2
    const rowSums = isSquare ? this.#rowSums : this.#powers.sums
    const tops = isSquare ? new Float64Array(rowSums.length).fill(1) : this.#powers.tops
    const candidates = this.#candidates.pairs((query, dot) =>
      isSquare ? dot * dot >= rowSums[query] * keep : shareOfPowers(this.#powers, query, dot) >= keep,
    )
    return { rowSums, tops, columnSquares: this.#columnSquares, candidates, listed: this.#listed.pairs() }
  }

  /** Adds the block's dots to the row sums; the least square of a dot with the share `keep` of each. */
  #squareThresholds(keep: number): Float64Array {
    this.#dots.addSquares(this.#rowSums)
    return this.#rowSums.map((sum) => sum * keep)
  }

  #powerThresholds(keep: number): Float64Array {
    this.#dots.addPowers(this.#powers)
    return this.#powers.sums.map((_, q) => (termOfShareOfPowers(this.#powers, q, keep) * (1 - 1e-9)) ** 2)
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
