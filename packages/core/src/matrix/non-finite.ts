import { counted } from '../errors/counted.ts'
import { listText } from '../errors/list-text.ts'
import { type ErrorPlace, type InputName, isLevError, LevError } from '../errors/errors.ts'
import { addressOf, indexText } from './part-place.ts'
import { tableColumn } from './design-matrix.ts'
import { type MatrixSource, newRows } from './matrix-source.ts'

type Floats = Float32Array | Float64Array

/** Heads that a message lists. */
const LISTED_HEADS = 32

/** The first place of a NaN or infinity in values [start, end); -1 where there is none. */
export function firstNonFinite(values: Floats, start = 0, end = values.length): number {
  // A NaN or infinity less itself is NaN, which no sum loses; four sums, since each waits for its last addition.
  let [a, b, c, d] = [0, 0, 0, 0]
  let i = start
  for (; i + 4 <= end; i += 4) {
    a += values[i] - values[i]
    b += values[i + 1] - values[i + 1]
    c += values[i + 2] - values[i + 2]
    d += values[i + 3] - values[i + 3]
  }
  if (a + b + c + d === 0) return firstOf(values, i, end)
  return firstOf(values, start, end)
}

function firstOf(values: Floats, start: number, end: number): number {
  for (let i = start; i < end; i++) if (!Number.isFinite(values[i])) return i
  return -1
}

/** True for the error that a NaN or infinity makes. */
export function isNonFinite(error: unknown): error is LevError {
  return isLevError(error, 'Content') && error.place.value !== undefined
}

/** What is NaN or infinite among rows [., cols] that are shown one block after the other. */
export class NonFiniteCount {
  /** Rows looked at, and those before them. */
  rowsSeen: number
  count = 0
  #infiniteCount = 0
  rowCount = 0
  first: { readonly row: number; readonly column: number; readonly value: string } | undefined
  readonly #columns: Uint8Array // [cols]: 1 where it holds one

  /** `rowsBefore`: rows that hold none. */
  constructor(cols: number, rowsBefore = 0) {
    this.#columns = new Uint8Array(cols)
    this.rowsSeen = rowsBefore
  }

  /** The next rows [rows.length / cols, cols]. */
  add(rows: Floats): void {
    const cols = this.#columns.length
    let lastRow = -1
    for (let at = firstNonFinite(rows); at >= 0; at = firstNonFinite(rows, at + 1)) {
      const row = this.rowsSeen + Math.floor(at / cols)
      const column = at % cols
      this.first ??= { row, column, value: String(rows[at]) }
      if (row !== lastRow) this.rowCount++
      lastRow = row
      this.count++
      if (!Number.isNaN(rows[at])) this.#infiniteCount++
      this.#columns[column] = 1
    }
    this.rowsSeen += rows.length / cols
  }

  /** For the error's place. */
  facts(): Pick<ErrorPlace, 'count' | 'infiniteCount' | 'rowCount' | 'columns'> {
    const columns = Array.from(this.#columns.keys()).filter((column) => this.#columns[column] === 1)
    const infinite = this.#infiniteCount > 0 ? { infiniteCount: this.#infiniteCount } : {}
    return { count: this.count, ...infinite, rowCount: this.rowCount, columns }
  }
}

/** How far a count went. */
interface Counted {
  readonly rows: number
  /** Heads that were looked at. */
  readonly heads?: number
  /** Of those that hold such values, what each is to be called. */
  readonly badHeads?: readonly string[]
  /** False where more rows may come: a stream that was not read to its end. */
  readonly isWhole?: boolean
}

/** The Content error about the NaN or infinity at `place`; its count is told where `counted` says of how much it is. */
export function nonFiniteError(place: ErrorPlace, seen?: Counted): LevError {
  const { row, rowId, column, value, input } = place
  const address = addressOf(place)
  const whole = rowId === undefined ? '' : `, row ${rowId} of all files`
  const found = `row ${row}, column ${column} is ${value} (${input}${whole})`
  const counts = seen === undefined ? '' : `; ${countText(place, seen)}`
  const message = `${found}${counts}. Every entry must be a finite number: remove or replace such values`
  return new LevError('Content', address === undefined ? message : `${address}: ${message}`, place)
}

/** The error about the first NaN or infinity in `rows` [rows.length / cols, cols], which begin at row `rowStart` and have one. */
export function nonFiniteIn(rows: Floats, cols: number, input: InputName, rowStart = 0): LevError {
  const found = new NonFiniteCount(cols)
  found.add(rows)
  const { first = { row: 0, column: 0, value: 'NaN' } } = found
  const place = { input, ...first, row: rowStart + first.row, ...found.facts() }
  return nonFiniteError(place, { rows: found.rowsSeen })
}

/**
 * Throws Content naming the place of the first NaN or infinity in rows [rowStart, rowStart + rowCount) of `source`. How many
 * there are in all is not known here: who knows the whole input counts.
 */
export function throwNonFinite(
  source: MatrixSource,
  rowStart: number,
  rowCount: number,
  input: InputName = 'keys',
): never {
  const length = rowCount * source.cols
  const rows = newRows(source.element, length)
  source.readRows(rowStart, rowStart + rowCount, rows)
  const at = firstNonFinite(rows)
  if (at < 0) throw noLongerThere(source, rowStart)
  const place = source.locate(rowStart + Math.floor(at / source.cols))
  const column = tableColumn(source, at % source.cols)
  throw nonFiniteError({ ...place, input, column, value: String(rows[at]) })
}

/** A NaN or infinity was read from `rowStart` on, and is not found again. */
export function noLongerThere(source: MatrixSource, rowStart: number): LevError {
  const place = source.locate(rowStart)
  const message = `${addressOf(place)}: the rows from ${place.row} on changed while they were read; run again`
  return new LevError('InputChanged', message, place)
}

function countText({ count = 0, rowCount = 0, columns = [], heads = [] }: ErrorPlace, seen: Counted): string {
  const { rows, heads: headCount = 1, isWhole = true, badHeads = heads.map(indexText) } = seen
  const values = `${isWhole ? '' : 'at least '}${count} ${count === 1 ? 'value is' : 'values are'} NaN or infinite`
  const inRows = rowCount === rows && rows > 1 ? `all ${rows} rows` : counted(rowCount, 'row')
  const inColumns = `${columns.length === 1 ? 'column' : 'columns'} ${listText(columns)}`
  const text = `${values}, in ${inRows}, ${inColumns}`
  if (!isWhole) return `${text}, as far as the first ${rows} rows go`
  if (headCount === 1) return text
  return `${text} of this head; ${badHeadsText(badHeads, headCount)}`
}

/** `2 of 12 heads have such values: [5] and [7]`. */
export function badHeadsText(badHeads: readonly string[], headCount: number): string {
  const have = `${badHeads.length} of ${counted(headCount, 'head')} ${badHeads.length === 1 ? 'has' : 'have'} such values`
  return `${have}: ${listText(badHeads, LISTED_HEADS)}`
}
