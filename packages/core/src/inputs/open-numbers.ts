import { LevError } from '../errors/errors.ts'
import { withInputFile } from '../files/input-file.ts'
import { badContent } from '../files/refusal.ts'
import { arrayLabel, elementCount, shapeText, type StoredArray } from '../formats/stored-array.ts'
import { widenBfloat16, widenFloat16 } from '../matrix/half.ts'
import { type OpenOptions, resolveArray } from './describe-file.ts'
import { requireBytes, requireInflated } from './matrix-part.ts'

/** Numbers [count] or [rows, count], loaded whole: row ids, scores. */
export interface NumberRows {
  /** As the user may type it. */
  readonly address: string
  /** 1 of an array [count]. */
  readonly rows: number
  readonly count: number
  /** [count] of a row. Not to be written to. */
  row(index: number): Float64Array
  /** As it was when it was read. */
  readonly file: Pick<StoredArray, 'path' | 'inflatedPath' | 'byteLength' | 'mtimeMs'>
}

/** What numbers are for: row ids, scores of keys, weights of rows. */
export type NumbersWanted = 'integers' | 'scores' | 'weights'

type Reader = (view: DataView, at: number, isLittle: boolean) => number

/** Bits as half of a float. */
const halfOf = (widen: typeof widenFloat16): Reader => {
  const raw = new Uint16Array(1)
  const wide = new Float64Array(1)
  return (view, at, isLittle) => {
    raw[0] = view.getUint16(at, isLittle)
    widen(raw, wide)
    return wide[0]
  }
}

/** By the type in words, as far as it goes. */
const READERS: readonly (readonly [type: RegExp, bytes: number, read: Reader])[] = [
  [/^(float64|safetensors F64)\b/, 8, (view, at, isLittle) => view.getFloat64(at, isLittle)],
  [/^(float32|safetensors F32)\b/, 4, (view, at, isLittle) => view.getFloat32(at, isLittle)],
  [/^(float16|safetensors F16)\b/, 2, halfOf(widenFloat16)],
  [/^(bfloat16|safetensors BF16)\b/, 2, halfOf(widenBfloat16)],
  [/^(int64|safetensors I64)\b/, 8, (view, at, isLittle) => Number(view.getBigInt64(at, isLittle))],
  [/^(uint64|safetensors U64)\b/, 8, (view, at, isLittle) => Number(view.getBigUint64(at, isLittle))],
  [/^(int32|safetensors I32)\b/, 4, (view, at, isLittle) => view.getInt32(at, isLittle)],
  [/^(uint32|safetensors U32)\b/, 4, (view, at, isLittle) => view.getUint32(at, isLittle)],
  [/^(int16|safetensors I16)\b/, 2, (view, at, isLittle) => view.getInt16(at, isLittle)],
  [/^(uint16|safetensors U16)\b/, 2, (view, at, isLittle) => view.getUint16(at, isLittle)],
  [/^(int8|safetensors I8)\b/, 1, (view, at) => view.getInt8(at)],
  [/^(uint8|safetensors U8)\b/, 1, (view, at) => view.getUint8(at)],
]

/** True and false. */
const FLAGS: (typeof READERS)[number] = [/^(bool|safetensors BOOL)\b/, 1, (view, at) => view.getUint8(at)]

/**
 * The numbers at `address`: `wanted` integers of 8 to 64 bits, or scores, such integers or floats of 16 to 64 bits, none of which
 * float64 rounds, or weights, which may be true and false, 1 and 0, as well. A table of one column, or a column of one (`t.csv#w`), has
 * them one a row. Throws NotFound, Option, Content (another type or shape, a larger integer).
 */
export function openNumbers(address: string, wanted: NumbersWanted, options: OpenOptions = {}): NumberRows {
  const { array, indices } = resolveArray(address, { ...options, isVector: true })
  if (indices.length > 0)
    throw new LevError(
      'Option',
      `${address}: an array [count] or [heads, count] is taken whole, without an index`,
    )
  const { shape, dtypeName } = array
  const readers = wanted === 'weights' ? [...READERS, FLAGS] : READERS
  const found = readers.find(([type]) => type.test(dtypeName))
  const isFloat = /^(b?float|safetensors B?F)/.test(dtypeName)
  // A table has no types.
  const isTable = options.inflated?.what !== undefined
  if (!found || (isFloat && wanted === 'integers' && !isTable)) {
    const types =
      wanted === 'integers'
        ? 'int32 or int64'
        : `float16, bfloat16, float32, float64, or integers of up to 64 bits${wanted === 'weights' ? ', or bool' : ''}`
    throw badContent(arrayLabel(array), `dtype ${dtypeName}; ${wanted} are read as ${types}`)
  }
  if (shape.length < 1 || shape.length > 2)
    throw badContent(arrayLabel(array), `shape ${shapeText(shape)}; it takes (count,), or (heads, count)`)
  const [, bytes, read] = found
  requireInflated(array)
  requireBytes(array, bytes)
  const values = readAll(array, bytes, read)
  if (wanted !== 'integers' && !isFloat) requireExact(array, values, wanted)
  if (wanted === 'integers' && isFloat) requireWhole(array, values)
  const isColumn = isTable && shape[1] === 1
  const [rows, count] = shape.length === 1 || isColumn ? [1, shape[0]] : shape
  return {
    address,
    rows,
    count,
    row: (index) => values.subarray(index * count, (index + 1) * count),
    file: array,
  }
}

function readAll(array: StoredArray, bytes: number, read: Reader): Float64Array {
  const count = elementCount(array.shape)
  const values = new Float64Array(count)
  const [rows, columns] = array.shape.length === 1 ? [1, count] : array.shape
  withInputFile(
    array.path,
    (file) => {
      const all = file.bytes(array.offsetBytes, count * bytes)
      const view = new DataView(all.buffer, all.byteOffset, all.byteLength)
      for (let at = 0; at < count; at++) {
        const place = array.fortranOrder ? (at % rows) * columns + Math.floor(at / rows) : at
        values[place] = read(view, at * bytes, !array.bigEndian)
      }
    },
    array.inflatedPath ?? array.path,
  )
  return values
}

/** Throws Content where an integer is not exact in float64. */
function requireExact(array: StoredArray, values: Float64Array, wanted: string): void {
  const at = values.findIndex((value) => Math.abs(value) > Number.MAX_SAFE_INTEGER)
  if (at < 0) return
  const message = `entry ${at} is 2^53 or more in magnitude; integers are ${wanted} below it, where float64 rounds none`
  throw badContent(arrayLabel(array), message)
}

/** Throws Content where a number is no whole one. */
function requireWhole(array: StoredArray, values: Float64Array): void {
  const at = values.findIndex((value) => !Number.isSafeInteger(value))
  if (at >= 0) throw badContent(arrayLabel(array), `entry ${at} is ${values[at]}; whole numbers are needed`)
}
