import { withInputFile } from '../files/input-file.ts'
import type { RecordField } from './record-types.ts'
import { elementCount, type StoredArray } from '../formats/stored-array.ts'

/** Larger arrays are not read to see whether a conversion keeps all digits. */
const MOST_BYTES = 2 ** 28
const BLOCK_BYTES = 2 ** 20
const LARGEST = 2n ** 53n

/**
 * True where every integer of `array` (whole numbers of 32 or 64 bits, or records with such fields) is exact in float64.
 * Of 64 bits the values are read; false where that takes too long, or they are compressed.
 */
export function isExactInFloat64(array: StoredArray): boolean {
  const { dtypeName, bigEndian } = array
  const [, sign, bits] = /(?:\b|safetensors )(u?int|[IU])(32|64)\b/.exec(dtypeName) ?? []
  if (bits === undefined) return false
  if (bits === '32') return true
  const isSigned = sign === 'int' || sign === 'I'
  return hasExactFields(array, [{ offset: 0, bytes: 8, isWide: true, isSigned, bigEndian }], 8)
}

/** As `isExactInFloat64`, for each 64-bit integer among `fields` of items of `itemBytes`. */
export function hasExactFields(
  array: StoredArray,
  fields: readonly RecordField[],
  itemBytes: number,
): boolean {
  const wide = fields.filter(({ isWide }) => isWide)
  const byteLength = elementCount(array.shape) * itemBytes
  if (wide.length === 0) return true
  if (array.deflated || byteLength > MOST_BYTES || byteLength > array.availableBytes) return false
  const blockBytes = Math.max(1, Math.floor(BLOCK_BYTES / itemBytes)) * itemBytes
  return withInputFile(
    array.path,
    (file) => {
      for (let at = 0; at < byteLength; at += blockBytes) {
        const bytes = file.bytes(array.offsetBytes + at, Math.min(blockBytes, byteLength - at))
        const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
        for (let item = 0; item < bytes.length; item += itemBytes)
          if (!wide.every((field) => isExact(view, item + field.offset, field))) return false
      }
      return true
    },
    array.inflatedPath ?? array.path,
  )
}

function isExact(view: DataView, at: number, { isSigned, bigEndian }: RecordField): boolean {
  const value = isSigned ? view.getBigInt64(at, !bigEndian) : view.getBigUint64(at, !bigEndian)
  return value >= -LARGEST && value <= LARGEST
}
