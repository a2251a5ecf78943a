import { LevError } from '../errors/errors.ts'

/** Element types of the arrays that we write. */
export type ElementType = 'f64' | 'f32' | 'u64' | 'i64' | 'u32' | 'i32' | 'u8'

/** How each type is held in memory: 64-bit integers as Float64Array, exact up to 2^53. */
export interface ElementArrays {
  f64: Float64Array
  f32: Float32Array
  u64: Float64Array
  i64: Float64Array
  u32: Uint32Array
  i32: Int32Array
  u8: Uint8Array
}
export type ElementArray = ElementArrays[ElementType]

export const ELEMENT_BYTES: Readonly<Record<ElementType, number>> = {
  f64: 8,
  f32: 4,
  u64: 8,
  i64: 8,
  u32: 4,
  i32: 4,
  u8: 1,
}

/** Largest row id: above it a float64 no longer tells neighbours apart. */
const MAX_EXACT_INTEGER = 2 ** 53
const TWO_POW_32 = 2 ** 32
const CONVERT_COUNT = 32 * 1024
const CHUNK_BYTES = 4 * 1024 * 1024

/**
 * `data` as little-endian bytes of `type`, in chunks of at most 4 MiB. A chunk may be a view of `data`, or of a
 * buffer that the next chunk overwrites: use it before asking for the next.
 * Throws Internal where `data` is of another type, or an integer is negative, fractional or above 2^53.
 */
export function* elementChunks(type: ElementType, data: ElementArray): Generator<Uint8Array> {
  requireLittleEndianHost()
  if (!isHeldAs(type, data)) {
    throw new LevError('Internal', `elements of type ${type} came as ${data.constructor.name}`)
  }
  if (type === 'u64' || type === 'i64') {
    for (let start = 0; start < data.length; start += CONVERT_COUNT) {
      yield bytesOf(splitIntegers(data.subarray(start, start + CONVERT_COUNT)))
    }
    return
  }
  const bytes = bytesOf(data)
  for (let start = 0; start < bytes.length; start += CHUNK_BYTES) {
    yield bytes.subarray(start, start + CHUNK_BYTES)
  }
}

/**
 * The elements in `bytes` (little-endian, a whole number of elements, at a multiple of the element's length in
 * its buffer). A view of `bytes` but for 64-bit integers. Throws Content, naming `file`, where an integer is not in
 * [0, 2^53].
 */
export function elementsOf<T extends ElementType>(type: T, bytes: Uint8Array, file: string): ElementArrays[T]
export function elementsOf(type: ElementType, bytes: Uint8Array, file: string): ElementArray {
  requireLittleEndianHost()
  const length = bytes.byteLength / ELEMENT_BYTES[type]
  const place: [ArrayBufferLike, number, number] = [bytes.buffer, bytes.byteOffset, length]
  switch (type) {
    case 'f64':
      return new Float64Array(...place)
    case 'f32':
      return new Float32Array(...place)
    case 'u32':
      return new Uint32Array(...place)
    case 'i32':
      return new Int32Array(...place)
    case 'u8':
      return bytes
    default:
      return joinIntegers(new Uint32Array(bytes.buffer, bytes.byteOffset, 2 * length), file)
  }
}

/** The bytes under a view. */
export function bytesOf(view: ArrayBufferView): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength)
}

function isHeldAs(type: ElementType, data: ElementArray): boolean {
  switch (type) {
    case 'f32':
      return data instanceof Float32Array
    case 'u32':
      return data instanceof Uint32Array
    case 'i32':
      return data instanceof Int32Array
    case 'u8':
      return data instanceof Uint8Array
    default:
      return data instanceof Float64Array
  }
}

/** Exact integers [n] -> low and high words [2 n]. */
function splitIntegers(values: ElementArray): Uint32Array {
  const words = new Uint32Array(2 * values.length)
  for (let i = 0; i < values.length; i++) {
    const value = values[i]
    if (!Number.isInteger(value) || value < 0 || value > MAX_EXACT_INTEGER) {
      throw new LevError('Internal', `${value} cannot be stored as a row id: want an integer in [0, 2^53]`)
    }
    words[2 * i] = value // stored modulo 2^32
    words[2 * i + 1] = Math.floor(value / TWO_POW_32)
  }
  return words
}

/** Low and high words [2 n] -> exact integers [n]. */
function joinIntegers(words: Uint32Array, file: string): Float64Array {
  const values = new Float64Array(words.length / 2)
  for (let i = 0; i < values.length; i++) {
    const value = words[2 * i + 1] * TWO_POW_32 + words[2 * i]
    // Compare the words: 2^53 + 1 has already been rounded to 2^53 in `value`.
    if (value > MAX_EXACT_INTEGER || (value === MAX_EXACT_INTEGER && words[2 * i] !== 0)) {
      const message = `${file} holds a 64-bit integer outside [0, 2^53], about ${value}`
      throw new LevError('Content', message, { file })
    }
    values[i] = value
  }
  return values
}

function requireLittleEndianHost(): void {
  if (new Uint8Array(Uint16Array.of(1).buffer)[0] !== 1) {
    const message = 'this machine is big-endian: files are written and read on little-endian ones only'
    throw new LevError('Internal', message)
  }
}
