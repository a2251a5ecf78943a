import type { RowRange } from './row-ranges.ts'
import { designed } from './design-matrix.ts'
import { FileMatrix } from './file-matrix.ts'
import type { Design, MatrixSource } from './matrix-source.ts'
import { seenMatrix } from './masked-matrix.ts'
import { MemoryMatrix } from './memory-matrix.ts'

/** Rows [range) of `source` as a matrix of their own, read from the same files or memory; its row 0 is row rowStart. */
export function rowView(source: MatrixSource, range: RowRange): MatrixSource {
  const { seen, within, design } = source.spec
  const plain = plainView(source, range)
  return seenMatrix(design ? designed(plain, partOf(design, range)) : plain, {
    seen: seen?.subarray(range.rowStart, range.rowEnd),
    within: within && rangeInView(within, range),
  })
}

/** Rows of `within` by their places in the rows of `range`. */
function rangeInView(within: RowRange, { rowStart, rowEnd }: RowRange): RowRange {
  const placeOf = (row: number) => Math.min(rowEnd, Math.max(rowStart, row)) - rowStart
  return { rowStart: placeOf(within.rowStart), rowEnd: placeOf(within.rowEnd) }
}

function partOf(design: Design, { rowStart, rowEnd }: RowRange): Design {
  return { ...design, rowScales: design.rowScales?.subarray(rowStart, rowEnd) }
}

function plainView({ spec }: MatrixSource, { rowStart, rowEnd }: RowRange): MatrixSource {
  const { cols } = spec
  const rows = rowEnd - rowStart
  if (spec.kind === 'memory') {
    const data = spec.data.subarray(rowStart * cols, rowEnd * cols)
    return new MemoryMatrix({ kind: 'memory', rows, cols, data })
  }
  // A part that begins before the view has a negative first row: messages still name the row in the file.
  const parts = spec.parts
    .filter((part) => part.firstRow < rowEnd && part.firstRow + part.rows > rowStart)
    .map((part) => ({ ...part, firstRow: part.firstRow - rowStart }))
  return new FileMatrix({ kind: 'files', rows, cols, parts })
}
