import type { FileStart, Look } from './file-start.ts'
import { latin1 } from './signatures.ts'

/** `ustar` stands at byte 257 of the first member's header. */
export function tarLook({ bytes }: FileStart): Look | undefined {
  return latin1(bytes, 257, 5) === 'ustar'
    ? { what: 'a tar archive', opaque: false, advice: 'unpack it first' }
    : undefined
}

/** A length, and the JSON object of that length that the first tensor's name begins. */
export function safetensorsLook({ bytes, byteLength }: FileStart): Look | undefined {
  if (bytes.length < 10) return undefined
  const headerBytes = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true)
  if (headerBytes < 2n || headerBytes > BigInt(byteLength ?? 2 ** 32)) return undefined
  if (!/^\s*\{\s*["}]/.test(latin1(bytes, 8, 64))) return undefined
  return {
    what: 'a .safetensors by its first bytes',
    opaque: false,
    advice: 'its header says its type and shape: leave them out',
    holds: 'safetensors',
  }
}

/** Level 4 has no signature: a type, two extents, a flag and a name's length, then the name with its NUL. */
export function matlab4Look({ bytes, byteLength = 0 }: FileStart): Look | undefined {
  if (bytes.length < 24) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  const [type, rows, cols, imaginary, nameBytes] = [0, 4, 8, 12, 16].map((at) => view.getUint32(at, true))
  const isHeader = type <= 52 && rows >= 1 && cols >= 1 && imaginary <= 1 && nameBytes >= 2 && nameBytes <= 64
  const name = latin1(bytes, 20, nameBytes)
  if (!isHeader || !/^[A-Za-z]\w*\0$/.test(name) || 20 + nameBytes + rows * cols > byteLength)
    return undefined
  return { what: 'a MATLAB file', opaque: false, advice: 'save its numbers as .npy first' }
}

/** Most numbers of a vector in such files. */
const MAX_VECTOR = 4096

/** .fvecs, .ivecs or .bvecs: every vector has its length, an int32, in front; all have the same. */
export function vectorsLook(start: FileStart): Look | undefined {
  for (const [elementBytes, names] of [
    [4, '.fvecs or .ivecs'],
    [1, '.bvecs'],
  ] as const)
    if (isVectors(start, elementBytes))
      return {
        what: `vectors with their length in front (${names})`,
        opaque: false,
        advice: 'save them as .npy, without their lengths, first',
      }
  return undefined
}

function isVectors({ bytes, byteLength }: FileStart, elementBytes: number): boolean {
  if (bytes.length < 8) return false
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const dim = view.getInt32(0, true)
  if (dim < 1 || dim > MAX_VECTOR) return false
  const recordBytes = 4 + dim * elementBytes
  if (byteLength !== undefined && byteLength % recordBytes !== 0) return false
  if (bytes.length < 2 * recordBytes && byteLength !== recordBytes) return false
  for (let at = 0; at + 4 <= bytes.length; at += recordBytes)
    if (view.getInt32(at, true) !== dim) return false
  return true
}
