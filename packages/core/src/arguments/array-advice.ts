import { types } from 'node:util'

/** What to do with a `value` that is no array of floats, to be added to a message: only what gives the right numbers. */
export function arrayAdvice(value: unknown): string {
  if (Buffer.isBuffer(value)) return bufferAdvice(value)
  if (types.isUint16Array(value))
    return '; where they are the bits of float16 or bfloat16, they must be widened to float32 first'
  if (types.isBigInt64Array(value) || types.isBigUint64Array(value))
    return [...value].every(isExact)
      ? typed('numbers')
      : '; some of its values are beyond 2^53, where float64 does not tell neighbours apart'
  if (types.isTypedArray(value)) return typed('numbers')
  return Array.isArray(value) ? listAdvice(value) : ''
}

function bufferAdvice({ length }: Buffer): string {
  if (length % 4 !== 0) return ''
  return ': for the float32 numbers whose bytes it holds, `new Float32Array(new Uint8Array(buffer).buffer)`'
}

function listAdvice(items: readonly unknown[]): string {
  if (areNumbers(items)) return typed('numbers')
  const rows = Array.from(items)
  const width = lengthOf(rows[0])
  if (rows.some((row) => lengthOf(row) !== width)) return '; its items are no numbers'
  if (rows.every((row) => Array.isArray(row) && areNumbers(row))) return typed('numbers.flat()')
  if (rows.every((row) => types.isFloat32Array(row) || types.isFloat64Array(row)))
    return typed('numbers.flatMap((row) => [...row])')
  return '; its items are no numbers'
}

/** Of a row of numbers; undefined for all else. */
function lengthOf(row: unknown): number | undefined {
  return Array.isArray(row) || types.isTypedArray(row) ? row.length : undefined
}

/** Holes, texts and null are none: `Number` would make zeros or NaN of them. */
function areNumbers(items: readonly unknown[]): boolean {
  return Array.from(items).every((item) => typeof item === 'number' || isExact(item))
}

function isExact(value: unknown): boolean {
  return typeof value === 'bigint' && value <= 2n ** 53n && value >= -(2n ** 53n)
}

function typed(numbers: string): string {
  return `, as \`Float64Array.from(${numbers}, Number)\``
}
