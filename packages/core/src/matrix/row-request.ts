import { requireFloats } from '../arguments/floats.ts'
import { kindOf, shown } from '../arguments/kind-of.ts'
import { counted } from '../errors/counted.ts'
import { LevError } from '../errors/errors.ts'

interface Shape {
  readonly rows: number
  readonly cols: number
  readonly element: 'f32' | 'f64'
}

/** `into` as an array of this realm. Throws ShapeMismatch unless it can take rows [rowStart, rowEnd) of a matrix of that shape. */
export function requireRowRequest(
  matrix: Shape,
  rowStart: number,
  rowEnd: number,
  into: Float32Array | Float64Array,
): Float32Array | Float64Array {
  const { rows, cols, element } = matrix
  const floats = requireFloats('readRows: `into`', into)
  if (!(
    Number.isInteger(rowStart) &&
    Number.isInteger(rowEnd) &&
    0 <= rowStart &&
    rowStart <= rowEnd &&
    rowEnd <= rows
  )) {
    const message = `rows [${shown(rowStart)}, ${shown(rowEnd)}) are not rows of a matrix of ${counted(rows, 'row')}`
    throw new LevError('ShapeMismatch', message)
  }
  if (floats instanceof Float32Array !== (element === 'f32')) {
    const wanted = element === 'f32' ? 'Float32Array' : 'Float64Array'
    const message = `rows of ${element} elements are read into a ${wanted}, not into ${kindOf(floats)}`
    throw new LevError('ShapeMismatch', message)
  }
  const needed = (rowEnd - rowStart) * cols
  if (floats.length < needed) {
    const message = `${counted(rowEnd - rowStart, 'row')} of ${cols} need ${counted(needed, 'element')}, \`into\` has ${floats.length}`
    throw new LevError('ShapeMismatch', message)
  }
  return floats
}

/** Throws ShapeMismatch unless `rowId` counts rows: of a matrix without rows 0 does. */
export function requireRowId(rowId: number): void {
  if (Number.isSafeInteger(rowId) && rowId >= 0) return
  throw new LevError('ShapeMismatch', `locate: row ${shown(rowId)} is no row id; rows are counted from 0`)
}
