import type { Visibility } from '../attention/visibility.ts'
import type { InputName } from '../errors/errors.ts'
import { throwNonFinite } from '../matrix/non-finite.ts'
import type { ShardRows } from '../matrix/row-blocks.ts'
import { forEachKeyBlock } from './key-blocks.ts'
import { type KeyReach, largestEntry, normAbove } from './key-reach.ts'

/** Of the keys of `shard` that take part, or their values: of `input`. Throws Content where one of them is not finite. */
export function reachOfKeys(shard: ShardRows, visibility: Visibility, input: InputName = 'keys'): KeyReach {
  const dim = shard.source.cols
  let largestNorm = 0
  let largest = 0
  forEachKeyBlock(shard, visibility, 1, ({ rows, count, rowStart }) => {
    const inBlock = largestEntry(rows)
    if (!(inBlock < Infinity)) throwNonFinite(shard.source, rowStart, count, input)
    largest = Math.max(largest, inBlock)
    for (let r = 0; r < count; r++) largestNorm = Math.max(largestNorm, normAbove(rows, r * dim, dim))
  })
  return { largestNorm, largestEntry: largest }
}
