import { type ByteSource, openFileSource } from '../files/byte-source.ts'
import { withInputFile } from '../files/input-file.ts'
import { BLOCK_COUNT, type LineCount, LineReader, type RowTaker } from './line-reader.ts'
import { emptyLineEnd } from './line-scan.ts'
import { lineTooLong, MAX_LINE_BYTES } from './read-table.ts'
import type { LineLayout } from './table-head.ts'

const LINE_FEED = 0x0a
const RETURN = 0x0d
const QUOTE = 0x22
const PIECE_BYTES = 2 ** 20

/** Lines of a table without quotes: those that begin in bytes [start, end). */
export interface LineRange {
  readonly start: number
  readonly end: number
}

/** What lies in a range. */
export interface CountedLines {
  readonly rows: number
  readonly lines: number
  readonly isQuoted: boolean
}

/** A table that lies in a file, its lines in bytes [start, end): what follows is line ends alone. */
export interface PlainTable extends LineLayout, LineRange {
  /** As the user named it. */
  readonly path: string
  /** Where the bytes are. */
  readonly openPath: string
  readonly linesBefore: number
}

/** `table` with its end before the empty lines at the end of the file. */
export function withoutLastLines(table: Omit<PlainTable, 'end'>): PlainTable {
  return withInputFile(
    table.path,
    (file) => {
      let end = file.byteLength
      while (end > table.start) {
        const from = Math.max(table.start, end - PIECE_BYTES)
        const bytes = file.bytes(from, end - from)
        const last = bytes.findLastIndex((byte) => byte !== LINE_FEED && byte !== RETURN)
        end = from + last + 1
        if (last >= 0) break
      }
      return { ...table, end }
    },
    table.openPath,
  )
}

/** The ranges of `rangeBytes` that the lines of a table are cut into. */
export function cutLines({ start, end }: LineRange, rangeBytes: number): LineRange[] {
  return Array.from({ length: Math.ceil((end - start) / rangeBytes) }, (_, i) => ({
    start: start + i * rangeBytes,
    end: Math.min(end, start + (i + 1) * rangeBytes),
  }))
}

/** Throws NotFound, Content (a line without end). */
export function countLines(table: PlainTable, range: LineRange): CountedLines {
  const count = { rows: 0, lines: 0, isQuoted: false }
  eachPiece(table, range, count, (bytes) => {
    count.isQuoted ||= bytes.includes(QUOTE)
    for (let at = 0; at < bytes.length;) {
      const end = bytes.indexOf(LINE_FEED, at)
      count.lines++
      const isEmpty = emptyLineEnd(bytes, at, table.separator) >= 0
      // Of one column an empty line may be a missing value: one thread reads such a table.
      if (!isEmpty) count.rows++
      else if (table.slots.length === 1) count.isQuoted = true
      at = end + 1
    }
    return !count.isQuoted
  })
  return count
}

/** Hands the rows of `range` to `take`; `before` are the rows and lines before it. Throws NotFound, Content as `LineReader`. */
export function readLines(table: PlainTable, range: LineRange, before: LineCount, take: RowTaker): void {
  const count = { ...before }
  const reader = new LineReader(table.path, table, count, take, scratchOf().values)
  eachPiece(table, range, count, (bytes) => {
    reader.read(bytes)
    return true
  })
  reader.flush()
}

/** Whole lines at a time, until `use` returns false. They hold until the next ones. */
function eachPiece(
  table: PlainTable,
  range: LineRange,
  count: LineCount,
  use: (bytes: Buffer) => boolean,
): void {
  const source = openFileSource(table.openPath)
  try {
    const reader = new PieceReader(source, table, count)
    let start = reader.lineStart(range.start)
    while (start < range.end) {
      const bytes = reader.linesAt(start, range.end)
      start += bytes.length
      if (!use(bytes)) return
    }
  } finally {
    source.close()
  }
}

/** Of this thread, for one range after the other: a buffer a range would wait for the collector by the hundred. */
let scratch: { readonly bytes: Buffer; readonly values: Float64Array } | undefined

function scratchOf() {
  return (scratch ??= {
    // Room for the end of the last line.
    bytes: Buffer.alloc(PIECE_BYTES + 1),
    values: new Float64Array(BLOCK_COUNT),
  })
}

/** Reads lines into one buffer, a longer one where a line is longer. */
class PieceReader {
  readonly #source: ByteSource
  readonly #table: PlainTable
  readonly #count: LineCount
  #buffer = scratchOf().bytes

  constructor(source: ByteSource, table: PlainTable, count: LineCount) {
    this.#source = source
    this.#table = table
    this.#count = count
  }

  /** Where the first line begins that begins at `position` or behind it. */
  lineStart(position: number): number {
    const { start, end } = this.#table
    if (position === start) return position
    for (let from = position - 1; from < end; from += PIECE_BYTES) {
      const at = this.#read(from, Math.min(PIECE_BYTES, end - from)).indexOf(LINE_FEED)
      if (at >= 0) return from + at + 1
    }
    return end
  }

  /** The lines from `start` on, about a piece of them, that begin before `end`; the last line of the table with an end. */
  linesAt(start: number, end: number): Buffer {
    const { end: tableEnd, path } = this.#table
    for (let byteLength = PIECE_BYTES; ; byteLength *= 2) {
      const stop = Math.min(tableEnd, start + byteLength)
      const bytes = this.#read(start, stop - start)
      if (stop === tableEnd && end === tableEnd) return this.#ended(stop - start)
      // A line that begins before the range's end is read to its own.
      const from = Math.max(0, Math.min(end - 1, stop - 1) - start)
      const last = stop > end ? bytes.indexOf(LINE_FEED, from) : bytes.lastIndexOf(LINE_FEED)
      if (last >= 0) return bytes.subarray(0, last + 1)
      if (stop === tableEnd) return this.#ended(stop - start)
      if (byteLength > MAX_LINE_BYTES) throw lineTooLong(path, this.#count)
    }
  }

  #read(position: number, byteLength: number): Buffer {
    if (this.#buffer.length <= byteLength) this.#buffer = Buffer.alloc(byteLength + 1)
    const bytes = this.#buffer.subarray(0, byteLength)
    this.#source.read(position, bytes)
    return bytes
  }

  /** What was read last, with a line end behind it. */
  #ended(byteLength: number): Buffer {
    this.#buffer[byteLength] = LINE_FEED
    return this.#buffer.subarray(0, byteLength + 1)
  }
}
