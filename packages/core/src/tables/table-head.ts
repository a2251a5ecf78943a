import { extname } from 'node:path'
import { fileWord, isTypable, nameFor } from '../files/typed-code.ts'
import { optionText } from '../arguments/option-text.ts'
import { counted } from '../errors/counted.ts'
import { readsAsNames, SEPARATORS } from '../foreign/number-table.ts'
import { badContent, refusal } from '../files/refusal.ts'
import { shownCell } from './shown-cell.ts'
import { cellKind, isNumeric, MISSING } from './cell-value.ts'
import { chosenColumns, columnNamed, fieldIn, oneFieldOf, requireNoWeights } from './column-choice.ts'
import { recordsFrom, type TableRecord } from './records.ts'

/** How a table is to be read, where it does not say. */
export interface TableOptions {
  /** Names and numbers of columns, `a,b,3:7`; all by default. */
  readonly columns?: string | undefined
  /** Whether the first line names the columns; by default that is told from what stands there. */
  readonly header?: 'yes' | 'no' | undefined
  /** The column, by name or number, that names the rows: none of the matrix unless `columns` say so. */
  readonly id?: string | undefined
  /** The column, by name or number, that weighs the rows: none of the matrix. */
  readonly weightColumn?: string | undefined
  /** The column, as it stands behind '#', that weighs the rows and is one of the matrix all the same: columns that messages propose are without it. */
  readonly weighing?: string | undefined
  /** nan: a cell that stands for a missing value is NaN; by default it is refused. */
  readonly missing?: 'nan' | undefined
  /** One column alone, by its exact name or its number: as it stands behind '#' in an address. */
  readonly column?: string | undefined
  /** One number a row is wanted: messages say how one column is named, not how several are chosen. */
  readonly isVector?: boolean | undefined
  /** Of one number a row: a first line of 0 alone may be the name that a data frame gave, where few of the numbers are 0. */
  readonly isZeroAsked?: boolean | undefined
}

/** How the lines of a table are read: plain data, so that it crosses threads. */
export interface LineLayout {
  /** Code of the byte between fields; 0 for blanks of any number. */
  readonly separator: number
  /** [fields of a line]: the column of the matrix that each is, -1 for none. */
  readonly slots: Int32Array
  /** Columns of the matrix. */
  readonly cols: number
  /** Of the fields, for messages; none without a header. */
  readonly names: readonly string[]
  /** A missing value is NaN. */
  readonly keepsMissing: boolean
  /** Lines end with a carriage return alone, as old spreadsheets wrote them. */
  readonly endsInReturns?: boolean
}

/** What the beginning of a table says. */
export interface TableHead extends LineLayout {
  /** As messages call it: `comma-separated text (CSV)`. */
  readonly what: string
  /** Byte at which the first line of numbers begins. */
  readonly dataStart: number
  /** Lines before it. */
  readonly linesBefore: number
  /** True where more than line ends and separators has to be heeded: quotes, or lines that end with a carriage return. */
  readonly isQuoted: boolean
  /** Of the columns of the matrix: their names, or their places in the file. */
  readonly columns: readonly string[]
  /** Which field names the row, where one was asked for. */
  readonly idField?: number | undefined
  /** Which field weighs the row, whether it is one of the matrix or not. */
  readonly weightField?: number | undefined
  /** Its first column has no name and counts the rows; nothing says whether it is one of the matrix. */
  readonly hasRowNumbers: boolean
  /** Its columns were chosen. */
  readonly hasChoice: boolean
  /** As `TableOptions`. */
  readonly isVector: boolean
  /** As `TableOptions`. */
  readonly column: string | undefined
}

/** Lines that are looked at to tell the separator. */
const TRIED_LINES = 20
/** Bytes that are looked at for the first lines. */
export const HEAD_BYTES = 2 ** 20

/**
 * What the first bytes of the table at `path` say, with the columns that `options` choose. `isWhole`: they are all of it. Throws Content
 * (no lines of fields, a first line that may or may not name the columns), Option (no such column).
 */
export function tableHead(
  path: string,
  bytes: Uint8Array,
  isWhole: boolean,
  options: TableOptions,
): TableHead {
  // A character a byte: places in the text are places in the file.
  const text = Buffer.from(bytes).toString('latin1')
  const { start, lines } = skipComments(text)
  const { separator, what, records: raw } = separated(path, text, start, isWhole)
  const records = raw.map((record) => ({ ...record, fields: record.fields.map(utf8) }))
  const [first, second] = records
  if (second === undefined && options.header === undefined)
    requireNames(path, text.slice(start, first.end), separator)
  const hasHeader =
    options.header === undefined ? namesColumns(path, what, records, options) : options.header === 'yes'
  const fieldCount = hasHeader && second !== undefined ? second.fields.length : first.fields.length
  const endsInSeparators = hasHeader && haveNoLast(records, first.fields.length)
  const names = hasHeader ? namesOf(first, fieldCount, endsInSeparators) : []
  const fieldOf = (option: 'id' | 'weightColumn') => {
    const typed = options[option]
    return typed === undefined ? undefined : oneFieldOf(path, names, fieldCount, typed, option)
  }
  // As R's read.table takes it: a name less than there are fields, and the first one names the rows.
  const hasRowNames =
    hasHeader &&
    !endsInSeparators &&
    first.fields.length === fieldCount - 1 &&
    records.slice(1).every(({ fields }) => fields.length === fieldCount)
  if (hasRowNames && options.id === undefined) requireNoCommas(path, separator, records)
  const idField = fieldOf('id') ?? (hasRowNames ? 0 : undefined)
  const weightField = fieldOf('weightColumn')
  const dataStart = hasHeader ? first.end : start
  const { columns: typed, column } = options
  const chosen =
    column === undefined
      ? chosenColumns(path, names, fieldCount, typed).filter(
          (field) =>
            typed !== undefined ||
            (field !== idField && field !== weightField && !(endsInSeparators && field === fieldCount - 1)),
        )
      : [columnNamed(path, names, fieldCount, column)]
  requireNoWeights(path, names, chosen, weightField, typed)
  const hasChoice = typed !== undefined || column !== undefined
  const slots = new Int32Array(fieldCount).fill(-1)
  chosen.forEach((field, slot) => (slots[field] = slot))
  return {
    what,
    separator: separator === '' ? 0 : separator.charCodeAt(0),
    slots,
    cols: chosen.length,
    names,
    keepsMissing: options.missing === 'nan',
    dataStart,
    isQuoted: /"|\r(?!\n|$)/.test(text.slice(dataStart)),
    endsInReturns: !text.includes('\n') && text.includes('\r'),
    linesBefore: lines + (hasHeader ? linesIn(text, start, first.end) : 0),
    columns: chosen.map((field) => names.at(field) ?? `${field}`),
    idField,
    weightField: weightField ?? fieldIn(names, fieldCount, options.weighing),
    hasChoice,
    isVector: options.isVector === true,
    column,
    hasRowNumbers: hasHeader && !hasChoice && idField !== 0 && countsRows(names, records.slice(1)),
  }
}

/** A mark of UTF-8, the line that tells Excel the separator, empty lines, and lines that begin with #, as numpy.savetxt writes before its numbers. */
function skipComments(text: string): { start: number; lines: number } {
  const before =
    /^(?:\xef\xbb\xbf)?(?:"?sep=[,;\t|]"?\r?\n)?(?:[ \t]*(?:#[^\n]*)?\r?\n)*/i.exec(text)?.[0] ?? ''
  return { start: before.length, lines: linesIn(before, 0, before.length) }
}

function linesIn(text: string, start: number, end: number): number {
  return text.slice(start, end).split(/\r\n|\n|\r/).length - 1
}

interface Separated {
  readonly separator: string
  readonly what: string
  readonly records: readonly TableRecord[]
}

/** The separator by which the first lines have one number of fields, else that of most fields in the first of them. */
function separated(path: string, text: string, start: number, isWhole: boolean): Separated {
  const tried = SEPARATORS.map((one) => ({
    ...one,
    records: recordsFrom(text, start, one.separator, isWhole, TRIED_LINES),
  }))
  const widthOf = ({ records }: Separated) => records.at(0)?.fields.length ?? 0
  const isEven = (one: Separated) =>
    one.records.every(({ fields }, i) => fields.length === one.records[Math.min(i, 1)].fields.length) &&
    Math.abs(widthOf(one) - (one.records.at(1)?.fields.length ?? widthOf(one))) <= 1
  const isWide = (one: Separated) => (one.records.at(1)?.fields.length ?? widthOf(one)) > 1
  const isSame = ({ records: [one, ...others] }: Separated) =>
    others.every(({ fields }) => fields.length === one.fields.length)
  const even = tried.filter((one) => isWide(one) && isEven(one) && !haveCommas(one))
  const found = even.find(isSame) ?? even.at(0) ?? tried.toSorted((a, b) => widthOf(b) - widthOf(a))[0]
  if (widthOf(found) > 0) return found
  throw badContent(
    path,
    isWhole
      ? 'is text without a line of fields'
      : `has a first line of more than ${counted(HEAD_BYTES, 'byte')}, or a quote that does not end`,
  )
}

/** Lines of numbers with commas in them and semicolons or tabs between them, cut at the commas. */
function haveCommas({ separator, records }: Separated): boolean {
  return (
    separator === ',' && records.some(({ fields }) => fields.some((field) => /\d[;\t][+-]?\d/.test(field)))
  )
}

/** What servers answer in place of a file, in a line or a word. */
const FAILURE =
  /^"?(?:(?:http(?:\/\d\.\d)?\s*)?[45]\d\d\b[\s:-]*)?(?:(?:an?\s)?error(?:[\s:]|"?$)|(?:forbidden|unauthori[sz]ed|not\s?found|access\s?denied|permission\s?denied|bad\s?(?:request|gateway)|internal\s?(?:server\s?)?error|service\s?unavailable|too\s?many\s?requests|gateway\s?time-?out|no\s?such\s?(?:key|bucket|file)|invalid\s?(?:credentials|token)|method\s?not\s?allowed|temporarily\s?unavailable)\b[^,;\t]*$)/i

/** Throws Content where the only line of a table is no row, and reads as a sentence. */
function requireNames(path: string, line: string, separator: string): void {
  const text = Buffer.from(line, 'latin1').toString('utf8').trim()
  const isFailure = FAILURE.test(text)
  if (!isFailure && text.split(separator === '' ? /\s+/ : separator).some((field) => isNumeric(field.trim())))
    return
  if (!isFailure && readsAsNames(text, separator)) return
  const message = `${isFailure ? 'no table: one line' : 'one line without numbers'}, '${shownCell(text)}': a download that failed? Where it names the columns of a table without rows, add ${optionText('header', 'yes')}`
  throw refusal('Content', path, message, { option: 'header' })
}

/**
 * Does the first line name the columns? Some of its fields are text where the line behind it has a number, and none is a number. Throws
 * Content where it may as well be a row.
 */
function namesColumns(
  path: string,
  what: string,
  records: readonly TableRecord[],
  { isVector = false, isZeroAsked = !isVector }: TableOptions,
): boolean {
  const [{ fields }, second, ...others] = records
  if (second === undefined) return !fields.some((field) => isNumeric(field) || MISSING.test(field))
  const shift = Math.max(0, second.fields.length - fields.length)
  // Below it, but for missing values.
  const isOverNumbers = (i: number) =>
    isNumeric(
      [second, ...others]
        .map(({ fields: row }) => row[i + shift] ?? '')
        .find((cell) => !MISSING.test(cell)) ?? '',
    )
  const isName = (field: string, i: number) => !isNumeric(field) && !MISSING.test(field) && isOverNumbers(i)
  const hasNames = fields.some(isName)
  const rows = [second, ...others]
  const ofNumbers = fields.filter((_, i) => isOverNumbers(i))
  // Words over no numbers: what is wrong is in the cells below, not in their names.
  if (!hasNames && fields.every(isWord)) return true
  const mayName =
    isCounted(ofNumbers, rows) ||
    (isZeroAsked && isLoneZero(fields, rows)) ||
    areYears(ofNumbers, rows) ||
    areEven(fields, rows, isOverNumbers) ||
    fields.some((field, i) => isOverLabels(field, rows, i + shift)) ||
    areMissingWords(ofNumbers)
  if (hasNames ? fields.some(isNumeric) : mayName) {
    const shown = fields.slice(0, 3).join(',') + (fields.length > 3 ? ',...' : '')
    const message = `${what}, whose first line, ${shown}, may name the columns or be a row. Add ${optionText('header', 'yes')} where it names them, ${optionText('header', 'no')} where it is a row`
    throw refusal('Content', path, message, { option: 'header' })
  }
  return hasNames
}

/** As a name of a column is: it begins with a letter, and stands for no value. */
function isWord(field: string): boolean {
  return /^[\p{L}_]/u.test(field) && cellKind(field) === 'text'
}

/** The fields that are not empty, each with its place: names may leave gaps, as a data frame's over its index. */
function givenOf(fields: readonly string[]): { place: number; text: string }[] {
  return fields.flatMap((text, place) => (text === '' ? [] : [{ place, text }]))
}

/** 0,1,2 as a data frame without names writes, or 1,2,3 or years over other numbers than integers. */
function isCounted(fields: readonly string[], others: readonly TableRecord[]): boolean {
  const given = givenOf(fields)
  const first = Number(given.at(0)?.text) - (given.at(0)?.place ?? 0)
  if (
    fields.length < 2 ||
    !given.every(({ place, text }) => /^\d+$/.test(text) && Number(text) === first + place)
  )
    return false
  if (Number(given.at(0)?.text) === 0 || given.length > 2) return true
  return haveFractions(others)
}

function haveFractions(rows: readonly TableRecord[]): boolean {
  return rows.some(({ fields }) => fields.some((field) => !Number.isInteger(Number(field))))
}

/** 0 over numbers with fractions, as a series without a name writes. */
function isLoneZero(fields: readonly string[], others: readonly TableRecord[]): boolean {
  return fields.length === 1 && fields[0] === '0' && haveFractions(others)
}

/** 400.0,410.0,420.0 as a spectrum's wavelengths: in equal steps, over numbers that are not. */
function areEven(
  fields: readonly string[],
  others: readonly TableRecord[],
  isOverNumbers: (i: number) => boolean,
): boolean {
  const isEven = (row: readonly string[]) => {
    const given = givenOf(row.map((text, i) => (isOverNumbers(i) ? text : '')))
    const [first, second] = given
    if (given.length < 3) return false
    const step = (Number(second.text) - Number(first.text)) / (second.place - first.place)
    const off = (text: string, place: number) =>
      Math.abs(Number(text) - Number(first.text) - (place - first.place) * step)
    return step !== 0 && given.every(({ place, text }) => off(text, place) <= 1e-6 * Math.abs(step))
  }
  return isEven(fields) && !others.some(({ fields: row }) => isEven(row))
}

/** `sample` over s1, s2, ...: a word without digits over labels that all have some. */
function isOverLabels(field: string, rows: readonly TableRecord[], at: number): boolean {
  const cells = rows.map(({ fields }) => fields[at] ?? '')
  return (
    isWord(field) &&
    !/\d/.test(field) &&
    cells.length > 1 &&
    cells.every((cell) => /\d/.test(cell) && cellKind(cell) === 'text')
  )
}

/** `Na`, or `NA` over all numbers: sodium, or a row of which every value is missing. */
function areMissingWords(fields: readonly string[]): boolean {
  return fields.length > 0 && fields.every((field) => /^[a-z]/i.test(field) && MISSING.test(field))
}

/** Does every line but the first, of `count` names, end in a separator, behind which nothing stands? */
function haveNoLast([, ...rows]: readonly TableRecord[], count: number): boolean {
  return rows.length > 0 && rows.every(({ fields }) => fields.length === count + 1 && fields[count] === '')
}

/** Throws Content where one name stands over two whole numbers: names of rows, or the two parts of decimal commas. */
function requireNoCommas(path: string, separator: string, [, ...rows]: readonly TableRecord[]): void {
  const isWhole = (field: string) => /^[+-]?\d+$/.test(field)
  if (separator !== ',' || !rows.every(({ fields }) => fields.length === 2 && fields.every(isWhole))) return
  const message =
    `one name stands over two whole numbers in each line, as ${rows[0].fields.join(',')}: decimal commas, or names of rows in front? ` +
    `${pointsLine(path)}; where the first ones name the rows add ${optionText('id', '0')}`
  throw refusal('Content', path, message, { option: 'id' })
}

/** 2019,2020 over other numbers, or 1990 over those beside names; 2019,2019,2024 over fractions. */
function areYears(fields: readonly string[], others: readonly TableRecord[]): boolean {
  const given = givenOf(fields)
  const isYear = (text: string) => /^(?:1[5-9]|20)\d\d$/.test(text)
  if (given.length === 0 || !given.every(({ text }) => isYear(text))) return false
  const years = given.map(({ text }) => Number(text))
  const areConsecutive = given.every(({ place }, i) => years[i] === years[0] + place - given[0].place)
  const areInOrder = years.length > 1 && years.every((year, i) => i === 0 || year >= years[i - 1])
  return (
    (areConsecutive || (areInOrder && haveFractions(others))) &&
    others.some((record) => record.fields.some((field) => isNumeric(field) && !isYear(field)))
  )
}

function pointsLine(path: string): string {
  if (!isTypable(path) || path.endsWith('.gz')) return 'Write decimal commas as points'
  const to = nameFor(path, '-point', extname(path))
  return `Write decimal commas as points: \`sed 's/,/./' < ${fileWord(path)} > ${fileWord(to)}\``
}

/** One for each field; R leaves the one over the names of rows out, and none stands over what is behind a last separator. */
function namesOf({ fields }: TableRecord, fieldCount: number, endsInSeparators: boolean): string[] {
  if (endsInSeparators) return [...fields, '']
  return fields.length === fieldCount - 1 ? ['', ...fields] : [...fields]
}

/** Of a text that has a character a byte. */
function utf8(field: string): string {
  return Buffer.from(field, 'latin1').toString('utf8')
}

/** Does a first column without a name count the rows? A data frame's index does, and may be meant or not. */
function countsRows(names: readonly string[], rows: readonly TableRecord[]): boolean {
  if (names[0] !== '' || names.length < 2 || rows.length === 0) return false
  const first = Number(rows[0].fields[0])
  return rows.every(({ fields }, i) => fields[0] !== '' && Number(fields[0]) === first + i)
}
