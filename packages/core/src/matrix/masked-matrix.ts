import { LevError } from '../errors/errors.ts'
import type { MatrixSource } from './matrix-source.ts'

/**
 * `source`, whose rows with 0 in `seen` [rows] are read as zeros, whatever lies there: NaN too. Shares `seen` with the workers,
 * where it lies in shared memory. Throws Internal where it has another length.
 */
export function maskedMatrix(source: MatrixSource, seen: Uint8Array): MatrixSource {
  const { rows, cols, element, spec } = source
  if (seen.length !== rows)
    throw new LevError('Internal', `a mask of ${seen.length} rows does not fit ${rows} of a matrix`)
  return {
    rows,
    cols,
    element,
    spec: { ...spec, seen },
    readRows(rowStart, rowEnd, into) {
      source.readRows(rowStart, rowEnd, into)
      for (let row = rowStart; row < rowEnd; row++)
        if (seen[row] === 0) into.fill(0, (row - rowStart) * cols, (row - rowStart + 1) * cols)
    },
    locate: (rowId) => source.locate(rowId),
    close: () => source.close(),
  }
}
