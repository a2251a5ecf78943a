import { closeSync, fsync, fsyncSync, linkSync, openSync, renameSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { promisify } from 'node:util'
import { LevError } from '../errors.ts'
import { checkOutput, type OutputOptions } from './output-check.ts'
import { causeText, errorCode } from './system-error.ts'
import { forgetTemporary, registerTemporary, removeTemporary, temporaryPath } from './temporaries.ts'

/** Takes bytes in order. They have been used when `write` returns. */
export interface ByteSink {
  write(bytes: Uint8Array): void
}

/**
 * A file that appears under its name only when it is whole: written to a hidden name in the same folder,
 * fsynced, renamed. Every failure removes the hidden file before it is thrown.
 */
export interface OutputFile extends ByteSink {
  /** The name that the file will have. */
  readonly path: string
  /** Bytes written so far. */
  readonly byteLength: number
  /** Appends; blocks until the system has taken the bytes. Throws CannotWrite (disk full, ...). */
  write(bytes: Uint8Array): void
  /** Replaces bytes written before; for fields known only later. Throws CannotWrite. */
  overwrite(offsetBytes: number, bytes: Uint8Array): void
  /** Puts the file in its place. Throws CannotWrite; without `force` also where the name has been taken since. */
  commit(): Promise<void>
  /** Removes what was written; after `commit` it does nothing. Never throws. */
  abort(): void
}

/**
 * Begins the output file `path`. Throws CannotWrite where it stands already and `force` is not set, is no
 * regular file, or its folder is missing or cannot be written.
 */
export function createOutput(path: string, options: OutputOptions = {}): OutputFile {
  const target = checkOutput(path, options)
  const temporary = temporaryPath(dirname(target))
  return new TemporaryOutput(path, target, temporary, openNew(temporary, path), options.force ?? false)
}

/** CannotWrite for `path` after `byteLength` bytes; `cause` is the system's error, `what` names it in the message. */
export function cannotWrite(path: string, byteLength: number, cause: unknown, what = path): LevError {
  const message = `cannot write ${what}: ${causeText(cause)}, after ${byteLength} bytes; no file is left`
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

  async commit(): Promise<void> {
    this.#requireOpen()
    try {
      await promisify(fsync)(this.#file)
      this.#close()
      if (this.#force) renameSync(this.#temporary, this.#target)
      else renameToFreeName(this.#temporary, this.#target)
    } catch (cause) {
      this.abort()
      throw errorCode(cause) === 'EEXIST' ? takenMeanwhile(this.path, cause) : this.#failure(cause)
    }
    forgetTemporary(this.#temporary)
    syncFolder(dirname(this.#target))
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

/** rename() replaces silently; link() does not. Where the file system has no links, the earlier check must do. */
function renameToFreeName(temporary: string, target: string): void {
  try {
    linkSync(temporary, target)
  } catch (cause) {
    if (errorCode(cause) === 'EEXIST' || errorCode(cause) === 'ENOENT') throw cause
    checkOutput(target, { force: false })
    renameSync(temporary, target)
    return
  }
  removeTemporary(temporary)
}

function takenMeanwhile(path: string, cause: unknown): LevError {
  const message = `${path} has been written by someone else meanwhile: use another name, or --force to replace it`
  return new LevError('CannotWrite', message, { file: path, option: 'force' }, { cause })
}

/** Makes the new name itself survive a power cut. Some file systems cannot sync a folder: then it is theirs to keep. */
function syncFolder(folder: string): void {
  try {
    const file = openSync(folder, 'r')
    try {
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
  } catch {
    // The file itself is whole, synced and in its place.
  }
}
