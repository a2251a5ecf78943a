import { withInputFile } from '../files/input-file.ts'
import type { RecordField } from './record-types.ts'
import { elementCount, type StoredArray } from '../formats/stored-array.ts'

/** Larger arrays are not read to see whether a conversion keeps all digits. */
const MOST_BYTES = 2 ** 28
const BLOCK_BYTES = 2 ** 20
const LARGEST = 2n ** 53n

/**
 * True where each 64-bit integer among `fields` of the items of `array`, of `itemBytes` each, is exact in float64. The values are read;
 * false where that takes too long, or they are compressed.
 */
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
