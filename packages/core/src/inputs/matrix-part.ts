import { counted } from '../errors/counted.ts'
import { BYTES_PER_ELEMENT, MAX_COLS, type FilePart } from '../matrix/matrix-source.ts'
import { badContent } from '../files/refusal.ts'
import { arrayLabel, elementCount, shapeText, type StoredArray } from '../formats/stored-array.ts'
import { unreadType } from './input-advice.ts'

/** An array of an accepted type whose bytes are all there and no more. */
export type FloatArray = StoredArray & { readonly dtype: NonNullable<StoredArray['dtype']> }

/** Throws Content unless the array's elements are floats that are read, and its bytes are exactly those its shape needs. */
export function requireFloatArray(array: StoredArray): FloatArray {
  const { dtype } = array
  if (dtype === undefined) throw unreadType(array)
  const needed = elementCount(array.shape) * BYTES_PER_ELEMENT[dtype]
  if (needed !== array.availableBytes) throw wrongByteCount(array, needed)
  return { ...array, dtype }
}

/**
 * The matrix at `leading` (one index for each axis before the last two), at row `firstRow` of a whole matrix.
 * Throws Content (d = 0, d > 1024).
 */
export function matrixPart(array: FloatArray, leading: readonly number[], firstRow: number): FilePart {
  const { shape, fortranOrder, dtype } = array
  const [rows, cols] = shape.slice(-2)
  requireCols(array, cols)
  const leadingShape = shape.slice(0, -2)
  const leadingCount = elementCount(leadingShape)
  const first = fortranOrder
    ? flatIndex([...leading].reverse(), [...leadingShape].reverse())
    : flatIndex(leading, leadingShape) * rows * cols
  return {
    path: array.path,
    ...(array.name === '' ? {} : { array: array.name }),
    ...(leading.length === 0 ? {} : { head: leading }),
    ...(array.inflatedPath === undefined ? {} : { inflatedPath: array.inflatedPath }),
    firstRow,
    rows,
    offsetBytes: array.offsetBytes + first * BYTES_PER_ELEMENT[dtype],
    dtype,
    bigEndian: array.bigEndian,
    fortranOrder,
    rowStride: fortranOrder ? leadingCount : cols,
    columnStride: fortranOrder ? leadingCount * rows : 1,
    byteLength: array.byteLength,
    mtimeMs: array.mtimeMs,
  }
}

/** Place of `index` in row-major order of `shape`. */
function flatIndex(index: readonly number[], shape: readonly number[]): number {
  return index.reduce((flat, value, axis) => flat * shape[axis] + value, 0)
}

function requireCols(array: StoredArray, cols: number): void {
  const label = arrayLabel(array)
  const found = `shape ${shapeText(array.shape)}: d = ${cols}`
  if (cols === 0) throw badContent(label, `${found}; a row needs at least one column`)
  if (cols > MAX_COLS) {
    throw badContent(
      label,
      `${found} > ${MAX_COLS}, the largest d served. Is the matrix transposed? Rows are keys or queries`,
    )
  }
}

function wrongByteCount(array: StoredArray, needed: number): Error {
  const { availableBytes, shape, dtypeName } = array
  const claim = `shape ${shapeText(shape)} of ${dtypeName}`
  if (needed > availableBytes) {
    const need = Number.isFinite(needed) ? counted(needed, 'byte') : 'more bytes than any file has'
    return badContent(
      arrayLabel(array),
      `truncated, or its header lies: ${claim} needs ${need}, ${availableBytes} are there. Copy it again`,
    )
  }
  const extra = availableBytes - needed
  return badContent(
    arrayLabel(array),
    `${counted(extra, 'byte')} too many: ${claim} needs ${needed}, ${availableBytes} are there. Is it the file that was meant?`,
  )
}
