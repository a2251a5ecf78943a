import { type RowRange, rowsIn } from '../matrix/row-ranges.ts'
import type { KeySegment } from '../selection/segments.ts'

/** Segments that are no longer are taken whole, several a task: what they ask of one another's rows is nothing. */
const [SHORT_ROWS, TASK_ROWS] = [4096, 8192] as const

/** The key rows of as many segments as make up a task; undefined where one is long, or there is but one. */
export function groupsOfShort(segments: readonly KeySegment[]): RowRange[] | undefined {
  if (segments.length < 2 || segments.some(({ keyRows }) => rowsIn(keyRows) > SHORT_ROWS)) return undefined
  const groups: { rowStart: number; rowEnd: number }[] = []
  for (const { keyRows } of segments) {
    const last = groups.at(-1)
    if (last && keyRows.rowEnd - last.rowStart <= TASK_ROWS) last.rowEnd = keyRows.rowEnd
    else groups.push({ ...keyRows })
  }
  return groups
}
