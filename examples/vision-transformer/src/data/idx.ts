import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { LevError } from '@levattention/core'

/** Bytes of an idx file: `shape`, the first axis the slowest, and as many numbers from 0 to 255. */
export interface Idx {
  readonly shape: readonly number[]
  readonly data: Uint8Array
}

/** Many times what the data sets of this format have. */
const MOST_BYTES = 2 ** 30
const UNSIGNED_BYTE = 8

/** An idx file of unsigned bytes with `axes` axes, gzipped or not. Throws NotFound and Content. */
export function readIdx(path: string, axes: number): Idx {
  const bytes = inflated(path, readWhole(path))
  const head = 4 + 4 * axes
  const found = (what: string) => new LevError('Content', `${path}: ${what}`, { file: path })
  if (bytes.length < head)
    throw found(`${bytes.length} bytes, where an idx file of ${axes} axes begins with ${head}`)
  if (bytes[0] !== 0 || bytes[1] !== 0)
    throw found(
      `begins with ${hex(bytes)}, where an idx file begins with two zero bytes; is it another format?`,
    )
  if (bytes[2] !== UNSIGNED_BYTE || bytes[3] !== axes)
    throw found(
      `begins with ${hex(bytes)}, where unsigned bytes of ${axes} axes begin with ${hex(Uint8Array.of(0, 0, UNSIGNED_BYTE, axes))}` +
        (axes === 3
          ? '; images are wanted here, is it the labels?'
          : '; labels are wanted here, is it the images?'),
    )
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const shape = Array.from({ length: axes }, (_, axis) => view.getUint32(4 + 4 * axis))
  const count = shape.reduce((product, length) => product * length, 1)
  if (bytes.length !== head + count)
    throw found(
      `its header says ${shape.join(' x ')} = ${count} numbers, and ${bytes.length - head} follow; download it again`,
    )
  return { shape, data: bytes.subarray(head) }
}

function readWhole(path: string): Buffer {
  try {
    return readFileSync(path)
  } catch (error) {
    const message = `cannot read ${path}: ${(error as Error).message}`
    throw new LevError('NotFound', message, { file: path }, { cause: error })
  }
}

function inflated(path: string, bytes: Buffer): Buffer {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes
  try {
    return gunzipSync(bytes, { maxOutputLength: MOST_BYTES })
  } catch (error) {
    const message = `${path}: its gzip data is damaged or cut off (${(error as Error).message}); download it again`
    throw new LevError('Content', message, { file: path }, { cause: error })
  }
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes.subarray(0, 4), (byte) => byte.toString(16).padStart(2, '0')).join(' ')
}
