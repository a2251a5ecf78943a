import { counted } from '../errors/counted.ts'
import type { ErrorPlace } from '../errors/errors.ts'
import { closeSync, fstatSync, readSync, statSync } from 'node:fs'
import { widenBfloat16, widenFloat16, widenFloat32 } from './half.ts'
import { openRegular } from '../files/input-file.ts'
import { BYTES_PER_ELEMENT, type FilePart } from './matrix-source.ts'
import { addressOf, partPlace } from './part-place.ts'
import { refusal, unreadable } from '../files/refusal.ts'

type Floats = Float32Array | Float64Array

/** Elements of one piece: at most 2^30 bytes of float64, below the 2^31 - 1 that one read can take. */
const PIECE_ELEMENTS = 2 ** 27
/** Bytes of one column-major run, gaps between its rows included. */
const COLUMN_SCRATCH_BYTES = 2 ** 15
/** So many columns are held at once: what lies together in a row is then written together. */
const COLUMNS_AT_ONCE = 16
/** The file's stat is compared after so many bytes read: a stat costs about a tenth of reading them from the page cache. */
const CHECK_BYTES = 2 ** 20

/** Reads rows of one FilePart by position. Opens on construction. */
export class PartReader {
  readonly #part: FilePart
  readonly #cols: number
  readonly #fd: number
  #bytesSinceCheck = 0

  /** Throws NotFound, InputChanged. */
  constructor(part: FilePart, cols: number) {
    this.#part = part
    this.#cols = cols
    this.#fd = openRegular(part.path, part.inflatedPath)
    try {
      this.#requireSame(fstatSync(this.#fd))
    } catch (error) {
      closeSync(this.#fd)
      throw error
    }
  }

  /** Rows [rowStart, rowEnd) of the part into the front of `into` ([rowEnd - rowStart, cols]). */
  readRows(rowStart: number, rowEnd: number, into: Floats): void {
    if (this.#part.fortranOrder) this.#readColumns(rowStart, rowEnd, into)
    else this.#readRun(rowStart * this.#cols, into.subarray(0, (rowEnd - rowStart) * this.#cols), rowStart)
    if (this.#bytesSinceCheck >= CHECK_BYTES) this.check()
  }

  /** Throws InputChanged where the file under that name is no longer the one that was opened. */
  check(): void {
    const { path, inflatedPath } = this.#part
    this.#bytesSinceCheck = 0
    let now
    try {
      now = statSync(inflatedPath ?? path, { throwIfNoEntry: false })
    } catch (cause) {
      throw unreadable(path, 'cannot be checked for changes', cause)
    }
    if (now === undefined) throw changed(path, 'is gone')
    this.#requireSame(now)
  }

  /** Closes the file, then checks it where anything was read since the last check. */
  close(): void {
    closeSync(this.#fd)
    if (this.#bytesSinceCheck > 0) this.check()
  }

  #requireSame(now: { readonly size: number; readonly mtimeMs: number }): void {
    const { path, byteLength, mtimeMs } = this.#part
    if (now.size !== byteLength)
      throw changed(path, `had ${counted(byteLength, 'byte')}, now has ${now.size}`)
    if (now.mtimeMs !== mtimeMs) {
      const [before, after] = [mtimeMs, now.mtimeMs].map((ms) => new Date(ms).toISOString())
      throw changed(path, `was written at ${before}, now at ${after}`)
    }
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
    if (dtype === 'f16') widenFloat16(new Uint16Array(into.buffer, rawOffset, into.length), into)
    else if (dtype === 'bf16') widenBfloat16(new Uint16Array(into.buffer, rawOffset, into.length), into)
    else if (dtype === 'f32' && into instanceof Float64Array) {
      widenFloat32(new Float32Array(into.buffer, rawOffset, into.length), into)
    }
  }

  #fill(bytes: Uint8Array, position: number, row: number): void {
    for (let done = 0; done < bytes.length;) {
      const got = this.#readSome(bytes, done, position + done, row)
      if (got === 0) {
        const place = { ...partPlace(this.#part), row }
        throw changed(this.#part.path, `ended at byte ${position + done}, in or after row ${row}`, place)
      }
      done += got
    }
    this.#bytesSinceCheck += bytes.length
  }

  #readSome(bytes: Uint8Array, done: number, position: number, row: number): number {
    try {
      return readSync(this.#fd, bytes, done, bytes.length - done, position)
    } catch (cause) {
      const place = { ...partPlace(this.#part), row }
      const name = addressOf(place) ?? place.file
      throw unreadable(name, `cannot be read at byte ${position}, from row ${row} on`, cause, place)
    }
  }
}

function changed(path: string, what: string, place: ErrorPlace = {}): Error {
  return refusal(
    'InputChanged',
    path,
    `changed during the run: it ${what}. Start again once nothing writes to it`,
    place,
  )
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
  else bytes.swap64()
}
