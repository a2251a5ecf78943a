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
export function matlab4Look({ bytes, byteLength = Infinity }: FileStart): Look | undefined {
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
const MAX_VECTOR = 65_536

/** .fvecs, .ivecs or .bvecs: every vector has its length, an int32, in front; all have the same. */
export function vectorsLook(start: FileStart): Look | undefined {
  for (const [elementBytes, names] of [
    [4, '.fvecs or .ivecs'],
    [1, '.bvecs'],
    [8, '.dvecs'],
    [2, '.hvecs'],
  ] as const)
    if (isVectors(start, elementBytes))
      return {
        what: `vectors with their length in front (${names})`,
        opaque: false,
        advice: 'save them as .npy, without their lengths, first',
      }
  return undefined
}

/** What keeps vectors that come through a pipe, `what` by their look, in a file whose name says their type: keys K, queries Q. */
export function fromPipe(what: string, stem: 'K' | 'Q'): string {
  const file = `${stem}${what.includes('.bvecs') ? '.bvecs' : '.fvecs'}`
  const option = stem === 'K' ? `keys ${file}` : `queries ${file}`
  const other = what.includes('.fvecs') ? ` (float32; ${stem}.ivecs of int32)` : ''
  return `keep them in a file, as \`cat > ${file}\` does${other}, and name that: \`--${option}\``
}

/** Vectors of a type that has a name that is read. */
export function areNamedVectors({ what }: Look): boolean {
  return /^vectors .*\.[fb]vecs/.test(what)
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

/**
 * Fortran's unformatted records, little-endian: each has its length in bytes, an int32, before and behind it. As a float32
 * such a length is far below any number that one computes with; as the end of a float64 it comes twice by chance alone.
 */
export function recordsLook({ bytes }: FileStart): Look | undefined {
  if (bytes.length < 16) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const length = view.getInt32(0, true)
  const isWhole = length >= 4 && length <= bytes.length - 8 && view.getInt32(4 + length, true) === length
  const next = 8 + length
  if (!isWhole || (next < bytes.length && !isNext(view, next))) return undefined
  return { what: "Fortran's unformatted records", opaque: false, advice: 'save its numbers as .npy first' }
}

/** Does a record begin at `at`, as far as can be seen? */
function isNext(view: DataView, at: number): boolean {
  if (at + 4 > view.byteLength) return true
  const length = view.getInt32(at, true)
  const end = at + 4 + length
  return length >= 1 && length < 2 ** 24 && (end + 4 > view.byteLength || view.getInt32(end, true) === length)
}
