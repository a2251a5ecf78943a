import { optionText } from '../arguments/option-text.ts'
import { LevError } from '../errors/errors.ts'

/** Rows [rowStart, rowEnd) of the whole matrix. */
export interface RowRange {
  /** The first row. */
  readonly rowStart: number
  /** The row behind the last one. */
  readonly rowEnd: number
}

/** Sorted, disjoint ranges; neighbours that touch are one. */
export type RowRanges = readonly RowRange[]

export const rowsIn = ({ rowStart, rowEnd }: RowRange): number => rowEnd - rowStart

export function rowCountOf(ranges: RowRanges): number {
  return ranges.reduce((sum, range) => sum + rowsIn(range), 0)
}

/** How a part is told which rows it holds, as messages say it. */
const PLACED_BY = `${optionText('rowStart')} gives a part its place`

/** The union of disjoint ranges. Throws IncompatibleSummary naming the rows that are in both; `placedBy`: see there. */
export function joinRanges(a: RowRanges, b: RowRanges, placedBy = PLACED_BY): RowRanges {
  const sorted = [...a, ...b].filter((r) => r.rowEnd > r.rowStart).sort((x, y) => x.rowStart - y.rowStart)
  const joined: { rowStart: number; rowEnd: number }[] = []
  for (const range of sorted) {
    const last = joined.at(-1)
    if (last !== undefined && range.rowStart < last.rowEnd) {
      const end = Math.min(last.rowEnd, range.rowEnd)
      const message =
        `rows ${range.rowStart} to ${end - 1} are in both summaries; merging them would count those rows twice. ` +
        `Build each part from its own rows (${placedBy}).`
      throw new LevError('IncompatibleSummary', message, { row: range.rowStart })
    }
    if (last !== undefined && last.rowEnd === range.rowStart) last.rowEnd = range.rowEnd
    else joined.push({ ...range })
  }
  return joined
}

/** Index of the first of `ranges`, in order, that begins at `row` or behind it; their count where none does. */
export function firstRangeFrom(ranges: RowRanges, row: number): number {
  let low = 0
  let high = ranges.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (ranges[middle].rowStart < row) low = middle + 1
    else high = middle
  }
  return low
}

/** Rows [0, rowCount) in pieces of `shardRows`; the last may be shorter. */
export function cutRows(rowCount: number, shardRows: number): RowRange[] {
  return Array.from({ length: Math.ceil(rowCount / shardRows) }, (_, i) => ({
    rowStart: i * shardRows,
    rowEnd: Math.min(rowCount, (i + 1) * shardRows),
  }))
}
