import { createHash } from 'node:crypto'

/** SHA-256 of an array's bytes: to compare long arrays in one step, bit for bit. */
export function digest(array: ArrayBufferView): string {
  return createHash('sha256')
    .update(new Uint8Array(array.buffer, array.byteOffset, array.byteLength))
    .digest('hex')
}
