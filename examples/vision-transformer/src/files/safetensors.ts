import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { Float16Array } from '@petamoriken/float16'
import { LevError } from '@levattention/core'
import { createOutput } from '@levattention/core/internal'

export interface Tensor {
  readonly shape: readonly number[]
  readonly data: Float32Array
}

export interface TensorFile {
  readonly tensors: Readonly<Record<string, Tensor>>
  /** What the file says of itself. */
  readonly metadata: Readonly<Record<string, string>>
}

type Entry = { dtype: 'F16' | 'F32'; shape: number[]; data_offsets: [number, number] }

const MOST_HEADER_BYTES = 2 ** 20

/**
 * Writes float32 tensors as a safetensors file, in half precision where `half`, with a digest of its numbers in its metadata: under
 * its name only when it is whole, in place of what stood there. Throws CannotWrite.
 */
export async function writeTensors(path: string, file: TensorFile, half = false): Promise<void> {
  const bytes = Object.values(file.tensors).map(({ data }) => bytesOf(half ? new Float16Array(data) : data))
  const header: Record<string, Entry | Record<string, string>> = {
    __metadata__: { ...file.metadata, digest: digestOf(bytes) },
  }
  let offset = 0
  Object.entries(file.tensors).forEach(([name, { shape }], i) => {
    const end = offset + bytes[i].length
    header[name] = { dtype: half ? 'F16' : 'F32', shape: [...shape], data_offsets: [offset, end] }
    offset = end
  })
  const text = Buffer.from(JSON.stringify(header))
  const padding = Buffer.alloc(-(text.length + 8) & 7, ' ')
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(text.length + padding.length))
  const output = createOutput(path, { force: true })
  for (const part of [length, text, padding, ...bytes]) output.write(part)
  await output.commit()
}

/** The same, whole and undamaged, widened to float32. Throws NotFound and Content. */
export function readTensors(path: string): TensorFile {
  const bytes = readWhole(path)
  const damaged = (what: string, cause?: unknown) =>
    new LevError(
      'Content',
      `${path}: ${what}; it was cut off, changed, or is no file of ours`,
      { file: path },
      { cause },
    )
  const headerLength = bytes.length < 8 ? Infinity : Number(bytes.readBigUInt64LE(0))
  if (headerLength > Math.min(MOST_HEADER_BYTES, bytes.length - 8)) throw damaged('it has no whole header')
  let header: Record<string, Entry> & { __metadata__?: Record<string, string> }
  try {
    header = JSON.parse(bytes.toString('utf8', 8, 8 + headerLength)) as typeof header
  } catch (error) {
    throw damaged('its header is not JSON', error)
  }
  const { __metadata__: metadata = {}, ...entries } = header
  const data = bytes.subarray(8 + headerLength)
  const parts = Object.entries(entries).map(([name, entry]) => {
    const size = entry.shape.reduce((product, count) => product * count, entry.dtype === 'F16' ? 2 : 4)
    const [from, to] = entry.data_offsets
    if (!(from >= 0 && to - from === size && to <= data.length)) throw damaged(`tensor ${name} is not whole`)
    return { name, entry, bytes: data.subarray(from, to) }
  })
  if (metadata.digest !== digestOf(parts.map((part) => part.bytes))) throw damaged('its digest is another')
  return {
    metadata,
    tensors: Object.fromEntries(parts.map(({ name, entry, bytes: own }) => [name, tensor(entry, own)])),
  }
}

/** Of the numbers, whatever stands around them. */
export function digestOf(parts: readonly Uint8Array[]): string {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest('hex')
}

export function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength)
}

function tensor({ dtype, shape }: Entry, bytes: Uint8Array): Tensor {
  // A copy, so that numbers begin where their arrays may; a Buffer's own slice is none.
  const { buffer } = new Uint8Array(bytes)
  return {
    shape,
    data: dtype === 'F16' ? Float32Array.from(new Float16Array(buffer)) : new Float32Array(buffer),
  }
}

function readWhole(path: string): Buffer {
  try {
    return readFileSync(path)
  } catch (error) {
    const message = `cannot read ${path}: ${(error as Error).message}`
    throw new LevError('NotFound', message, { file: path }, { cause: error })
  }
}
