import { closeSync, fstatSync } from 'node:fs'
import { LevError } from '../errors/errors.ts'
import { readFully } from './input-file.ts'
import { openRegular } from './open-regular.ts'
import { causeText } from './refusal.ts'

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

/** The file at `path`, called `name` in messages, open until `close`. Throws NotFound where it cannot be opened or is no regular file. */
export function openFileSource(path: string, name = path): ByteSource {
  const file = openRegular(path)
  const stat = fstatSync(file)
  let isOpen = true
  return {
    name,
    byteLength: stat.size,
    read: (offsetBytes, into) => readFrom(file, name, offsetBytes, into),
    close() {
      if (isOpen) closeSync(file)
      isOpen = false
    },
  }
}

function readFrom(file: number, path: string, offsetBytes: number, into: Uint8Array): void {
  const got = readFully(
    file,
    into,
    offsetBytes,
    (cause) =>
      new LevError('NotFound', `cannot read ${path}: ${causeText(cause)}`, { file: path }, { cause }),
  )
  if (got === into.byteLength) return
  const message = `${path} ended at byte ${offsetBytes + got} while it was read`
  throw new LevError('InputChanged', message, { file: path })
}
