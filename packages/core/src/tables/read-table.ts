import { pipeline } from 'node:stream/promises'
import { counted } from '../errors/counted.ts'
import { badContent, refusal } from '../files/refusal.ts'
import { type LineCount, LineReader, type LineTaker, type RowTaker } from './line-reader.ts'
import type { LineLayout } from './table-head.ts'

const LINE_FEED = 0x0a
const QUOTE = 0x22
/** Longer lines are no rows of a table; they would be held in memory. */
export const MAX_LINE_BYTES = 2 ** 24

/** What is known of a table before its lines are read. */
export interface TableLines extends LineLayout {
  readonly path: string
  readonly linesBefore: number
  readonly isQuoted: boolean
}

/**
 * Hands the rows of a table to `take`, from the bytes of its lines, cut anywhere. How many there are. As long as no field is quoted lines
 * are read as they lie; from there on by csv-parse. Throws Content (as `LineReader`; a quote that does not end).
 */
export async function readTable(
  bytes: AsyncIterable<Uint8Array>,
  lines: TableLines,
  take: RowTaker,
): Promise<number> {
  const count: LineCount = { rows: 0, lines: lines.linesBefore }
  await takeLines(bytes, lines, count, new LineReader(lines.path, lines, count, take))
  return count.rows
}

/** Hands the lines of a table to `reader`, which counts them. Throws as it, and Content (a quote that does not end). */
export async function takeLines(
  bytes: AsyncIterable<Uint8Array>,
  lines: TableLines,
  count: LineCount,
  reader: LineTaker,
): Promise<void> {
  const pieces = bytes[Symbol.asyncIterator]()
  try {
    let held: Uint8Array = new Uint8Array(0)
    let isQuoted = lines.isQuoted
    for (;;) {
      const { done = false, value: piece } = (await pieces.next()) as IteratorResult<Uint8Array, undefined>
      if (piece === undefined || done) break
      isQuoted ||= piece.includes(QUOTE)
      held = held.length === 0 ? piece : Buffer.concat([held, piece])
      if (isQuoted) {
        return await readQuoted(chained(held, pieces), lines, { ...count }, reader)
      }
      const end = held.lastIndexOf(LINE_FEED) + 1
      reader.read(held.subarray(0, end))
      held = held.subarray(end)
      if (held.length > MAX_LINE_BYTES) throw lineTooLong(lines.path, count)
    }
    if (held.length > 0) reader.read(Buffer.concat([held, Buffer.of(LINE_FEED)]))
    reader.flush()
  } finally {
    await pieces.return?.()
  }
}

/** The Content error about a line that does not end. */
export function lineTooLong(path: string, { lines }: LineCount): Error {
  return badContent(path, `line ${lines + 1} has more than ${counted(MAX_LINE_BYTES, 'byte')}`)
}

async function* chained(
  first: Uint8Array,
  others: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array, void, void> {
  yield first
  for (;;) {
    const { done = false, value } = (await others.next()) as IteratorResult<Uint8Array, undefined>
    if (value === undefined || done) return
    yield value
  }
}

async function readQuoted(
  bytes: AsyncIterable<Uint8Array>,
  { path, slots, ...layout }: TableLines,
  before: LineCount,
  reader: LineTaker,
): Promise<void> {
  const parsed = { lines: 0 }
  const { separator } = layout
  // Of one column an empty line may be a missing value.
  const parser = await csvParser(layout, parsed, slots.length === 1)
  let line = 0
  try {
    await pipeline(bytes, parser, async (records: AsyncIterable<ParsedRecord>) => {
      for await (const { record, info, raw } of records) {
        const fields = separator === 0 ? record.filter((field) => field !== '') : record
        if (raw?.trim() === '') reader.readEmpty()
        else reader.readFields(fields, info.lines - line)
        line = info.lines
      }
    })
  } catch (error) {
    throw await quotesError(error, { path, before, parsed })
  }
  reader.flush()
}

/** Lines behind which the last record ended that was cut: those that are read of it may be fewer. */
interface ParsedLines {
  lines: number
}

/** As lines of text end; the first as a file has it that was turned into CRLF twice. */
const LINE_ENDS = ['\r\r\n', '\r\n', '\n']

/**
 * csv-parse for lines that are laid out so; `parsed` keeps where it is. Lines with nothing in them are left out, unless `keepsEmpty`: records
 * then have their text (`raw`).
 */
export async function csvParser(
  { separator, endsInReturns = false }: Pick<LineLayout, 'separator' | 'endsInReturns'>,
  parsed: ParsedLines,
  keepsEmpty = false,
) {
  const { parse } = await import('csv-parse')
  return parse({
    delimiter: separator === 0 ? ' ' : String.fromCharCode(separator),
    relax_column_count: true,
    // A file may have several: told from the first line alone, rows would become one.
    record_delimiter: endsInReturns ? '\r' : LINE_ENDS,
    skip_empty_lines: !keepsEmpty,
    raw: keepsEmpty,
    trim: true,
    max_record_size: MAX_LINE_BYTES,
    info: true,
    on_record: (record: string[], { lines }) => {
      parsed.lines = lines
      return record
    },
  })
}

/** Where csv-parse was when it failed. */
interface Parsing {
  readonly path: string
  /** Rows and lines before the first that it was given. */
  readonly before: LineCount
  readonly parsed: ParsedLines
}

/** What csv-parse finds wrong as Content, with its row and its line in the file; any other error as it is. */
export async function quotesError(error: unknown, { path, before, parsed }: Parsing): Promise<unknown> {
  const { CsvError } = await import('csv-parse')
  if (!(error instanceof CsvError)) return error
  const {
    code,
    message,
    lines: at,
    records,
    column,
  } = error as typeof error & Partial<Record<string, unknown>>
  const row = before.rows + (typeof records === 'number' ? records : 0)
  const line = (of: number) => `row ${row} (line ${before.lines + of})`
  if (code === 'CSV_QUOTE_NOT_CLOSED') {
    const found = `in ${line(parsed.lines + 1)} a quote begins that does not end`
    return refusal(
      'Content',
      path,
      `its quotes do not fit: ${found}. Close it, or double it where it belongs to a field`,
      { row },
    )
  }
  if (typeof at !== 'number') return badContent(path, `its quotes do not fit: ${message}`)
  const where = typeof column === 'number' ? `${line(at)}, column ${column}` : line(at)
  const found =
    code === 'INVALID_OPENING_QUOTE'
      ? `${where} has a quote behind other characters`
      : code === 'CSV_INVALID_CLOSING_QUOTE'
        ? `${where} has other characters behind its closing quote`
        : `${where}: ${message.replace(/ at line \d+/, '')}`
  return refusal(
    'Content',
    path,
    `its quotes do not fit: ${found}. A field with quotes stands in quotes as a whole, and its own are doubled`,
    { row },
  )
}

export interface ParsedRecord {
  readonly record: readonly string[]
  readonly raw?: string
  readonly info: { readonly lines: number }
}
