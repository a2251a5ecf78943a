import type { RowRanges } from '@levattention/core/internal'

/** How the rows of a universal set were cut, and Σ|k̂|² of each piece; shardRows 0: the cut is not known. */
export interface ShardTable {
  readonly ranges: RowRanges
  readonly shardRows: number
  readonly shardSquaredNorms: Float64Array
}

/**
 * The table of all parts' rows, from those of the parts in row order. The cut stays known where every part but the last
 * is whole shards of one length and the rows have no gap.
 */
export function joinTables(
  parts: readonly ShardTable[],
): Pick<ShardTable, 'shardRows' | 'shardSquaredNorms'> {
  const filled = parts.filter(({ ranges }) => ranges.length > 0)
  const shardSquaredNorms = Float64Array.from(filled.flatMap((part) => [...part.shardSquaredNorms]))
  const shardRows = filled.at(0)?.shardRows ?? 0
  const known = filled.every((part, i) => {
    const before = i === 0 ? undefined : filled[i - 1].ranges[0]
    const [own, gap] = part.ranges
    const follows = before === undefined || (before.rowEnd === own.rowStart && wholeShards(before, shardRows))
    return part.shardRows === shardRows && gap === undefined && follows
  })
  return { shardRows: known ? shardRows : 0, shardSquaredNorms }
}

function wholeShards({ rowStart, rowEnd }: { rowStart: number; rowEnd: number }, shardRows: number): boolean {
  return (rowEnd - rowStart) % shardRows === 0
}
