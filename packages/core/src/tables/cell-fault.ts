import { counted } from '../errors/counted.ts'
import type { ErrorPlace, LevError } from '../errors/errors.ts'
import { refusal } from '../files/refusal.ts'
import { cellKind, cellNumber } from './cell-value.ts'
import { shownCell } from './shown-cell.ts'
import type { LineLayout } from './table-head.ts'

/** Where a line of a table stands. */
export interface LinePlace {
  readonly path: string
  /** Row of the matrix. */
  readonly row: number
  /** In the file, counted from 1 as editors do. */
  readonly line: number
}

/**
 * The Content error about a line with these fields, one of which is no number, or of which there are too few or too many. Which columns
 * are numbers throughout takes the whole table: `adviseColumns` adds it.
 */
export function lineFault(fields: readonly string[], layout: LineLayout, place: LinePlace): LevError {
  const { slots, names, keepsMissing } = layout
  const { path, row, line } = place
  if (fields.length !== slots.length) {
    const message = `row ${row} (line ${line}) has ${counted(fields.length, 'field')}, and others have ${slots.length}. Was the file cut off, or is a field with the separator in it not quoted?`
    return refusal('Content', path, message, { row })
  }
  const field = fields.findIndex(
    (text, i) =>
      slots[i] >= 0 && Number.isNaN(cellNumber(text)) && !(keepsMissing && cellKind(text) === 'missing'),
  )
  if (field < 0) {
    const message = `row ${row} (line ${line}) is no line of numbers: a carriage return, a no-break space or another character that does not show stands in it`
    return refusal('Content', path, message, { row })
  }
  const text = fields[field]
  const name = names.at(field)
  const where = `row ${row} (line ${line}), column ${field}${name === undefined || name === '' ? '' : ` (${name})`}`
  const remedy: ErrorPlace = cellKind(text) === 'missing' ? { remedy: { kind: 'missing' } } : {}
  return refusal('Content', path, `${where} is ${foundText(text)}`, { row, column: field, ...remedy })
}

/** 1.234,5 and 1 234,5 and 1'234.5, as they are written in half of Europe. */
const GROUPED = /^[+-]?\d{1,3}(?:\.\d{3})*(?:[.'’\s]\d{3})+(?:[.,]\d+)?$/u

const REMOVE = 'Every entry must be a number: remove or fill in such rows'

function foundText(text: string): string {
  if (text === '') return `empty: a missing value. ${REMOVE}`
  const shown = `'${shownCell(text)}'`
  switch (cellKind(text)) {
    case 'missing':
      return `${shown}: a missing value. ${REMOVE}`
    case 'infinite':
      return `${shown}: not finite. ${REMOVE.replace('a number', 'a finite number')}`
    case 'beyond range':
      return `${shown}: beyond the range of float64. ${REMOVE}`
    case 'wide':
      return `${shown}: an integer beyond 2^53 in magnitude, where float64 does not tell neighbours apart. Subtract what all have in common, or write it with a decimal point where that does not matter`
    case 'other minus':
      return `${shown}: its minus is U+${text.charCodeAt(0).toString(16).padStart(4, '0').toUpperCase()}, and numbers have a hyphen there`
    case 'decimal comma':
      return `${shown}: numbers have a decimal point here, not a comma`
    case 'thousands':
    case 'either comma':
      return `${shown}: numbers have a decimal point here and no commas between thousands`
    default:
      if (GROUPED.test(text))
        return `${shown}: numbers have a decimal point here and no signs between thousands. Write it without them`
      return text.includes('\0')
        ? `${shown}: a zero byte, which no text has. Was the file damaged, or written while it was copied?`
        : `${shown}: no number. ${REMOVE}`
  }
}
