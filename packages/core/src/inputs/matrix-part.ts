import { counted } from '../errors/counted.ts'
import type { ArrayIndex } from '../errors/errors.ts'
import { indexText } from '../matrix/part-place.ts'
import { BYTES_PER_ELEMENT, MAX_COLS, type FilePart } from '../matrix/matrix-source.ts'
import { badContent } from '../files/refusal.ts'
import { fileWord, isTypable } from '../files/typed-code.ts'
import { arrayLabel, elementCount, shapeText, type StoredArray, TRANSPOSED } from '../formats/stored-array.ts'
import { unreadType } from './input-advice.ts'
import { type Opening, readyLine } from './ready-line.ts'

/** An array of an accepted type whose bytes are all there and no more. */
export type FloatArray = StoredArray & { readonly dtype: NonNullable<StoredArray['dtype']> }

/** Throws Content unless the array's elements are numbers that are read, and its bytes are exactly those its shape needs. */
export function requireFloatArray(array: StoredArray, opening?: Opening): FloatArray {
  const { dtype, turning } = array
  if (turning !== undefined)
    throw badContent(
      arrayLabel(array),
      `is ${turning.what}; turn it into rows first, as in ${readyLine(opening)}`,
    )
  if (dtype === undefined) throw unreadType(array)
  requireBytes(array, BYTES_PER_ELEMENT[dtype])
  return { ...array, dtype }
}

/** Throws Content unless the array's bytes, `width` an element, are exactly those its shape needs. */
export function requireBytes(array: StoredArray, width: number): void {
  const needed = elementCount(array.shape) * width
  if (needed !== array.availableBytes) throw wrongByteCount(array, needed)
}

/** Throws Content where the array is a member of an archive that has not been inflated. */
export function requireInflated(array: StoredArray, opening?: Opening): void {
  if (!array.deflated) return
  throw badContent(arrayLabel(array), `is compressed; inflate it first, as in ${readyLine(opening)}`)
}

/** Which axes of an array are the rows and the columns of a matrix; `index` says of every other one where on it. */
export interface MatrixAxes {
  /** One for each axis of the array; ':' of rows and columns. */
  readonly index: ArrayIndex
  readonly rowAxis: number
  readonly columnAxis: number
}

/** The matrix at `axes` of the array. Throws Content (d = 0, d > 4096). */
export function matrixPart(array: FloatArray, { index, rowAxis, columnAxis }: MatrixAxes): FilePart {
  const { shape, dtype } = array
  requireCols(array, shape[columnAxis])
  const strides = stridesOf(array)
  const first = index.reduce<number>((sum, at, axis) => sum + (at === ':' ? 0 : at * strides[axis]), 0)
  return {
    path: array.path,
    ...namedPart(array, index),
    ...(array.inflatedPath === undefined ? {} : { inflatedPath: array.inflatedPath }),
    firstRow: 0,
    rows: shape[rowAxis],
    offsetBytes: array.offsetBytes + first * BYTES_PER_ELEMENT[dtype],
    dtype,
    bigEndian: array.bigEndian,
    rowStride: strides[rowAxis],
    columnStride: strides[columnAxis],
    byteLength: array.byteLength,
    mtimeMs: array.mtimeMs,
  }
}

/** What names the matrix that `index` leaves of the array; of one whose columns are rows the index stands in its name, before .T. */
export function namedPart(
  array: Pick<StoredArray, 'name' | 'isTransposed'>,
  index: ArrayIndex,
): Pick<FilePart, 'array' | 'head'> {
  const typed = typedIndex(array.isTransposed ? index.toReversed() : index)
  const name = array.isTransposed ? array.name + indexText(typed) + TRANSPOSED : array.name
  return {
    ...(name === '' ? {} : { array: name }),
    ...(array.isTransposed || typed.length === 0 ? {} : { head: typed }),
  }
}

/** `index` without the whole axes at its end, which nobody types. */
export function typedIndex(index: ArrayIndex): ArrayIndex {
  return index.slice(0, index.findLastIndex((at) => at !== ':') + 1)
}

/** From an element to the next on each axis, in elements. */
function stridesOf({ shape, fortranOrder, strides: given }: StoredArray): readonly number[] {
  if (given !== undefined) return given
  const strides = shape.map(() => 1)
  let stride = 1
  for (let i = 0; i < shape.length; i++) {
    const axis = fortranOrder ? i : shape.length - 1 - i
    strides[axis] = stride
    stride *= shape[axis]
  }
  return strides
}

function requireCols(array: StoredArray, cols: number): void {
  const label = arrayLabel(array)
  const found = `shape ${shapeText(array.shape)}: d = ${cols}`
  if (cols === 0) throw badContent(label, `${found}; a row needs at least one column`)
  if (cols > MAX_COLS) {
    throw badContent(label, `${found} > ${MAX_COLS}, the largest d served. ${turnAdvice(array)}`)
  }
}

function turnAdvice(array: StoredArray): string {
  const question = 'Is the matrix transposed? Rows are keys or queries'
  const address =
    array.shape.length === 2 && !array.isTransposed ? `${array.path}#${array.name}${TRANSPOSED}` : ''
  return address === '' || !isTypable(address)
    ? question
    : `${question}: \`${fileWord(address)}\` takes its columns as rows`
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
