import type { StoredArray } from '../formats/stored-array.ts'

/** One number of a record. */
export interface RecordField {
  /** From the record's beginning. */
  readonly offset: number
  readonly bytes: number
  /** True of a 64-bit integer. */
  readonly isWide: boolean
  readonly isSigned: boolean
  readonly bigEndian: boolean
}

/** `[('a', '<f8'), ('b', '|i1')]`: plain numbers alone. */
const RECORD = /^\[\s*(?:\(\s*'[^'\\]*'\s*,\s*'[<>|=]?[iufb?]\d?'\s*\)\s*,?\s*)+\]$/
const FIELD = /,\s*'([<>|=]?)([iufb?])(\d?)'\s*\)/g

/** The fields of the records of `array`, one behind the other; undefined where they are not all plain numbers. */
export function recordTypes(array: Pick<StoredArray, 'recordDescr'>): readonly RecordField[] | undefined {
  const { recordDescr } = array
  if (recordDescr === undefined || !RECORD.test(recordDescr)) return undefined
  const fields: RecordField[] = []
  let offset = 0
  for (const [, order, kind, digits] of recordDescr.matchAll(FIELD)) {
    const bytes = digits === '' ? 1 : Number(digits)
    const isWide = bytes === 8 && (kind === 'i' || kind === 'u')
    fields.push({ offset, bytes, isWide, isSigned: kind === 'i', bigEndian: order === '>' })
    offset += bytes
  }
  return fields
}
