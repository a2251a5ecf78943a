import type { Visibility } from '../attention/visibility.ts'
import { type InputName, LevError } from '../errors/errors.ts'
import { withScratch } from '../kernels/with-scratch.ts'
import type { MatrixSource } from '../matrix/matrix-source.ts'
import { addressOf } from '../matrix/part-place.ts'
import { throwNonFinite } from '../matrix/non-finite.ts'
import { blockRowsOf, type ShardRows } from '../matrix/row-blocks.ts'
import { forEachKeyBlock, type KeyBlock } from './key-blocks.ts'
import { type KeyReach, largestEntry, mergeReaches, NO_REACH, normAbove, normOfSquare } from './key-reach.ts'

/** Norms of this size have entries that need no scaling, whichever is the largest. */
const USUAL_NORM = 2 ** 40

/** Sums of 2^23 such values are finite in float64. */
const MOST_VALUE = 2 ** 1000

/** Of the keys of `shard` that take part, or their values: of `input`. Throws Content where one of them is not finite, and for values whose sums may not be. */
export function reachOfKeys(shard: ShardRows, visibility: Visibility, input: InputName = 'keys'): KeyReach {
  const { kernels, source } = shard
  const { cols: dim } = source
  let reach = NO_REACH
  withScratch(kernels, () => {
    const ones = kernels.f64(dim).fill(1)
    const squares = kernels.f64(blockRowsOf(source))
    forEachKeyBlock(shard, visibility, 1, (block) => {
      kernels.weightedNorms(squares, block.rows, ones, block.count, dim)
      const largestNorm = largestNormOf(block, squares, dim)
      const isUsual = largestNorm < USUAL_NORM && largestNorm > 1 / USUAL_NORM
      const entry = isUsual ? largestNorm : largestEntry(block.rows)
      if (!(entry < Infinity)) throwNonFinite(source, block.rowStart, block.count, input)
      if (input === 'values' && entry > MOST_VALUE) throwBeyond(source, block)
      reach = mergeReaches(reach, { largestNorm, largestEntry: entry })
    })
  })
  return reach
}

function throwBeyond(source: MatrixSource, { rows, rowStart, count }: KeyBlock): never {
  const at = rows.findIndex((value) => Math.abs(value) > MOST_VALUE)
  const place = source.locate(rowStart + Math.min(count - 1, Math.floor(Math.max(0, at) / source.cols)))
  const message =
    `${addressOf(place)}: row ${place.row}: values reach ${rows[Math.max(0, at)]}, beyond what sums of them hold in float64; ` +
    'divide the values, and multiply the outputs by as much'
  throw new LevError('Content', message, { ...place, input: 'values' })
}

/** NaN where an entry of the block is. `squares`: of its rows. */
function largestNormOf({ rows, count }: KeyBlock, squares: Float64Array, dim: number): number {
  let largest = 0
  for (let r = 0; r < count; r++) {
    const norm = normOfSquare(squares[r], dim) ?? normAbove(rows, r * dim, dim)
    if (!(norm <= largest)) largest = norm
    if (Number.isNaN(norm)) return NaN
  }
  return largest
}
