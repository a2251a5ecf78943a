/** Lines of text that are rows of one length. */
export interface TextTable {
  /** With its separator named: `comma-separated text (CSV)`. */
  readonly what: string
  readonly cols: number
  /** The header's, too. */
  readonly rows: number
  /** True where every field of every line, or of every line behind the names, is a number. */
  readonly isNumeric: boolean
  /** Of one line without numbers: its fields may be names of columns, and are no sentence. */
  readonly mayName?: boolean
}

/** '' is for blanks of any number. */
export const SEPARATORS = [
  { separator: ',', what: 'comma-separated text (CSV)' },
  { separator: '\t', what: 'tab-separated text' },
  { separator: ';', what: 'semicolon-separated text' },
  { separator: '', what: 'text with numbers' },
] as const

/** As both this program and Python read it. */
export const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/

/**
 * The table in `text`, whose last line is cut off unless `isWhole`. Undefined where it is none: lines of different
 * numbers of fields, or blanks between words.
 */
export function tableOf(text: string, isWhole: boolean): TextTable | undefined {
  for (const { separator, what } of SEPARATORS) {
    const rows = rowsOf(text, separator, isWhole)
    const [first, ...others] = rows
    if (first === undefined || !isEven(first, others)) continue
    const header = others.length > 0 ? headerOf(first) : 'none'
    const numbers = header === 'names' ? others : rows
    const isNumeric = numbers.every(allNumbers)
    const isTable =
      separator === '' ? isNumeric || hasGaps(numbers) || hasRowNames(first, others) : first.length > 1
    if (isTable)
      return {
        what: separator === ',' && !isNumeric && hasDecimalCommas(rows) ? 'text with decimal commas' : what,
        cols: first.length,
        rows: rows.length,
        isNumeric,
        ...(others.length === 0 &&
          !first.some((field) => NUMBER.test(field)) && { mayName: readsAsNames(text.trim(), separator) }),
      }
  }
  return undefined
}

/** Words that a name of a column has at most. */
const NAME_WORDS = 4

/** Whether the only line of a text may name columns: it is no sentence, and no markup. Blanks alone are between words, too. */
export function readsAsNames(line: string, separator: string): boolean {
  const fields = line.split(separator === '' ? /\s+(?=")/ : separator)
  const names = fields.map((field) => field.trim())
  const isName = (name: string) =>
    name.split(/\s+/).length <= NAME_WORDS && !/[<>{}]|[.!?:]\s|[.!?:]$|:\/\//.test(name)
  // As a sentence has them: a blank behind every comma, and words between.
  const isSentence =
    fields.length > 1 &&
    fields.slice(1).every((field) => /^\s/.test(field)) &&
    names.some((name) => /\s/.test(name))
  const isQuoted = names.every((name) => name.startsWith('"'))
  return (
    names.every(isName) &&
    !isSentence &&
    (separator !== '' || isQuoted || names.every((name) => !/\s/.test(name)))
  )
}

/** R writes a name less than there are columns, where the first one has the names of rows. */
function isEven(first: readonly string[], others: readonly (readonly string[])[]): boolean {
  const cols = others.at(0)?.length ?? first.length
  if (others.some((row) => row.length !== cols)) return false
  return first.length === cols || (first.length === cols - 1 && first.every((field) => NAME.test(field)))
}

/** Numbers behind a name on every line, below one name less: what R's write.table writes. */
function hasRowNames(first: readonly string[], others: readonly (readonly string[])[]): boolean {
  const isLonger = others.every((row) => row.length === first.length + 1)
  const numbers = others.map((row) => row.slice(1))
  return isLonger && (numbers.every(allNumbers) || hasGaps(numbers))
}

/** As words of missing values and of infinity stand among numbers; other words are prose. */
const GAP = /^[+-]?"?(?:nan|na|n\/a|#n\/a|<na>|nat|null|none|nil|inf|infinity|[.?-])"?$/i

/** Numbers, most of them there. */
function hasGaps(rows: readonly (readonly string[])[]): boolean {
  const fields = rows.flat()
  const numbers = fields.filter((field) => NUMBER.test(field)).length
  return 2 * numbers > fields.length && fields.every((field) => NUMBER.test(field) || GAP.test(field))
}

/** A mark of UTF-8, the line that tells Excel the separator, and lines that begin with #, as numpy.savetxt writes before its numbers. */
const COMMENTS = /^\ufeff?(?:"?sep=[,;\t|]"?\r?\n)?(?:[ \t]*(?:#[^\n]*)?\r?\n)*/i

/** Complete lines, cut into fields; the only line, where there is but one. Comments on top are left out. */
function rowsOf(text: string, separator: string, isWhole: boolean): string[][] {
  const lines = text.replace(COMMENTS, '').split(/\r\n|\n|\r/)
  return (isWhole || lines.length === 1 ? lines : lines.slice(0, -1))
    .filter((line) => line.trim() !== '')
    .map((line) =>
      separator === '' ? blankFields(line) : line.split(separator).map((field) => field.trim()),
    )
}

/** Between quotes a blank belongs to the field, as in the names of rows that R writes. */
function blankFields(line: string): string[] {
  return line.match(/"(?:[^"]|"")*"(?=\s|$)|\S+/g) ?? []
}

/** A name begins with a letter, and is none of the words for a number that is missing or not finite. */
const NAME = /^"?(?!(?:nan|inf|infinity|na|n\/a|null|none|nil|true|false)"?$)[a-z_]/i

/** `unclear` where it may be a row as well, as 0,1,2 is, or where a field of it may be a missing value. */
function headerOf(first: readonly string[]): 'none' | 'names' | 'unclear' {
  if (first.every((field) => NAME.test(field))) return 'names'
  if (!allNumbers(first)) return 'unclear'
  // What a program writes over columns without names: 0,1,2 or 1,2,3; years, too.
  const isCounted = first.length > 1 && first.every((field, i) => Number(field) === Number(first[0]) + i)
  return isCounted && Number.isInteger(Number(first[0])) ? 'unclear' : 'none'
}

/** Fields that are pairs of digits throughout: 1,5 is one and a half in half of the world. */
function hasDecimalCommas(rows: readonly (readonly string[])[]): boolean {
  return rows.some((row) => row.some((field) => /\d\s+[+-]?\d/.test(field)))
}

function allNumbers(fields: readonly string[]): boolean {
  return fields.every((field) => NUMBER.test(field))
}
