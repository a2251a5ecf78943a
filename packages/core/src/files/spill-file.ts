import { closeSync, unlinkSync } from 'node:fs'
import { LevError } from '../errors/errors.ts'
import { bytesOf } from './elements.ts'
import { requireWritable } from './output-check.ts'
import { cannotWrite, openNew, writeFully } from './output-file.ts'
import { readFully } from './input-file.ts'
import { forgetTemporary, removeTemporary, temporaryPath } from './temporaries.ts'

const BUFFER_COUNT = 32 * 1024
/** A thousand small outputs are not to take 256 KiB for each array of each. */
const FIRST_COUNT = 512
const READ_COUNT = 128 * 1024

/**
 * A growing float64 array for outputs whose lengths are known only at the end: in memory up to 256 KiB, then on disk. The
 * file loses its name as soon as it is open, so that even a killed process leaves nothing; where the system keeps the name,
 * `close` and `removeOpenTemporaries` remove it.
 */
export class SpillFile {
  readonly #output: string
  readonly #folder: string
  /** For messages: the folder may be on another disk than the output. */
  readonly #what: string
  #opened: { readonly path: string; readonly file: number } | undefined
  #isClosed = false
  #buffer = new Float64Array(FIRST_COUNT)
  #bufferedCount = 0
  #flushedCount = 0

  /** For output `output`, in `folder`. Throws CannotWrite where no file can be made there. */
  constructor(output: string, folder: string) {
    this.#output = output
    this.#folder = folder
    this.#what = `${output} (a temporary file of it in ${folder})`
    try {
      requireWritable(folder)
    } catch (cause) {
      throw cannotWrite(output, 0, cause, this.#what)
    }
  }

  /** Elements so far. */
  get length(): number {
    return this.#flushedCount + this.#bufferedCount
  }

  /** Appends a copy of `values`. Throws CannotWrite. */
  append(values: Float64Array): void {
    if (this.#bufferedCount + values.length > BUFFER_COUNT) this.#flush()
    if (values.length > BUFFER_COUNT) {
      this.#write(values)
    } else {
      this.#reserve(this.#bufferedCount + values.length)
      this.#buffer.set(values, this.#bufferedCount)
      this.#bufferedCount += values.length
    }
  }

  #reserve(count: number): void {
    if (count <= this.#buffer.length) return
    const grown = new Float64Array(Math.min(BUFFER_COUNT, Math.max(count, 2 * this.#buffer.length)))
    grown.set(this.#buffer.subarray(0, this.#bufferedCount))
    this.#buffer = grown
  }

  /** All elements in pieces of at most 128 Ki; each is valid until the next is asked for. */
  *pieces(): Generator<Float64Array> {
    if (this.#flushedCount === 0) {
      if (this.#bufferedCount > 0) yield this.#buffer.slice(0, this.#bufferedCount)
      return
    }
    this.#flush()
    const piece = new Float64Array(Math.min(READ_COUNT, this.#flushedCount))
    for (let start = 0; start < this.#flushedCount; start += READ_COUNT) {
      const part = piece.subarray(0, Math.min(READ_COUNT, this.#flushedCount - start))
      this.#read(bytesOf(part), start * 8)
      yield part
    }
  }

  /** Frees the disk space. May be called again. Never throws. */
  close(): void {
    this.#isClosed = true
    if (this.#opened === undefined) return
    const { path, file } = this.#opened
    this.#opened = undefined
    closeSync(file)
    removeTemporary(path)
  }

  /** The file, which is made when it is first needed. Throws CannotWrite, Internal after `close`. */
  #file(): number {
    if (this.#isClosed) throw new LevError('Internal', `a temporary file of ${this.#output} is closed`)
    this.#opened ??= this.#open()
    return this.#opened.file
  }

  #open(): { readonly path: string; readonly file: number } {
    const path = temporaryPath(this.#folder)
    const file = openNew(path, this.#output, this.#what)
    dropName(path)
    return { path, file }
  }

  #flush(): void {
    const values = this.#buffer.subarray(0, this.#bufferedCount)
    this.#bufferedCount = 0
    this.#write(values)
  }

  #write(values: Float64Array): void {
    const file = this.#file()
    try {
      writeFully(file, bytesOf(values), this.#flushedCount * 8)
    } catch (cause) {
      throw cannotWrite(this.#output, this.#flushedCount * 8, cause, this.#what)
    }
    this.#flushedCount += values.length
  }

  #read(into: Uint8Array, positionBytes: number): void {
    const got = readFully(this.#file(), into, positionBytes, (cause) => cause as Error)
    if (got < into.byteLength)
      throw new LevError('Internal', `a temporary file of ${this.#output} lost its end`)
  }
}

function dropName(path: string): void {
  try {
    unlinkSync(path)
    forgetTemporary(path)
  } catch {
    // A system that keeps names of open files: it stays registered, and close removes it.
  }
}
