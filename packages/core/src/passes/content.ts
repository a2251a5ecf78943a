import { forEachBlock } from '../matrix/row-blocks.ts'
import { ContentSweep } from '../matrix/row-content.ts'
import type { RowRange } from '../matrix/row-ranges.ts'
import { type RowTask, TRANSIENT } from './pass.ts'

/** Digests of what `ranges`, which tile the rows, hold. */
export const contentTask: RowTask<{ readonly ranges: readonly RowRange[] }, string[]> = {
  kind: 'content',
  ...TRANSIENT,
  answer(shard, { ranges }) {
    const { source } = shard
    const digests: string[] = []
    const sweep = new ContentSweep(ranges, source.cols, (index, digest) => (digests[index] = digest))
    forEachBlock(shard, (rows, rowCount, rowStart) => sweep.feed(rowStart, rowCount, rows))
    return digests
  },
}
