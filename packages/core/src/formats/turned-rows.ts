import { bytesOf } from '../files/elements.ts'
import { createTemporaryFile, type TemporaryFile } from '../files/temporary-file.ts'
import { npyHeader } from './npy-writer.ts'

/** Bytes of the header of any matrix: as NumPy, room is left in it for the rows to grow. */
export const TURNED_HEADER_BYTES = 128
/** Numbers that are gathered before they are written. */
const BUFFER_COUNT = 2 ** 17

/** A temporary .npy of float64 [rows, cols] that is written row after row; how many there are shows at the end. */
export class TurnedRows {
  readonly #file: TemporaryFile
  readonly #cols: number
  readonly #buffer = new Float64Array(BUFFER_COUNT)
  #buffered = 0
  #written = 0

  /** Throws CannotWrite. */
  constructor(label: string, folder: string, cols: number) {
    this.#file = createTemporaryFile(label, folder)
    this.#cols = cols
  }

  get path(): string {
    return this.#file.path
  }

  /** Appends a copy of `values`. Throws CannotWrite. */
  append(values: Float64Array): void {
    if (this.#buffered + values.length > BUFFER_COUNT) this.#flush()
    if (values.length > BUFFER_COUNT) return this.#write(values)
    this.#buffer.set(values, this.#buffered)
    this.#buffered += values.length
  }

  /** Completes the file; its length in bytes. Throws CannotWrite. */
  finish(): number {
    this.#flush()
    this.#file.write(0, turnedHeader(this.#written / this.#cols, this.#cols))
    this.#file.close()
    return TURNED_HEADER_BYTES + 8 * this.#written
  }

  /** Never throws. */
  remove(): void {
    this.#file.remove()
  }

  #flush(): void {
    this.#write(this.#buffer.subarray(0, this.#buffered))
    this.#buffered = 0
  }

  #write(values: Float64Array): void {
    if (values.length > 0) this.#file.write(TURNED_HEADER_BYTES + 8 * this.#written, bytesOf(values))
    this.#written += values.length
  }
}

/** Of a .npy of float64 [rows, cols]. */
export function turnedHeader(rows: number, cols: number): Uint8Array {
  const header = npyHeader('<f8', [rows, cols])
  if (header.length !== TURNED_HEADER_BYTES) throw new RangeError(`a header of ${header.length} bytes`)
  return header
}
