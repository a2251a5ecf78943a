import { refusal, unreadable } from '../files/refusal.ts'
import { changed, WatchedFile } from '../files/watched-file.ts'
import { BYTES_PER_ELEMENT, type FilePart } from './matrix-source.ts'
import { addressOf, partPlace } from './part-place.ts'
import { roundedText, widenTail } from './widen.ts'

type Floats = Float32Array | Float64Array

/** Elements of one piece: at most 2^30 bytes of float64, below the 2^31 - 1 that one read can take. */
const PIECE_ELEMENTS = 2 ** 27
/** Bytes of one column-major run, gaps between its rows included. */
const COLUMN_SCRATCH_BYTES = 2 ** 15
/** So many columns are held at once: what lies together in a row is then written together. */
const COLUMNS_AT_ONCE = 16
/** Gaps between rows up to so long are read with them: that takes less time than another read. */
const GAP_BYTES = 2 ** 13

/** Reads rows of one FilePart by position. Opens on construction. */
export class PartReader {
  readonly #part: FilePart
  readonly #cols: number
  readonly #file: WatchedFile

  /** Throws NotFound, InputChanged. */
  constructor(part: FilePart, cols: number) {
    this.#part = part
    this.#cols = cols
    this.#file = new WatchedFile(part)
  }

  /** Rows [rowStart, rowEnd) of the part into the front of `into` ([rowEnd - rowStart, cols]). */
  readRows(rowStart: number, rowEnd: number, into: Floats): void {
    const { rowStride, columnStride } = this.#part
    const isDense = columnStride === 1 && (rowStride === this.#cols || this.#part.rows === 1)
    if (isDense)
      this.#readRun(rowStart * this.#cols, into.subarray(0, (rowEnd - rowStart) * this.#cols), rowStart)
    else if (rowStride < columnStride) this.#readColumns(rowStart, rowEnd, into)
    else this.#readRowsApart(rowStart, rowEnd, into)
    this.#file.checkWhenDue()
  }

  /** Throws InputChanged where the file changed after its rows were read. */
  close(): void {
    this.#file.close()
  }

  /** A few columns at a time into a small scratch, then row by row from there: `into` is row-major. */
  #readColumns(rowStart: number, rowEnd: number, into: Floats): void {
    const { rowStride, columnStride } = this.#part
    const runLimit = COLUMN_SCRATCH_BYTES / into.BYTES_PER_ELEMENT
    const blockRows = Math.max(1, Math.min(rowEnd - rowStart, Math.floor(runLimit / rowStride)))
    const length = COLUMNS_AT_ONCE * ((blockRows - 1) * rowStride + 1)
    const scratch = into instanceof Float32Array ? new Float32Array(length) : new Float64Array(length)
    for (let row = rowStart; row < rowEnd; row += blockRows) {
      const rows = Math.min(blockRows, rowEnd - row)
      const runLength = (rows - 1) * rowStride + 1
      for (let col = 0; col < this.#cols; col += COLUMNS_AT_ONCE) {
        const count = Math.min(COLUMNS_AT_ONCE, this.#cols - col)
        for (let c = 0; c < count; c++) {
          const start = row * rowStride + (col + c) * columnStride
          this.#readRun(start, scratch.subarray(c * runLength, (c + 1) * runLength), row)
        }
        const block = into.subarray((row - rowStart) * this.#cols + col)
        interleave(scratch.subarray(0, count * runLength), runLength, rowStride, block, this.#cols)
      }
    }
  }

  /** Rows with gaps between them, or between their columns: a few of both at a time into a small scratch. */
  #readRowsApart(rowStart: number, rowEnd: number, into: Floats): void {
    const { rowStride, columnStride, dtype } = this.#part
    const cols = this.#cols
    const runLimit = COLUMN_SCRATCH_BYTES / into.BYTES_PER_ELEMENT
    const blockCols = Math.max(1, Math.min(cols, Math.floor(runLimit / columnStride)))
    const gapBytes = (rowStride - (cols - 1) * columnStride) * BYTES_PER_ELEMENT[dtype]
    const together = blockCols < cols || gapBytes > GAP_BYTES ? 1 : Math.floor(runLimit / rowStride)
    const blockRows = Math.max(1, Math.min(rowEnd - rowStart, together))
    const length = (blockRows - 1) * rowStride + (blockCols - 1) * columnStride + 1
    const scratch = into instanceof Float32Array ? new Float32Array(length) : new Float64Array(length)
    for (let row = rowStart; row < rowEnd; row += blockRows) {
      const rows = Math.min(blockRows, rowEnd - row)
      for (let col = 0; col < cols; col += blockCols) {
        const count = Math.min(blockCols, cols - col)
        const run = scratch.subarray(0, (rows - 1) * rowStride + (count - 1) * columnStride + 1)
        this.#readRun(row * rowStride + col * columnStride, run, row)
        for (let r = 0, at = (row - rowStart) * cols + col; r < rows; r++, at += cols) {
          for (let c = 0, from = r * rowStride; c < count; c++, from += columnStride) into[at + c] = run[from]
        }
      }
    }
  }

  /** Elements [start, start + into.length) of the part, in file order. */
  #readRun(start: number, into: Floats, row: number): void {
    for (let done = 0; done < into.length; done += PIECE_ELEMENTS) {
      this.#readPiece(start + done, into.subarray(done, done + PIECE_ELEMENTS), row)
    }
  }

  /** Raw elements are read into the tail of `into`'s own bytes and widened from there: no second buffer. */
  #readPiece(start: number, into: Floats, row: number): void {
    const { dtype, bigEndian, offsetBytes } = this.#part
    const width = BYTES_PER_ELEMENT[dtype]
    const rawBytes = into.length * width
    const rawOffset = into.byteOffset + into.byteLength - rawBytes
    this.#fill(new Uint8Array(into.buffer, rawOffset, rawBytes), offsetBytes + start * width, row)
    if (bigEndian) swapBytes(Buffer.from(into.buffer, rawOffset, rawBytes), width)
    // Most are there already.
    if (dtype === (into instanceof Float64Array ? 'f64' : 'f32')) return
    widenTail(dtype, into, (index) => this.#refuseRounded(start + index, into[index]))
  }

  /** Throws Content where element `place` of the part, a 64-bit integer near `value`, is one of the matrix. */
  #refuseRounded(place: number, value: number): void {
    const { rowStride, columnStride, rows } = this.#part
    const [outer, inner] = [Math.max(rowStride, columnStride), Math.min(rowStride, columnStride)]
    const [far, near] = [Math.floor(place / outer), (place % outer) / inner]
    const [row, column] = rowStride >= columnStride ? [far, near] : [near, far]
    // What lies between the matrix's own elements is not its.
    if (!Number.isInteger(near) || row >= rows || column >= this.#cols) return
    const where = { ...partPlace(this.#part), row, column }
    throw refusal('Content', addressOf(where) ?? where.file, roundedText(where, value), where)
  }

  #fill(bytes: Uint8Array, position: number, row: number): void {
    const byteLength = this.#file.read(position, bytes, (cause, at) => {
      const place = { ...partPlace(this.#part), row }
      const name = addressOf(place) ?? place.file
      return unreadable(name, `cannot be read at byte ${at}, from row ${row} on`, cause, place)
    })
    if (byteLength === bytes.length) return
    const place = { ...partPlace(this.#part), row }
    throw changed(this.#part.path, `ended at byte ${position + byteLength}, in or after row ${row}`, place)
  }
}

/** into[r * cols + c] = run c's element r * rowStride, for runs of `runLength` that lie one behind the other. */
function interleave(runs: Floats, runLength: number, rowStride: number, into: Floats, cols: number): void {
  for (let from = 0, row = 0; from < runLength; from += rowStride, row += cols) {
    for (let at = from, to = row; at < runs.length; at += runLength, to++) into[to] = runs[at]
  }
}

function swapBytes(bytes: Buffer, width: number): void {
  if (width === 2) bytes.swap16()
  else if (width === 4) bytes.swap32()
  else if (width === 8) bytes.swap64()
}
