import { counted } from '../errors/counted.ts'
import { closeSync, fsync, ftruncateSync, openSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { promisify } from 'node:util'
import { LevError } from '../errors/errors.ts'
import { checkOutput, type OutputOptions } from './output-check.ts'
import { placeFiles, type SealedFile } from './place-files.ts'
import { causeText, errorCode } from './refusal.ts'
import { registerTemporary, removeTemporary, temporaryPath } from './temporaries.ts'

/** Takes bytes in order. They have been used when `write` returns. */
export interface ByteSink {
  write(bytes: Uint8Array): void
}

/**
 * A file that appears under its name only when it is whole: written to a hidden name in the same folder,
 * fsynced, renamed. Every failure removes the hidden file before it is thrown.
 */
export interface OutputFile extends ByteSink {
  /** The name that the file will have, as messages call it. */
  readonly path: string
  /** Bytes written so far. */
  readonly byteLength: number
  /** Appends; blocks until the system has taken the bytes. Throws CannotWrite (disk full, ...). */
  write(bytes: Uint8Array): void
  /** Replaces bytes written before; for fields known only later. Throws CannotWrite. */
  overwrite(offsetBytes: number, bytes: Uint8Array): void
  /** Appends so many zeros, to be overwritten. Throws CannotWrite. */
  extend(byteCount: number): void
  /** Makes the bytes safe and takes no more; the file is still hidden, to be placed together with others. Throws CannotWrite. */
  seal(): Promise<SealedFile>
  /** Seals the file and puts it in its place. Throws CannotWrite; without `force` also where the name has been taken since. */
  commit(): Promise<void>
  /** Removes what is still hidden; after `commit` it does nothing. Never throws. */
  abort(): void
}

/**
 * Begins the output file `path`. Throws CannotWrite where it stands already and `force` is not set, is no
 * regular file, or its folder is missing or cannot be written.
 */
export function createOutput(path: string, options: OutputOptions = {}): OutputFile {
  const target = checkOutput(path, options)
  const temporary = temporaryPath(dirname(target))
  const { force = false, shownAs = path } = options
  return new TemporaryOutput(shownAs, target, temporary, openNew(temporary, shownAs), force)
}

/** CannotWrite for `path` after `byteLength` bytes; `cause` is the system's error, `what` names it in the message. */
export function cannotWrite(path: string, byteLength: number, cause: unknown, what = path): LevError {
  const message = `cannot write ${what}: ${causeText(cause)}, after ${counted(byteLength, 'byte')}; no file is left`
  return new LevError('CannotWrite', message, { file: path }, { cause })
}

/** True where `error` says that the reader of a pipe has gone: the quiet end of a run. */
export function isClosedPipe(error: unknown): boolean {
  return error instanceof LevError && errorCode(error.cause) === 'EPIPE'
}

/** Creates the file `temporary`, which must not exist, for output `path`; it is registered for removal. */
export function openNew(temporary: string, path: string, what = path): number {
  try {
    const file = openSync(temporary, 'wx+')
    registerTemporary(temporary)
    return file
  } catch (cause) {
    throw cannotWrite(path, 0, cause, what)
  }
}

/** Writes all of `bytes` at `positionBytes`: the system may take fewer at a time. Throws what it throws. */
export function writeFully(file: number, bytes: Uint8Array, positionBytes: number): void {
  let done = 0
  while (done < bytes.byteLength) {
    done += writeSync(file, bytes, done, Math.min(bytes.byteLength - done, 2 ** 30), positionBytes + done)
  }
}

class TemporaryOutput implements OutputFile {
  readonly path: string
  readonly #target: string
  readonly #temporary: string
  readonly #force: boolean
  readonly #file: number
  #byteLength = 0
  #isOpen = true

  constructor(path: string, target: string, temporary: string, file: number, force: boolean) {
    this.path = path
    this.#target = target
    this.#temporary = temporary
    this.#file = file
    this.#force = force
  }

  get byteLength(): number {
    return this.#byteLength
  }

  write(bytes: Uint8Array): void {
    this.#orAbort(() => writeFully(this.#file, bytes, this.#byteLength))
    this.#byteLength += bytes.byteLength
  }

  overwrite(offsetBytes: number, bytes: Uint8Array): void {
    if (offsetBytes + bytes.byteLength > this.#byteLength) {
      throw new LevError('Internal', `${this.path}: byte ${offsetBytes} is not written yet`)
    }
    this.#orAbort(() => writeFully(this.#file, bytes, offsetBytes))
  }

  extend(byteCount: number): void {
    this.#orAbort(() => ftruncateSync(this.#file, this.#byteLength + byteCount))
    this.#byteLength += byteCount
  }

  async seal(): Promise<SealedFile> {
    this.#requireOpen()
    try {
      await promisify(fsync)(this.#file)
    } catch (cause) {
      this.abort()
      throw this.#failure(cause)
    }
    this.#close()
    return { path: this.path, temporary: this.#temporary, target: this.#target, force: this.#force }
  }

  async commit(): Promise<void> {
    placeFiles([await this.seal()])
  }

  abort(): void {
    this.#close()
    removeTemporary(this.#temporary)
  }

  #orAbort(step: () => void): void {
    this.#requireOpen()
    try {
      step()
    } catch (cause) {
      this.abort()
      throw this.#failure(cause)
    }
  }

  #requireOpen(): void {
    if (!this.#isOpen) throw new LevError('Internal', `${this.path} has been committed or aborted`)
  }

  #failure(cause: unknown): LevError {
    return cannotWrite(this.path, this.#byteLength, cause)
  }

  #close(): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    try {
      closeSync(this.#file)
    } catch {
      // fsync has already said whether the bytes are safe, or the file is about to be removed.
    }
  }
}
