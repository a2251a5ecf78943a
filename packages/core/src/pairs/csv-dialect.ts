import { CSV_ESTIMATE_HEADER, CSV_HEADER, CSV_INTERVAL_HEADER } from './heavy-text.ts'

/** How other programs write a table of pairs: which separator, which columns. */
export interface CsvDialect {
  readonly separator: string
  /** Column of each number. */
  readonly columns: Readonly<Record<Named, number>> & Readonly<Partial<Record<Ends, number>>>
  readonly columnCount: number
  /** As a sink writes it. */
  readonly isOurs: boolean
}

type Named = 'query' | 'key' | 'score' | 'dot'
type Ends = 'scoreLow' | 'scoreHigh' | 'scoreSE'

const NAMES: readonly string[] = ['query', 'key', 'score', 'dot']
const ENDS: readonly string[] = ['scoreLow', 'scoreHigh']
/** Read past: a standard error claims nothing of a pair. */
const ERRORS: readonly string[] = ['scoreSE']
const OURS: readonly string[] = [CSV_HEADER, CSV_INTERVAL_HEADER, CSV_ESTIMATE_HEADER]
/** What data frames call the column of their own row numbers. */
const INDEX: readonly string[] = ['', 'index', 'Unnamed: 0', 'rownames']
const SEPARATORS = [',', ';', '\t'] as const

/** That of a table whose first line is `header`; undefined where it is none of pairs. */
export function csvDialect(header: string): CsvDialect | undefined {
  const bare = withoutMark(header)
  for (const separator of SEPARATORS) {
    const names = fieldsOf(bare, separator)
    const columns = Object.fromEntries(names.map((name, column) => [name, column]))
    const known = names.every((name) => [...NAMES, ...ENDS, ...ERRORS, ...INDEX].includes(name))
    const ends = ENDS.filter((name) => name in columns).length
    if (!known || new Set(names).size !== names.length || (ends !== 0 && ends !== 2)) continue
    if (NAMES.every((name) => name in columns))
      return {
        separator,
        columns: columns as CsvDialect['columns'],
        columnCount: names.length,
        isOurs: OURS.includes(header),
      }
  }
  return undefined
}

/** `text` without a byte order mark, as latin1 reads one. */
export function withoutMark(text: string): string {
  return text.replace(/^(?:\ufeff|\u00ef\u00bb\u00bf)/, '')
}

/** The fields of `line` without their quotes; none of a number has a separator in it. */
export function fieldsOf(line: string, separator: string): string[] {
  return line.split(separator).map((field) => /^\s*"([^"]*)"\s*$/.exec(field)?.[1] ?? field.trim())
}

const NOT_FINITE: Readonly<Record<string, number>> = { inf: Infinity, '-inf': -Infinity, nan: NaN }

/** NaN where `field` is no number; a comma is a point where it does not separate fields. */
export function numberOf(field: string, { separator }: Pick<CsvDialect, 'separator'>): number {
  const text = separator === ',' ? field : field.replace(',', '.')
  if (/^[+-]?\d+(\.\d*)?(e[+-]?\d+)?$/i.test(text)) return Number(text)
  const word = text.toLowerCase().replace('infinity', 'inf')
  return Object.hasOwn(NOT_FINITE, word) ? NOT_FINITE[word] : NaN
}
