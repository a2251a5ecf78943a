import { setImmediate as nextTurn } from 'node:timers/promises'
import type { DType } from '../matrix/matrix-source.ts'
import { openFileSource } from '../files/byte-source.ts'
import { PIPE } from '../files/typed-code.ts'
import { badContent, refusal } from '../files/refusal.ts'
import { isByName } from '../foreign/name-look.ts'
import { fromPipe, vectorsLook } from '../foreign/structures.ts'
import { shortText } from '../foreign/text-look.ts'
import type { Format, Sight } from './format.ts'
import { singleArray, type StoredArray } from './stored-array.ts'
import { throwIfStopped } from '../errors/stopped.ts'

/** Bytes of the length, an int32, that stands in front of each vector. */
const LENGTH_BYTES = 4

const KINDS: Readonly<
  Record<string, { readonly dtype: DType; readonly dtypeName: string; readonly bytes: number }>
> = {
  '.fvecs': { dtype: 'f32', dtypeName: 'float32', bytes: 4 },
  '.ivecs': { dtype: 'i32', dtypeName: 'int32', bytes: 4 },
  '.bvecs': { dtype: 'u8', dtypeName: 'uint8', bytes: 1 },
}

/** .fvecs, .bvecs and .ivecs: float32, uint8 or int32 vectors, each with its length in front. They are read in place. */
export const vectorsFormat: Format = {
  name: '.fvecs, .bvecs, .ivecs',
  knows: (sight) =>
    Object.hasOwn(KINDS, sight.extension)
      ? !isForeign(sight)
      : /\.[fb]vecs/.test(vectorsLook(sight.start())?.what ?? ''),
  catalog: (sight) => singleArray(vectorsArray(sight)),
}

/** Whether a file of such a name is no whole number of vectors, and shows what it is instead. */
function isForeign({ file, first, start, look, extension }: Sight): boolean {
  if (first.length < LENGTH_BYTES) return shortText(start()) !== undefined
  const dim = new DataView(first.buffer, first.byteOffset).getInt32(0, true)
  if (dim >= 1 && file.byteLength % (LENGTH_BYTES + dim * KINDS[extension].bytes) === 0) return false
  const seen = look()
  const isOther = seen !== undefined && !isByName(seen) && vectorsLook(start()) === undefined
  return isOther || shortText(start()) !== undefined
}

function vectorsArray({ file, start: seen, extension }: Sight): StoredArray {
  const { path, openPath, byteLength, mtimeMs } = file
  if (!Object.hasOwn(KINDS, extension)) {
    const what = vectorsLook(seen())?.what ?? 'vectors'
    const todo =
      path === PIPE ? fromPipe(what, 'Q') : 'name it .fvecs (float32), .ivecs (int32) or .bvecs (uint8)'
    throw badContent(path, `${what}; the name tells their type: ${todo}`)
  }
  const { bytes, ...type } = KINDS[extension]
  if (byteLength < LENGTH_BYTES) throw badContent(path, 'is empty: no vector is in it')
  const start = file.bytes(0, LENGTH_BYTES)
  const dim = new DataView(start.buffer, start.byteOffset).getInt32(0, true)
  const recordBytes = LENGTH_BYTES + dim * bytes
  if (dim < 1 || byteLength % recordBytes !== 0) {
    const found =
      dim < 1
        ? `its first vector says that it has ${dim} numbers`
        : `its first vector has ${dim} numbers, and ${byteLength} bytes are no whole number of vectors of ${recordBytes} bytes`
    throw badContent(path, `damaged, truncated, or no ${extension}: ${found}. Copy it again`)
  }
  const rows = byteLength / recordBytes
  return {
    path,
    name: '',
    shape: [rows, dim],
    ...type,
    bigEndian: false,
    fortranOrder: false,
    offsetBytes: LENGTH_BYTES,
    availableBytes: rows * dim * bytes,
    strides: [recordBytes / bytes, 1],
    check: (signal) => requireOneLength(path, openPath, recordBytes, dim, signal),
    deflated: false,
    byteLength,
    mtimeMs,
  }
}

const BLOCK_BYTES = 2 ** 20

/** Throws Content where a vector has another length than the first. */
async function requireOneLength(
  path: string,
  openPath: string,
  recordBytes: number,
  dim: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  const source = openFileSource(openPath)
  try {
    const rows = source.byteLength / recordBytes
    const blockRows = Math.max(1, Math.min(rows, Math.floor(BLOCK_BYTES / recordBytes)))
    const block = new Uint8Array(blockRows * recordBytes)
    for (let row = 0; row < rows; row += blockRows) {
      const count = Math.min(blockRows, rows - row)
      source.read(row * recordBytes, block.subarray(0, count * recordBytes))
      const view = new DataView(block.buffer)
      for (let i = 0; i < count; i++) {
        const length = view.getInt32(i * recordBytes, true)
        if (length !== dim) throw otherLength(path, row + i, length, dim)
      }
      await nextTurn()
      throwIfStopped(signal, path, path)
    }
  } finally {
    source.close()
  }
}

function otherLength(path: string, row: number, length: number, dim: number): Error {
  const message = `vector ${row} says that it has ${length} numbers, and the first has ${dim}: damaged, or vectors of several lengths`
  return refusal('Content', path, message, { row })
}
