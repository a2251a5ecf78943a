import { LevError } from '../errors/errors.ts'
import type { MatrixSource, SeenRows } from './matrix-source.ts'
import type { RowRange } from './row-ranges.ts'

/**
 * `source`, whose rows with 0 in `seen` [rows] are read as zeros, whatever lies there: NaN too. Shares `seen` with the workers,
 * where it lies in shared memory. Throws Internal where it has another length.
 */
export function maskedMatrix(source: MatrixSource, seen: Uint8Array): MatrixSource {
  const { rows, cols, spec } = source
  if (seen.length !== rows)
    throw new LevError('Internal', `a mask of ${seen.length} rows does not fit ${rows} of a matrix`)
  return {
    ...asBefore(source),
    spec: { ...spec, seen },
    readRows(rowStart, rowEnd, into) {
      source.readRows(rowStart, rowEnd, into)
      for (let row = rowStart; row < rowEnd; row++)
        if (seen[row] === 0) into.fill(0, (row - rowStart) * cols, (row - rowStart + 1) * cols)
    },
  }
}

/** `source`, of which the rows outside of `within` are zeros, and not read. */
export function narrowedMatrix(source: MatrixSource, within: RowRange): MatrixSource {
  const { cols, spec } = source
  return {
    ...asBefore(source),
    spec: { ...spec, within },
    readRows(rowStart, rowEnd, into) {
      const from = Math.min(rowEnd, Math.max(rowStart, within.rowStart))
      const to = Math.max(from, Math.min(rowEnd, within.rowEnd))
      if (from < to) source.readRows(from, to, into.subarray((from - rowStart) * cols))
      into.fill(0, 0, (from - rowStart) * cols)
      into.fill(0, (to - rowStart) * cols, (rowEnd - rowStart) * cols)
    },
  }
}

/** `source` with the rows that are seen alone. */
export function seenMatrix(source: MatrixSource, { seen, within }: SeenRows): MatrixSource {
  const narrowed = within ? narrowedMatrix(source, within) : source
  return seen ? maskedMatrix(narrowed, seen) : narrowed
}

/** Whether a row is read: the others are zeros. */
export function isSeen({ seen, within }: SeenRows, row: number): boolean {
  return seen?.[row] !== 0 && (within === undefined || (row >= within.rowStart && row < within.rowEnd))
}

/** How many of `rows` rows are read. */
export function seenCount(seenRows: SeenRows, rows: number): number {
  let count = 0
  for (let row = 0; row < rows; row++) if (isSeen(seenRows, row)) count++
  return count
}

function asBefore(source: MatrixSource): Omit<MatrixSource, 'spec' | 'readRows'> {
  const { rows, cols, element } = source
  return { rows, cols, element, locate: (rowId) => source.locate(rowId), close: () => source.close() }
}
