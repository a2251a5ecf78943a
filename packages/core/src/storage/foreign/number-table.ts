/** Lines of text that are rows of one length. */
export interface TextTable {
  /** With its separator named: `comma-separated text (CSV)`. */
  readonly what: string
  /** '' for blanks of any number. */
  readonly separator: string
  /** True where the first line alone is not all numbers: names of columns. */
  readonly hasHeader: boolean
  readonly cols: number
  /** The header's, too. */
  readonly rows: number
  /** True where every field of every other line is a number. */
  readonly isNumeric: boolean
}

const SEPARATORS = [
  { separator: ',', what: 'comma-separated text (CSV)' },
  { separator: '\t', what: 'tab-separated text' },
  { separator: ';', what: 'semicolon-separated text' },
  { separator: '', what: 'text with numbers' },
] as const

/** As both this program and Python read it. */
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/

/**
 * The table in `text`, whose last line is cut off unless `isWhole`. Undefined where it is none: lines of different
 * numbers of fields, or blanks between words.
 */
export function tableOf(text: string, isWhole: boolean): TextTable | undefined {
  for (const { separator, what } of SEPARATORS) {
    const rows = rowsOf(text, separator, isWhole)
    const [first, ...others] = rows
    if (first === undefined || rows.some((row) => row.length !== first.length)) continue
    const hasHeader = others.length > 0 && !allNumbers(first)
    const isNumeric = (hasHeader ? others : rows).every(allNumbers)
    const isTable = separator === '' ? isNumeric : first.length > 1
    if (isTable) return { what, separator, hasHeader, cols: first.length, rows: rows.length, isNumeric }
  }
  return undefined
}

/** Complete lines, cut into fields; the only line, where there is but one. */
function rowsOf(text: string, separator: string, isWhole: boolean): string[][] {
  const lines = text.split(/\r\n|\n|\r/)
  return (isWhole || lines.length === 1 ? lines : lines.slice(0, -1))
    .filter((line) => line.trim() !== '')
    .map((line) =>
      separator === '' ? line.trim().split(/\s+/) : line.split(separator).map((field) => field.trim()),
    )
}

function allNumbers(fields: readonly string[]): boolean {
  return fields.every((field) => NUMBER.test(field))
}
