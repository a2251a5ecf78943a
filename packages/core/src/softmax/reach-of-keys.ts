import type { Visibility } from '../attention/visibility.ts'
import type { InputName } from '../errors/errors.ts'
import { withScratch } from '../kernels/with-scratch.ts'
import { throwNonFinite } from '../matrix/non-finite.ts'
import { blockRowsOf, type ShardRows } from '../matrix/row-blocks.ts'
import { forEachKeyBlock, type KeyBlock } from './key-blocks.ts'
import { type KeyReach, largestEntry, mergeReaches, NO_REACH, normAbove, normOfSquare } from './key-reach.ts'

/** Norms of this size have entries that need no scaling, whichever is the largest. */
const USUAL_NORM = 2 ** 40

/** Of the keys of `shard` that take part, or their values: of `input`. Throws Content where one of them is not finite. */
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
      reach = mergeReaches(reach, { largestNorm, largestEntry: entry })
    })
  })
  return reach
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
