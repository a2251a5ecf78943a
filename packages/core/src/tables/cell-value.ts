import { NUMBER } from '../foreign/number-table.ts'

/**
 * What a cell of text holds; `wide`: an integer that float64 does not hold exactly; `either comma`: 1,234, which is 1.234 in half of the
 * world and 1234 in the other.
 */
export type CellKind =
  | 'number'
  | 'flag'
  | 'wide'
  | 'infinite'
  | 'beyond range'
  | 'missing'
  | 'decimal comma'
  | 'thousands'
  | 'either comma'
  | 'other minus'
  | 'text'

/** Beyond it float64 does not tell neighbours apart. */
export const LARGEST_EXACT = 2 ** 53

const FLAG = /^(?:true|false)$/i
const INTEGER = /^[+-]?\d+$/
/** Of R, pandas (NaT, <NA>), spreadsheets (#N/A, #DIV/0! and their other errors), Weka (?), SAS and Stata (.). */
export const MISSING =
  /^(?:|[+-]?nan|na|n\/a|#n\/a|#n\/a n\/a|#na|#div\/0!|#value!|#ref!|#name\?|#num!|#null!|<na>|nat|null|none|nil|-|\?|\.)$/i
const INFINITE = /^[+-]?inf(?:inity)?$/i
/** A minus sign or a dash that is no hyphen, before a number. */
export const OTHER_MINUS = /^[\u2212\u2010-\u2014\ufe63\uff0d]\s?(?=[\d.])/
/** 1,234,567 and 1,234.5, and with one comma alone 1,234. */
const THOUSANDS = /^[+-]?[1-9]\d{0,2}(?:,\d{3})+(?:\.\d*)?$/
const ONE_GROUP = /^[+-]?\d+,\d{3}$/
const DECIMAL_COMMA = /^[+-]?\d*,\d+(?:[eE][+-]?\d+)?$/

/** What `text`, without blanks around it, holds. */
export function cellKind(text: string): CellKind {
  if (NUMBER.test(text)) {
    const value = Number(text)
    if (!Number.isFinite(value)) return 'beyond range'
    return Math.abs(value) >= LARGEST_EXACT &&
      INTEGER.test(text) &&
      BigInt(text.replace('+', '')) !== BigInt(value)
      ? 'wide'
      : 'number'
  }
  if (FLAG.test(text)) return 'flag'
  if (MISSING.test(text)) return 'missing'
  if (INFINITE.test(text)) return 'infinite'
  if (NUMBER.test(text.replace(OTHER_MINUS, '-'))) return 'other minus'
  if (THOUSANDS.test(text)) return ONE_GROUP.test(text) ? 'either comma' : 'thousands'
  return DECIMAL_COMMA.test(text) ? 'decimal comma' : 'text'
}

/** The number that a cell is read as, of true and false in any case 1 and 0; NaN where it is none. */
export function cellNumber(text: string): number {
  const kind = cellKind(text)
  if (kind === 'flag') return text.length === 4 ? 1 : 0
  return kind === 'number' ? Number(text) : NaN
}

/** Whether `text` stands for a number, one that cannot be read too: no name of a column does. */
export function isNumeric(text: string): boolean {
  const kind = cellKind(text)
  return kind !== 'text' && kind !== 'missing'
}
