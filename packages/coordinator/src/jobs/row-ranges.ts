import type { RowRange } from '@levattention/core/internal'

/** [0, rowCount) cut into ranges of at most `rows`. */
export function rowRanges(rowCount: number, rows: number): RowRange[] {
  return Array.from({ length: Math.ceil(rowCount / rows) }, (_, i) => ({
    rowStart: i * rows,
    rowEnd: Math.min(rowCount, (i + 1) * rows),
  }))
}
