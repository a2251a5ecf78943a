import { extname } from 'node:path'
import { optionText } from '../arguments/option-text.ts'
import { counted } from '../errors/counted.ts'
import { type ErrorPlace, isLevError, LevError } from '../errors/errors.ts'
import { listText } from '../errors/list-text.ts'
import { fileWord, isTypable, nameFor } from '../files/typed-code.ts'
import { refusal } from '../files/refusal.ts'
import { shownCell } from './shown-cell.ts'
import { columnsText } from './column-choice.ts'
import type { TableSurvey } from './column-survey.ts'
import {
  columnsAdvice,
  columnWord,
  holdsText,
  isRead,
  oneColumnAdvice,
  type TableColumn,
} from './table-column.ts'
import type { TableHead } from './table-head.ts'

/** Where a table lies, and how it is read. */
interface OfTable {
  readonly path: string
  readonly head: TableHead
  /** What its columns hold; asked for only where it serves. */
  readonly survey: () => Promise<TableSurvey>
  readonly isGzip: boolean
}

/** `cause`; but where it is about a cell of the table, with the columns that can be read, which it takes all rows to know. */
export async function adviseColumns(cause: unknown, table: OfTable): Promise<unknown> {
  if (!isCellError(cause, table.path)) return cause
  const found = await surveyed(table)
  if (found === undefined) return cause
  const chosen = chosenOf(found.columns, table.head)
  const bad = found.columns.find(({ index }) => index === cause.place.column)
  // One column was named, or is to be.
  if (table.head.isVector || table.head.column !== undefined) {
    const { remedy: _, ...place } = cause.place
    // Who named a column of numbers means that one: another's numbers would be taken for it.
    const isMeant = table.head.column !== undefined && bad !== undefined && hasGaps(bad)
    const advice = isMeant
      ? `: ${bad.missing} of its ${found.rows} values are missing; fill them in. Weights that stand in the table of the rows themselves are --weight-column ${columnWord(bad, found.columns)}, whose rows --drop-missing can leave out`
      : oneColumnAdvice(table.path, found.columns)
    return new LevError(cause.tag, cause.message + advice, place, { cause })
  }
  const mayName = !table.head.hasChoice && table.head.idField === undefined
  const again = writtenAgain(bad, table, chosen)
  const isAll = !table.head.hasChoice && chosen.length > 0
  if (again === undefined && isAll && chosen.every(({ isAllText = false }) => isAllText))
    return refusal('Content', table.path, textOnly(chosen), {}, cause)
  const proposed = chosen.filter(({ index }) => index !== table.head.weightField)
  const choice = columnsAdvice(proposed, mayName)
  const commas = choice === '' && chosen.some(hasCommas) ? withoutCommas(table, chosen) : undefined
  const advice = again ?? (commas === undefined ? choice : `. ${commas}`)
  if (cause.place.remedy?.kind !== 'missing') {
    const gaps = table.head.hasChoice ? [] : proposed.filter(hasGaps)
    if (advice === '' && gaps.length > 0) return gapsAlone(cause, gaps)
    const others = (advice === '' ? kindsText(proposed, found.rows) : '') + categoriesText(bad)
    if (gaps.length === 0)
      return new LevError(cause.tag, cause.message + advice + others, cause.place, { cause })
    const columns = `${gaps.length === 1 ? 'column' : 'columns'} ${listText(gaps.map(shownColumn))}`
    const all = columnsText(proposed.filter((one) => isRead(one) || hasGaps(one)).map(({ index }) => index))
    const leftOut = `. That leaves out ${columns}, numbers of which some are missing; with ${gaps.length === 1 ? 'it' : 'them'} the columns are ${all}`
    const place: ErrorPlace = { ...cause.place, remedy: { kind: 'missing' } }
    return new LevError(cause.tag, cause.message + advice + leftOut + categoriesText(bad), place, { cause })
  }
  const { remedy, ...place } = cause.place
  const others = otherText(chosen)
  const message = cause.message + advice + missingText(found, chosen) + others
  // Rows are dropped to no end where what is left is none, or no numbers.
  const helps = others === '' && found.missingRows < found.rows
  return new LevError(cause.tag, message, helps ? { ...place, remedy } : place, { cause })
}

/** What serves in place of words that stand in several rows. '' of others. */
function categoriesText(bad: TableColumn | undefined): string {
  const areCategories = bad?.kind === 'text' && bad.isAllText !== false && bad.namesRows !== true
  return areCategories
    ? '. Categories take a column of 0 and 1 for each level (docs/tutorials/tables.md)'
    : ''
}

/** Where no column is of numbers throughout: those of which some are missing. */
function gapsAlone(cause: LevError, gaps: readonly TableColumn[]): LevError {
  const option = optionText('columns', columnsText(gaps.map(({ index }) => index)))
  const message = `${cause.message}, or take the columns of numbers, of which some are missing: ${option}`
  const place: ErrorPlace = { ...cause.place, remedy: { kind: 'missing' } }
  return new LevError(cause.tag, message, place, { cause })
}

/** What columns hold, but for texts, where one alone is not to be read. */
function kindsText(columns: readonly TableColumn[], rows: number): string {
  const others = columns.filter(({ isAllText = false }) => !isAllText)
  if (columns.length === 1 || others.length === 0) return ''
  const shown = others
    .slice(0, SHOWN_COLUMNS)
    .map(
      (column) =>
        `${shownColumn(column)} has ${column.kind === 'text' ? 'numbers and ' : ''}${holdsText(column, rows)}`,
    )
  return `. No column is of numbers throughout: ${shown.join('; ')}`
}

/** Columns that a message shows what they hold. */
const SHOWN_COLUMNS = 6

/** Says of columns of a matrix, none of which has a number, what they hold. */
function textOnly(columns: readonly TableColumn[]): string {
  const shown = columns
    .slice(0, SHOWN_COLUMNS)
    .map((column) => `${shownColumn(column)}, as '${column.example ?? ''}'`)
  const more = columns.length > SHOWN_COLUMNS ? ` and ${columns.length - SHOWN_COLUMNS} more` : ''
  const found = columns.length === 1 ? 'its column is text' : 'its columns are text'
  return `holds no number: ${found}: ${shown.join('; ')}${more}. A matrix is made of columns of numbers`
}

/** Numbers, of which some are missing. */
function hasGaps({ kind, missing = 0 }: TableColumn): boolean {
  return (kind === 'number' || kind === 'flag') && missing > 0
}

/** Columns that hold more than numbers and gaps. */
function otherText(chosen: readonly TableColumn[]): string {
  const others = chosen.filter(({ kind }) => kind !== 'number' && kind !== 'flag' && kind !== 'missing')
  if (others.length === 0) return ''
  const [{ example = '' }] = others
  const columns = `${others.length === 1 ? 'column' : 'columns'} ${listText(others.map(shownColumn))}`
  return `. There is more than numbers and gaps in ${columns}, as '${example}'`
}

/** How many rows a missing value costs, and which columns have some. */
function missingText({ rows, missingRows }: TableSurvey, chosen: readonly TableColumn[]): string {
  const names = chosen.filter(({ missing = 0 }) => missing > 0).map(shownColumn)
  const columns = `${names.length === 1 ? 'column' : 'columns'} ${listText(names)}`
  return `. In all, ${missingRows} of ${counted(rows, 'row')} ${missingRows === 1 ? 'has' : 'have'} a missing value, in ${columns}`
}

/** A column as a message calls it. */
function shownColumn({ name, index }: TableColumn): string {
  return name === '' ? `${index}` : shownCell(name)
}

/** Undefined where the table cannot be read to its end: no choice of columns helps then. */
async function surveyed({ survey }: OfTable): Promise<TableSurvey | undefined> {
  try {
    return await survey()
  } catch {
    return undefined
  }
}

/** The Content error about a first column that counts the rows: a data frame's index, which may be meant or not. */
export async function rowNumbersError({ path, head, survey }: OfTable): Promise<LevError> {
  const { columns } = await survey()
  const found = 'its first column has no name and counts the rows, as the index of a data frame does'
  if (head.isVector) {
    const advice = oneColumnAdvice(path, columns, ({ index }) => index > 0)
    return refusal('Content', path, found + advice)
  }
  // Those with gaps too: what is to be done about these is told next.
  const ofNumbers = columns.filter(
    ({ kind, index }) => (kind === 'number' || kind === 'flag') && index !== head.weightField,
  )
  const others = columnsText(ofNumbers.filter(({ index }) => index > 0).map(({ index }) => index))
  const all = columnsText(ofNumbers.map(({ index }) => index))
  const [without, withIt] = [others, all].map((text) => (text === '' ? `1:${head.slots.length}` : text))
  const message = `${found}. To leave it out add ${optionText('columns', without)}, to take it as numbers ${optionText('columns', withIt)}`
  return refusal('Content', path, message)
}

function isCellError(error: unknown, path: string): error is LevError {
  return isLevError(error, 'Content') && error.place.file === path && error.place.column !== undefined
}

/** Those of the matrix, in its order. */
export function chosenOf(columns: readonly TableColumn[], { slots }: TableHead): TableColumn[] {
  return columns.filter(({ index }) => slots[index] >= 0).sort((a, b) => slots[a.index] - slots[b.index])
}

function lineFor(bad: TableColumn, table: OfTable, columns: readonly TableColumn[]): string | undefined {
  if (hasCommas(bad)) return withoutCommas(table, columns)
  return bad.kind === 'other minus' ? minusLine(table, bad) : commaLine(table, bad)
}

/** What to do about decimal commas and other signs that a line of shell changes. */
function writtenAgain(
  bad: TableColumn | undefined,
  table: OfTable,
  columns: readonly TableColumn[],
): string | undefined {
  const line = bad && lineFor(bad, table, columns)
  return line && `. ${line}`
}

/** What writes a table with commas whose one column seems to be several, with bars between them. */
export function commaLine(
  { path, head, isGzip }: Omit<OfTable, 'survey'>,
  { example = '' }: TableColumn,
): string | undefined {
  if (head.slots.length > 1 || !example.includes('|') || isGzip || !isTypable(path)) return undefined
  const to = nameFor(path, '-comma', extname(path))
  return `Are its fields separated by |? Write them with commas: \`tr '|' , < ${fileWord(path)} > ${fileWord(to)}\``
}

/** What writes a table with hyphens for minus signs. */
function minusLine({ path, isGzip }: OfTable, { example = '' }: TableColumn): string | undefined {
  if (isGzip || !isTypable(path)) return undefined
  const to = nameFor(path, '-hyphen', extname(path))
  return `Write it with hyphens: \`sed 's/${example[0]}/-/g' < ${fileWord(path)} > ${fileWord(to)}\``
}

/** Its numbers have commas, of whatever kind. */
export function hasCommas({ kind }: TableColumn): boolean {
  return kind === 'decimal comma' || kind === 'thousands' || kind === 'either comma'
}

/**
 * What the commas in the numbers of a table are: of a table with other separators, where no words have some. `either`: all have three
 * digits behind them, and nothing beside them tells. Undefined where some are of each kind.
 */
function commasOf(columns: readonly TableColumn[]): 'decimal' | 'thousands' | 'either' | undefined {
  const isDecimal = columns.some(({ kind }) => kind === 'decimal comma')
  // Where the point is the decimal one the comma is not.
  const isThousands = columns.some(({ kind, hasFractions = false }) => kind === 'thousands' || hasFractions)
  if (isDecimal) return columns.some(({ kind }) => kind === 'thousands') ? undefined : 'decimal'
  return isThousands ? 'thousands' : 'either'
}

/**
 * What writes a table without the commas in its numbers: decimal ones as points, those of thousands not at all; both lines where they may
 * be either. Undefined where it would change more.
 */
export function withoutCommas(
  { path, head, isGzip }: Omit<OfTable, 'survey'>,
  columns: readonly TableColumn[],
): string | undefined {
  if (!columns.some(hasCommas)) return undefined
  // A comma that is no part of a number is in none of these, or in texts.
  const hasText = columns.some(({ kind }) => kind === 'text')
  const isSafe = columns.every(
    (column) =>
      hasCommas(column) ||
      ['number', 'flag', 'missing'].includes(column.kind) ||
      (column.kind === 'text' && column.isAllText === true),
  )
  const commas = commasOf(columns)
  if (!isSafe || isGzip || !isTypable(path) || commas === undefined) return undefined
  const line = (command: string, end: string) =>
    `\`${command} < ${fileWord(path)} > ${fileWord(nameFor(path, end, extname(path)))}\``
  // Between commas, numbers with some stand in quotes.
  const isQuoted = head.separator === COMMA
  const [before, kept] = isQuoted ? ['"([-+]?[0-9]+)', '"'] : ['([0-9])', '']
  const ofNumbers = isQuoted || hasText
  const points = line(ofNumbers ? `sed -E 's/${before},([0-9])/${kept}\\1.\\2/g'` : 'tr , .', '-point')
  const plain = line(
    ofNumbers ? `sed -E -e :a -e 's/${before},([0-9])/${kept}\\1\\2/' -e ta` : 'tr -d ,',
    '-plain',
  )
  if (commas === 'decimal') return `Write it with points: ${points}`
  if (commas === 'thousands') return `Write it without commas: ${plain}`
  return `Where commas are between thousands, write it without them: ${plain}; where they are decimal ones, with points: ${points}`
}

const COMMA = 0x2c
