import { optionText } from '../arguments/option-text.ts'
import { fileWord, isTypable } from '../files/typed-code.ts'
import type { CellKind } from './cell-value.ts'
import { columnsText } from './column-choice.ts'

/** What a column of a table holds. */
export interface TableColumn {
  /** From 0, in the file. */
  readonly index: number
  /** '' where it has none. */
  readonly name: string
  /** Of all its cells that are there: of the least readable of them. */
  readonly kind: CellKind
  /** Cells that are empty, or stand for a missing value; undefined where that is not known. */
  readonly missing?: number
  /** Some of its numbers have a decimal point. */
  readonly hasFractions?: boolean
  /** Its first cell that is no number, shortened. */
  readonly example?: string
  /** What it holds, in words, where `kind` does not tell. */
  readonly what?: string
  /** Of text: whether no cell of it is anything but text, or missing; undefined where that is not known. */
  readonly isAllText?: boolean
  /** Text, another in each row, as far as was looked. */
  readonly namesRows?: boolean
}

/** Whether a matrix can be made of it. */
export function isRead({ kind, missing = 0 }: TableColumn): boolean {
  return (kind === 'number' || kind === 'flag') && missing === 0
}

/** What it holds, for people; of a table of so many rows. */
export function holdsText(
  { kind, missing = 0, example = '', what, namesRows }: TableColumn,
  rows: number,
): string {
  const gaps = missing === 0 ? '' : `, ${missing} of ${rows} missing`
  if (what !== undefined) return what + gaps
  switch (kind) {
    case 'number':
      return `numbers${gaps}`
    case 'flag':
      return `true and false, read as 1 and 0${gaps}`
    case 'missing':
      return 'nothing: every cell is missing'
    case 'decimal comma':
      return `numbers with a decimal comma, as '${example}'${gaps}`
    case 'thousands':
      return `numbers with commas between thousands, as '${example}'${gaps}`
    case 'either comma':
      return `numbers with commas between thousands, or decimal ones, as '${example}'${gaps}`
    case 'other minus':
      return `numbers with another minus sign than a hyphen, as '${example}'${gaps}`
    case 'wide':
      return `integers beyond 2^53, as ${example}${gaps}`
    case 'infinite':
      return `numbers, some not finite, as '${example}'${gaps}`
    case 'beyond range':
      return `'${example}' and others beyond the range of float64${gaps}`
    default:
      return `text, as '${example}'${namesRows === true ? ', another in each row' : ''}${gaps}`
  }
}

/** Numbers of columns as they are typed, of those among `columns` that can be read; '' where there are none. */
export function readColumnsText(columns: readonly TableColumn[]): string {
  return columnsText(columns.filter(isRead).map(({ index }) => index))
}

/** The one column that names the rows where all others can be read: leaving it out is enough. */
export function namingColumn(columns: readonly TableColumn[]): TableColumn | undefined {
  const others = columns.filter((column) => !isRead(column))
  const [one] = others
  return others.length === 1 &&
    columns.length > 1 &&
    one.kind === 'text' &&
    one.isAllText !== false &&
    (one.index === 0 || one.namesRows === true)
    ? one
    : undefined
}

/** The one column of text that is another in each row, where others cannot be read either: it names the rows of those that are chosen. */
export function namingBeside(columns: readonly TableColumn[]): TableColumn | undefined {
  const found = columns.filter(
    ({ kind, isAllText, namesRows }) => kind === 'text' && isAllText !== false && namesRows === true,
  )
  return found.length === 1 && namingColumn(columns) === undefined ? found[0] : undefined
}

/** How a column is named by a person: by its name where that is plain and no other's. */
export function columnWord({ name, index }: TableColumn, columns: readonly TableColumn[]): string {
  const isPlain =
    /^[A-Za-z_][\w.-]*$/.test(name) && columns.filter((other) => other.name === name).length === 1
  return isPlain ? name : `${index}`
}

/** Names that are listed. */
const LISTED = 12
const WEIGHING = /^(?:w|wt|wgt)s?$|weight/i

/**
 * How one of `columns` is named as the numbers that are wanted, one a row: one that can be read and `may` be it, by its place among those
 * that can. '' where there is none.
 */
export function oneColumnAdvice(
  path: string,
  columns: readonly TableColumn[],
  may?: (column: TableColumn, place: number) => boolean,
): string {
  const left = columns.filter(isRead).filter((column, place) => may?.(column, place) ?? true)
  const meant = left.find(({ name }) => WEIGHING.test(name)) ?? left.at(-1)
  if (meant === undefined || !isTypable(path)) return ''
  const wordOf = (column: TableColumn) => columnWord(column, columns)
  const more = left.length > LISTED ? ` and ${left.length - LISTED} more` : ''
  const listed = left.slice(0, LISTED).map(wordOf).join(', ') + more
  return `. Name one of its columns behind the file, as in \`${fileWord(`${path}#${wordOf(meant)}`)}\`; ${may === undefined ? 'those of numbers' : 'those that fit'}: ${listed}`
}

/** What to do where a cell among `columns` is no number: which columns are left, and how one names the rows. '' where nothing is left. */
export function columnsAdvice(columns: readonly TableColumn[], mayName: boolean): string {
  const text = readColumnsText(columns)
  if (text === '') return ''
  const left = `, or take the columns that are numbers throughout: ${optionText('columns', text)}`
  const naming = mayName ? namingColumn(columns) : undefined
  const beside = mayName ? namingBeside(columns) : undefined
  if (beside !== undefined)
    return `${left}, beside which ${optionText('id', columnWord(beside, columns))} names the rows`
  return naming === undefined
    ? left
    : `${left}, or have this one name the rows: ${optionText('id', columnWord(naming, columns))}`
}
