import { lineFault } from './cell-fault.ts'
import { shownCell } from './shown-cell.ts'
import { type CellKind, cellKind, LARGEST_EXACT } from './cell-value.ts'
import { decimalAt, decimalEnd } from './decimal.ts'
import type { LineCount, LineTaker } from './line-reader.ts'
import { blanksEnd, fieldEnd, emptyLineEnd, LINE_FEED, RETURN } from './line-scan.ts'
import { takeLines, type TableLines } from './read-table.ts'
import type { TableColumn } from './table-column.ts'

/** A column of text names the rows where so many first of them have names of their own. */
const NAMING_ROWS = 10_000

/** What all rows of a table hold in each column. */
export interface TableSurvey {
  readonly rows: number
  readonly columns: readonly TableColumn[]
  /** Rows with a missing value in a column of the matrix. */
  readonly missingRows: number
}

/** Reads all lines of a table, whatever they hold. Throws Content (lines of different numbers of fields, a quote that does not end). */
export async function surveyTable(bytes: AsyncIterable<Uint8Array>, lines: TableLines): Promise<TableSurvey> {
  const count: LineCount = { rows: 0, lines: lines.linesBefore }
  const survey = new ColumnSurvey(lines, count)
  await takeLines(bytes, lines, count, survey)
  return { rows: count.rows, columns: survey.columns(), missingRows: survey.missingRows }
}

/** Counts the kinds of cells in each column. */
class ColumnSurvey implements LineTaker {
  readonly #lines: TableLines
  readonly #count: LineCount
  /** No byte where blanks of any number separate. */
  readonly #separator: number
  readonly #cells: ColumnCells[]
  /** Lines with nothing in them, since the last row. */
  #emptyLines = 0
  missingRows = 0

  constructor(lines: TableLines, count: LineCount) {
    this.#lines = lines
    this.#count = count
    this.#separator = lines.separator === 0 ? -1 : lines.separator
    this.#cells = Array.from(lines.slots, () => new ColumnCells())
  }

  columns(): TableColumn[] {
    const { names } = this.#lines
    return this.#cells.map((cells, index) => ({ index, name: names.at(index) ?? '', ...cells.found() }))
  }

  read(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length;) {
      const emptyEnd = emptyLineEnd(bytes, at, this.#separator)
      if (emptyEnd < 0) {
        this.#addEmptyLines()
        at = this.#line(bytes, at)
        this.#count.rows++
      } else {
        at = emptyEnd
        this.#emptyLines++
      }
      this.#count.lines++
    }
  }

  readFields(cut: readonly string[], lines: number): void {
    const fields = cut.map((field) => field.trim())
    this.#count.lines += lines
    this.#addEmptyLines()
    if (fields.length !== this.#cells.length) throw this.#faultOf(fields, lines)
    let misses = false
    fields.forEach((text, field) => (misses = this.#add(field, text) || misses))
    if (misses) this.missingRows++
    this.#count.rows++
  }

  readEmpty(): void {
    this.#emptyLines++
    this.#count.lines++
  }

  flush(): void {
    // Nothing waits.
  }

  /** As `LineReader` has it: an empty line is no row; but of one column it is a missing value, where a row follows it. */
  #addEmptyLines(): void {
    const rows = this.#cells.length === 1 ? this.#emptyLines : 0
    for (let row = 0; row < rows; row++) if (this.#add(0, '')) this.missingRows++
    this.#count.rows += rows
    this.#emptyLines = 0
  }

  /** True where the cell is missing, of a column of the matrix. */
  #add(field: number, text: string): boolean {
    return this.#cells[field].add(text) === 'missing' && this.#lines.slots[field] >= 0
  }

  #line(bytes: Uint8Array, start: number): number {
    const separator = this.#separator
    let misses = false
    const last = this.#cells.length - 1
    let at = start
    for (let field = 0; field <= last; field++) {
      at = blanksEnd(bytes, at, separator)
      const value = decimalAt(bytes, at, bytes.length)
      const isPlain = value < LARGEST_EXACT && value > -LARGEST_EXACT
      const end = fieldEnd(bytes, isPlain ? decimalEnd : at, separator)
      if (isPlain && end === decimalEnd) this.#cells[field].addNumber(value)
      else misses = this.#add(field, textOf(bytes, at, end)) || misses
      at = blanksEnd(bytes, end, separator)
      if (bytes[at] === RETURN && bytes[at + 1] === LINE_FEED) at++
      const isEnd = bytes[at] === LINE_FEED
      if (isEnd === field < last) throw this.#faultOf(this.#fieldsAt(bytes, start))
      if (separator > 0 || isEnd) at++
    }
    if (misses) this.missingRows++
    return at
  }

  #fieldsAt(bytes: Uint8Array, start: number): string[] {
    const end = bytes.indexOf(LINE_FEED, start)
    const text = textOf(bytes, start, end < 0 ? bytes.length : end)
    return text.split(this.#separator < 0 ? /[ \t]+/ : String.fromCharCode(this.#separator))
  }

  #faultOf(fields: readonly string[], lines = 0): Error {
    const { rows: row, lines: before } = this.#count
    return lineFault(fields, this.#lines, { path: this.#lines.path, row, line: before - lines + 1 })
  }
}

/** Kinds of cells that are no numbers, the least readable first. A comma of either kind is what those beside it are. */
const LEAST_READABLE = [
  'text',
  'decimal comma',
  'thousands',
  'either comma',
  'other minus',
  'wide',
  'beyond range',
  'infinite',
] as const

/** Cells of one column. */
class ColumnCells {
  readonly #counts: Record<CellKind, number> = {
    number: 0,
    flag: 0,
    wide: 0,
    infinite: 0,
    'beyond range': 0,
    missing: 0,
    'decimal comma': 0,
    thousands: 0,
    'either comma': 0,
    'other minus': 0,
    text: 0,
  }
  /** Numbers with a decimal point. */
  #fractions = 0
  #example: string | undefined
  #names: Set<string> | undefined = new Set()

  addNumber(value: number): void {
    this.#counts.number++
    if (!Number.isInteger(value)) this.#fractions++
  }

  add(text: string): CellKind {
    const kind = cellKind(text)
    this.#counts[kind]++
    if (kind === 'number' && !Number.isInteger(Number(text))) this.#fractions++
    if (kind !== 'number' && kind !== 'flag' && kind !== 'missing') this.#addOther(text)
    return kind
  }

  #addOther(text: string): void {
    this.#example ??= shownCell(text)
    if (this.#names === undefined || this.#names.size >= NAMING_ROWS) return
    if (this.#names.has(text)) this.#names = undefined
    else this.#names.add(text)
  }

  /** Cells that are neither text nor missing. */
  #others(): number {
    const { text: _, missing: __, ...others } = this.#counts
    return Object.values(others).reduce((sum, count) => sum + count, 0)
  }

  found(): Omit<TableColumn, 'index' | 'name'> {
    const counts = this.#counts
    const isMixed = counts['decimal comma'] > 0 && counts.thousands > 0
    const kind = isMixed ? 'text' : LEAST_READABLE.find((one) => counts[one] > 0)
    const numbers = counts.number + counts.flag
    return {
      kind:
        kind ??
        (numbers > 0 || counts.missing === 0
          ? counts.number === 0 && numbers > 0
            ? 'flag'
            : 'number'
          : 'missing'),
      missing: counts.missing,
      ...(kind === 'text' && { isAllText: this.#others() === 0 }),
      ...(this.#fractions > 0 && { hasFractions: true }),
      ...(this.#example !== undefined && { example: this.#example }),
      namesRows: kind === 'text' && counts.missing === 0 && this.#names !== undefined && this.#names.size > 1,
    }
  }
}

function textOf(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start)
    .toString('utf8')
    .trim()
}
