import type { LevError } from '../errors/errors.ts'
import { lineFault } from './cell-fault.ts'
import { cellNumber, LARGEST_EXACT, MISSING } from './cell-value.ts'
import { decimalAt, decimalEnd } from './decimal.ts'
import { BLANK, blanksEnd, fieldEnd, emptyLineEnd, LINE_FEED, RETURN, TAB } from './line-scan.ts'
import { recordAt } from './records.ts'
import type { LineLayout } from './table-head.ts'

/** Rows that are handed on at a time hold at most so many numbers, or are one. */
export const BLOCK_COUNT = 2 ** 15

/** Takes rows [values.length / cols, cols], which are overwritten then. */
export type RowTaker = (values: Float64Array) => void

/** Rows and lines read so far. */
export interface LineCount {
  rows: number
  lines: number
}

/** Takes the lines of a table one after the other, those without quotes as they lie. */
export interface LineTaker {
  /** The lines in `bytes`, whose last byte ends one. Throws Content. */
  read(bytes: Uint8Array): void
  /** The same of one line that was cut into fields, and stands on `lines` lines. */
  readFields(cut: readonly string[], lines: number): void
  /** One line with nothing in it. */
  readEmpty(): void
  /** Hands on what is left. */
  flush(): void
}

/** Reads lines of numbers without quotes. */
export class LineReader implements LineTaker {
  readonly #path: string
  readonly #layout: LineLayout
  readonly #take: RowTaker
  readonly #count: LineCount
  readonly #block: Float64Array
  /** No byte where blanks of any number separate. */
  readonly #separator: number
  #filled = 0
  /** Lines with nothing in them, since the last row. */
  #emptyLines = 0

  /** `count`: rows and lines before the first of these; `room` [BLOCK_COUNT] for rows, where it is at hand. */
  constructor(
    path: string,
    layout: LineLayout,
    count: LineCount,
    take: RowTaker,
    room: Float64Array = new Float64Array(BLOCK_COUNT),
  ) {
    this.#path = path
    this.#layout = layout
    this.#count = count
    this.#take = take
    const { cols, separator } = layout
    this.#separator = separator === 0 ? -1 : separator
    // MAX_COLS is far below BLOCK_COUNT; only columns that are taken as rows are more.
    this.#block =
      cols > BLOCK_COUNT ? new Float64Array(cols) : room.subarray(0, Math.floor(BLOCK_COUNT / cols) * cols)
  }

  /** The lines in `bytes`, whose last byte ends one. Throws Content (a field that is no number, another number of fields). */
  read(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length;) {
      const emptyEnd = emptyLineEnd(bytes, at, this.#separator)
      if (emptyEnd >= 0) {
        at = emptyEnd
        this.readEmpty()
        continue
      }
      if (this.#emptyLines > 0) this.#requireNoRow()
      const end = this.#line(bytes, at)
      if (end < 0) throw this.#fault(bytes, at)
      this.#added()
      at = end
    }
  }

  /** The same of one line that was cut into fields, and stands on `lines` lines. */
  readFields(cut: readonly string[], lines: number): void {
    const { slots } = this.#layout
    const fields = cut.map((field) => field.trim())
    if (this.#emptyLines > 0) this.#requireNoRow()
    if (fields.length !== slots.length) throw this.#faultOf(fields)
    for (let field = 0; field < slots.length; field++) {
      if (slots[field] < 0) continue
      const value = cellNumber(fields[field])
      if (Number.isNaN(value) && !this.#mayMiss(fields[field])) throw this.#faultOf(fields)
      this.#block[this.#filled + slots[field]] = value
    }
    this.#added(lines)
  }

  readEmpty(): void {
    this.#emptyLines++
    this.#count.lines++
  }

  #mayMiss(text: string): boolean {
    return this.#layout.keepsMissing && MISSING.test(text)
  }

  #added(lines = 1): void {
    this.#count.lines += lines
    this.#count.rows++
    this.#filled += this.#layout.cols
    if (this.#filled === this.#block.length) this.flush()
  }

  /** An empty line is no row; but of one column it may be a missing value, where rows follow it. */
  #requireNoRow(): void {
    if (this.#layout.slots.length === 1) {
      this.#count.lines -= this.#emptyLines
      if (!this.#layout.keepsMissing) throw this.#faultOf([''])
      for (; this.#emptyLines > 0; this.#emptyLines--) {
        this.#block[this.#filled] = NaN
        this.#added()
      }
    }
    this.#emptyLines = 0
  }

  /** Hands on what is left. */
  flush(): void {
    if (this.#filled > 0) this.#take(this.#block.subarray(0, this.#filled))
    this.#filled = 0
  }

  /** Reads the line at `start`; where the next one begins, -1 where it is no row of numbers. */
  #line(bytes: Uint8Array, start: number): number {
    const { slots } = this.#layout
    const separator = this.#separator
    const block = this.#block
    const base = this.#filled
    const last = slots.length - 1
    const { length } = bytes
    let at = start
    for (let field = 0; field <= last; field++) {
      at = blanksEnd(bytes, at, separator)
      const slot = slots[field]
      if (slot < 0) {
        at = fieldEnd(bytes, at, separator)
      } else {
        const value = decimalAt(bytes, at, length)
        if (value < LARGEST_EXACT && value > -LARGEST_EXACT) {
          block[base + slot] = value
          at = decimalEnd
        } else {
          const end = fieldEnd(bytes, at, separator)
          const text = Buffer.from(bytes.subarray(at, end)).toString('latin1').trim()
          const other = cellNumber(text)
          if (Number.isNaN(other) && !this.#mayMiss(text)) return -1
          block[base + slot] = other
          at = end
        }
      }
      const next = bytes[at]
      if (next === separator && field < last) at++
      else if (field === last && next === LINE_FEED) return at + 1
      else if (next === BLANK || next === TAB || next === RETURN) {
        at = blanksEnd(bytes, at, separator)
        if (bytes[at] === RETURN && bytes[at + 1] === LINE_FEED) at++
        if (field === last) return bytes[at] === LINE_FEED ? at + 1 : -1
        if (separator > 0) {
          if (bytes[at] !== separator) return -1
          at++
        }
      } else return -1
    }
    return -1
  }

  #fault(bytes: Uint8Array, start: number): LevError {
    const { separator } = this.#layout
    const end = bytes.indexOf(LINE_FEED, start)
    const text = Buffer.from(bytes.subarray(start, end < 0 ? bytes.length : end + 1)).toString('utf8')
    const record = recordAt(text, 0, separator === 0 ? '' : String.fromCharCode(separator), true)
    return this.#faultOf(record?.fields ?? [text])
  }

  #faultOf(fields: readonly string[]): LevError {
    const { rows: row, lines } = this.#count
    return lineFault(fields, this.#layout, { path: this.#path, row, line: lines + 1 })
  }
}
