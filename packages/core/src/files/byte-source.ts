import { closeSync, fstatSync, readSync } from 'node:fs'
import { LevError } from '../errors/errors.ts'
import { openRegular } from './input-file.ts'
import { causeText } from './system-error.ts'

/** Bytes read by position: a file, or an array in memory. */
export interface ByteSource {
  /** For messages. */
  readonly name: string
  readonly byteLength: number
  /** Fills `into` from `offsetBytes` on. Throws InputChanged where the bytes end early. */
  read(offsetBytes: number, into: Uint8Array): void
  close(): void
}

/** `bytes` in memory, called `name` in messages. They are read, not copied. */
export function bytesSource(bytes: Uint8Array, name: string): ByteSource {
  return {
    name,
    byteLength: bytes.byteLength,
    read(offsetBytes, into) {
      into.set(bytes.subarray(offsetBytes, offsetBytes + into.byteLength))
    },
    close() {},
  }
}

/** The file at `path`, open until `close`. Throws NotFound where it cannot be opened or is no regular file. */
export function openFileSource(path: string): ByteSource {
  const file = openRegular(path)
  const stat = fstatSync(file)
  let isOpen = true
  return {
    name: path,
    byteLength: stat.size,
    read: (offsetBytes, into) => readFully(file, path, offsetBytes, into),
    close() {
      if (isOpen) closeSync(file)
      isOpen = false
    },
  }
}

function readFully(file: number, path: string, offsetBytes: number, into: Uint8Array): void {
  let done = 0
  while (done < into.byteLength) {
    const count = readSome(file, path, into, done, offsetBytes + done)
    if (count === 0) {
      const message = `${path} ended at byte ${offsetBytes + done} while it was read`
      throw new LevError('InputChanged', message, { file: path })
    }
    done += count
  }
}

function readSome(file: number, path: string, into: Uint8Array, done: number, positionBytes: number): number {
  try {
    return readSync(file, into, done, Math.min(into.byteLength - done, 2 ** 30), positionBytes)
  } catch (cause) {
    throw new LevError('NotFound', `cannot read ${path}: ${causeText(cause)}`, { file: path }, { cause })
  }
}
