import { isKey, type Visibility } from '../attention/visibility.ts'
import type { RowRange } from '../matrix/row-ranges.ts'

/** Keys among which each segment has a fixed set of its own. */
export interface KeySegment {
  /** The positions that are the segment's: of keys and of queries. Without segments: all. */
  readonly rowStart: number
  readonly rowEnd: number
  /** The rows that hold its keys. */
  readonly keyRows: RowRange
  /** Row ids of the keys that take part, ascending. */
  readonly ids: Float64Array
}

/** The segments of `keyCount` keys in which a key takes part, in order. */
export function segmentsOf(visibility: Visibility, keyCount: number): KeySegment[] {
  const { segment, keyRows = { rowStart: 0, rowEnd: keyCount } } = visibility
  const width = segment ?? Infinity
  const segments: KeySegment[] = []
  let row = keyRows.rowStart
  while (row < keyRows.rowEnd) {
    const rowStart = segment === undefined ? 0 : row - (row % width)
    const rowEnd = rowStart + width
    const rows = { rowStart: row, rowEnd: Math.min(rowEnd, keyRows.rowEnd) }
    const ids = idsIn(rows, visibility)
    if (ids.length > 0) segments.push({ rowStart, rowEnd, keyRows: rows, ids })
    row = rows.rowEnd
  }
  return segments
}

function idsIn({ rowStart, rowEnd }: RowRange, visibility: Visibility): Float64Array {
  const ids = new Float64Array(rowEnd - rowStart)
  let count = 0
  for (let id = rowStart; id < rowEnd; id++) {
    if (visibility.keyMask && !isKey(visibility, id)) continue
    ids[count++] = id
  }
  return count === ids.length ? ids : ids.slice(0, count)
}

/** From the first key row of `segments` to the last; no rows where there is none. */
export function rangeOf(segments: readonly KeySegment[]): RowRange {
  const last = segments.at(-1)
  return last === undefined
    ? { rowStart: 0, rowEnd: 0 }
    : { rowStart: segments[0].keyRows.rowStart, rowEnd: last.keyRows.rowEnd }
}
