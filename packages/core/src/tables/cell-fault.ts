import { optionText } from '../arguments/option-text.ts'
import { counted } from '../errors/counted.ts'
import type { LevError } from '../errors/errors.ts'
import { NUMBER } from '../foreign/number-table.ts'
import { refusal } from '../files/refusal.ts'
import { columnsText } from './column-choice.ts'
import type { LineLayout } from './table-head.ts'

/** Where a line of a table stands. */
export interface LinePlace {
  readonly path: string
  /** Row of the matrix. */
  readonly row: number
  /** In the file, counted from 1 as editors do. */
  readonly line: number
}

/** Longest piece of a cell that a message repeats. */
const SHOWN_CHARS = 40

/** The Content error about a line with these fields, one of which is no number, or of which there are too few or too many. */
export function lineFault(fields: readonly string[], layout: LineLayout, place: LinePlace): LevError {
  const { slots, names } = layout
  const { path, row, line } = place
  if (fields.length !== slots.length) {
    const message = `row ${row} (line ${line}) has ${counted(fields.length, 'field')}, and others have ${slots.length}. Was the file cut off, or is a field with the separator in it not quoted?`
    return refusal('Content', path, message, { row })
  }
  const field = fields.findIndex((text, i) => slots[i] >= 0 && !isFiniteNumber(text))
  if (field < 0) {
    const message = `row ${row} (line ${line}) is no line of numbers: a carriage return or another control character stands in it`
    return refusal('Content', path, message, { row })
  }
  const text = fields[field]
  const name = names.at(field)
  const where = `row ${row} (line ${line}), column ${field}${name === undefined || name === '' ? '' : ` (${name})`}`
  return refusal('Content', path, `${where} ${foundText(text)}${adviceFor(fields, layout)}`, {
    row,
    column: field,
  })
}

/** Is `text` a number within float64's range? */
export function isFiniteNumber(text: string): boolean {
  return NUMBER.test(text) && Number.isFinite(Number(text))
}

function foundText(text: string): string {
  if (text === '') return 'is empty: a missing value'
  if (/^(?:nan|na|n\/a|null|none|nil|-|\?|\.)$/i.test(text)) return `is '${text}': a missing value`
  const shown = text.length > SHOWN_CHARS ? `${text.slice(0, SHOWN_CHARS)}…` : text
  if (NUMBER.test(text) || /^[+-]?inf(?:inity)?$/i.test(text))
    return `is '${shown}': beyond the range of float64`
  if (/^[+-]?\d+,\d+$/.test(text)) return `is '${shown}': numbers have a decimal point here, not a comma`
  return `is '${shown}': no number`
}

/** The columns that are numbers in this line, where others are left then. */
function adviceFor(fields: readonly string[], { slots }: LineLayout): string {
  const every = 'Every entry must be a number: remove or fill in such rows'
  const numeric = Array.from(fields.keys())
    .filter((field) => slots[field] >= 0 && isFiniteNumber(fields[field]))
    .sort((a, b) => slots[a] - slots[b])
  if (numeric.length === 0) return `. ${every}`
  return `. ${every}, or leave the column out: ${optionText('columns', columnsText(numeric))}`
}
