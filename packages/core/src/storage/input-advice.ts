import type { ErrorPlace } from '../errors.ts'
import { elementAdvice } from './element-advice.ts'
import { refusal } from './refusal.ts'
import { arrayLabel, type StoredArray } from './stored-array.ts'
import { shellWord } from './typed-code.ts'

const ACCEPTED = 'accepted are float16, float32, float64 and bfloat16'

/** Two-byte elements that may be bfloat16: NumPy saves it as |V2, and others save its bits as integers. */
const BFLOAT16_BITS = /^(?:void|u?int16) \('[<>=|]?[Vui]2'\)$/

/** True where `dtypeName` is of two-byte elements that may be bfloat16. */
export function isBfloat16Bits(dtypeName: string): boolean {
  return BFLOAT16_BITS.test(dtypeName)
}

/** `array` with its elements taken as bfloat16, where `isBfloat16` says so and they are two bytes of no float type. */
export function withBfloat16(array: StoredArray, isBfloat16: boolean | undefined): StoredArray {
  if (!isBfloat16 || !isBfloat16Bits(array.dtypeName)) return array
  return { ...array, dtype: 'bf16', dtypeName: 'bfloat16' }
}

/** The Content error about the type of the elements of `array`: why they are not read, and what to do instead. */
export function unreadType(array: StoredArray): Error {
  const { dtypeName } = array
  const todo = elementAdvice(array)
  const message = `elements of type ${dtypeName}; ${ACCEPTED}${todo === undefined ? '' : `; ${todo}`}`
  const place: ErrorPlace = isBfloat16Bits(dtypeName) ? { remedy: { kind: 'bfloat16' } } : {}
  return refusal('Content', arrayLabel(array), message, place)
}

/** The Content error for an array whose leading axes are not all selected; `indexCount` of them are. */
export function severalMatrices(array: StoredArray, indexCount: number, found: string): Error {
  const { path, name, shape } = array
  const leading = shape.length - 2
  const at = (count: number) => `${path}#${name}[${Array.from({ length: count }, () => 0).join(',')}]`
  // Heads are the last two leading axes, or one.
  const selected = Math.max(indexCount, leading - 2)
  const address = selected === 0 ? arrayLabel(array) : at(selected)
  const message = `${found}; for one of them type \`${shellWord(at(leading))}\``
  return refusal('Content', arrayLabel(array), message, { remedy: { kind: 'heads', address } })
}
