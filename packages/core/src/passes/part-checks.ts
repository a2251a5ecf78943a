import { isLevError } from '../errors/errors.ts'
import { requireGram } from '../validation/block-checks.ts'
import type { RowRange } from '../matrix/row-ranges.ts'

/** Thrown where a part's value is not one that its step gives: `message` says what is wrong with which field. */
export class PartFault extends Error {}

export function fault(field: string, wanted: string, found: unknown): PartFault {
  return new PartFault(`its '${field}' should be ${wanted}, and is ${textOf(found)}`)
}

const MOST_CHARACTERS = 60

function textOf(found: unknown): string {
  if (ArrayBuffer.isView(found)) return `a ${found.constructor.name}`
  // JSON has no undefined, and no NaN.
  const text = typeof found === 'number' ? String(found) : (JSON.stringify(found) ?? 'absent')
  return text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS)}…` : text
}

export function recordOf(value: unknown, field: string): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value))
    return value as Record<string, unknown>
  throw fault(field, 'a record', value)
}

export function wholeNumber(
  value: unknown,
  field: string,
  least = 0,
  most = Number.MAX_SAFE_INTEGER,
): number {
  if (Number.isSafeInteger(value) && Number(value) >= least && Number(value) <= most) return Number(value)
  throw fault(field, `a whole number from ${least} to ${most}`, value)
}

/** NaN is none. */
export function numberIn(value: unknown, field: string, least: number, most: number): number {
  if (typeof value === 'number' && value >= least && value <= most) return value
  throw fault(field, `a number from ${least} to ${most}`, value)
}

export function truthOf(value: unknown, field: string): boolean {
  if (typeof value === 'boolean') return value
  throw fault(field, 'true or false', value)
}

type Numbers = Float64Array | Float32Array | Uint32Array | Int32Array

/** An array of `type` with `length` numbers, where that is known. */
export function arrayOf<T extends Numbers>(
  value: unknown,
  type: new (length: number) => T,
  field: string,
  length?: number,
): T {
  if (!(value instanceof type)) throw fault(field, `a ${type.name}`, value)
  if (length !== undefined && value.length !== length)
    throw fault(field, `${length} numbers`, `${value.length} of them`)
  return value
}

/** Throws at the first of `values` that is not `good`. */
export function each(
  values: ArrayLike<number>,
  field: string,
  wanted: string,
  good: (value: number, index: number) => boolean,
): void {
  for (let i = 0; i < values.length; i++) {
    if (!good(values[i], i))
      throw new PartFault(`its '${field}' should be ${wanted}, and is ${values[i]} at index ${i}`)
  }
}

export function finite(values: ArrayLike<number>, field: string): void {
  each(values, field, 'finite numbers', Number.isFinite)
}

export function within(values: ArrayLike<number>, field: string, least: number, most: number): void {
  each(values, field, `numbers from ${least} to ${most}`, (value) => value >= least && value <= most)
}

/** Row ids of `range`, ascending, each once. */
export function ascendingIds(values: Float64Array, field: string, { rowStart, rowEnd }: RowRange): void {
  const wanted = `row ids from ${rowStart} to ${rowEnd - 1}, ascending, each once`
  const isId = (id: number, i: number) =>
    Number.isInteger(id) && id >= rowStart && id < rowEnd && (i === 0 || id > values[i - 1])
  each(values, field, wanted, isId)
}

/** Throws PartFault unless `value` can be the Gram [dim, dim] of `rowCount` rows, or of any number of them. */
export function checkGram(value: unknown, dim: number, rowCount?: number): Record<string, unknown> {
  const parts = recordOf(value, 'gram')
  const rows = wholeNumber(parts.rowCount, 'rowCount', rowCount ?? 0, rowCount)
  const depth = wholeNumber(parts.depth, 'depth', 0, 4 * rows + 64)
  const gram = arrayOf(parts.gram, Float64Array, 'gram', dim * dim)
  try {
    requireGram('the part', 'gram', gram, { dim, rowCount: rows, relTol: (depth + 2) * 2 ** -52 })
  } catch (error) {
    if (isLevError(error, 'Content'))
      throw new PartFault(error.message.replace(/^.*?: |; the file is not usable.*$/g, ''))
    throw error
  }
  return parts
}
