import type { ArrayIndex, ErrorPlace, Remedy } from '../errors/errors.ts'
import { elementAdvice } from './element-advice.ts'
import { refusal } from '../files/refusal.ts'
import { arrayLabel, type StoredArray } from '../formats/stored-array.ts'
import { addressWord, PIPE } from '../files/typed-code.ts'

const ACCEPTED = 'accepted are float16, float32, float64, bfloat16 and integers of 8 to 64 bits'

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

/**
 * The Content error for an array whose leading axes are not all selected, or too many; `indices` are the first ones that are
 * selected.
 */
export function severalMatrices(array: StoredArray, indices: ArrayIndex, found: string): Error {
  const layout = indices.length === 0 ? rowsFirstLayout(array.shape.length) : undefined
  const other =
    layout === undefined ? '' : `, or \`${rowsFirstAddress(array)}\` where the rows stand before the heads`
  const doing = array.path === PIPE ? 'name a file in place of the pipe, as in' : 'type'
  const message = `${found}; for one of them ${doing} \`${matrixAddress(array, indices)}\`${other}`
  const remedy: Remedy = { kind: 'heads', ...(layout === undefined ? {} : { layout }) }
  return refusal('Content', arrayLabel(array), message, array.shape.length <= 5 ? { remedy } : {})
}

/** The layout of so many axes with the rows before the heads, where one matrix is not told by leading axes; undefined of others. */
export function rowsFirstLayout(axisCount: number): string | undefined {
  return ({ 4: 'bshd', 5: 'lbshd' } as Readonly<Record<number, string>>)[axisCount]
}

/** The address of the first head of `array` [..., rows, heads, columns]. */
export function rowsFirstAddress({
  path,
  name,
  shape,
}: Pick<StoredArray, 'path' | 'name' | 'shape'>): string {
  const leading = Array.from({ length: shape.length - 3 }, () => 0)
  return addressWord(path, `${name}[${[...leading, ':', 0].join(',')}]`)
}

/** The address of one matrix of `array`: as many of `indices` as there are leading axes, 0 where these do not say. */
export function matrixAddress({ path, name, shape }: StoredArray, indices: ArrayIndex): string {
  const index = Array.from({ length: shape.length - 2 }, (_, axis) => indices.at(axis) ?? 0).map((at) =>
    at === ':' ? 0 : at,
  )
  return addressWord(path, `${name}[${index.join(',')}]`)
}
