import { closeSync, fstatSync, readSync } from 'node:fs'
import { kindAt } from './kind-at.ts'
import { openRegular } from './open-regular.ts'
import { readTogether } from './read-together.ts'
import { badContent, refusal, unreadable } from './refusal.ts'

/** An open input file whose header is being read. */
export interface InputFile {
  /** As the user named it. */
  readonly path: string
  /** Where its bytes are: elsewhere, where they were inflated or came through a pipe. */
  readonly openPath: string
  readonly byteLength: number
  readonly mtimeMs: number
  /** The bytes [position, position + byteLength). Refused (Content) before allocation where the file is shorter. */
  readonly bytes: (position: number, byteLength: number) => Uint8Array
}

/**
 * Opens a regular file for the time of `use`. `openPath` is where the bytes are, where that differs from the name
 * that messages show. Throws NotFound (absent, a folder, a pipe, unreadable).
 */
export function withInputFile<T>(path: string, use: (file: InputFile) => T, openPath = path): T {
  const fd = openRegular(path, openPath)
  try {
    const { size, mtimeMs } = fstatSync(fd)
    if (size === 0) requireEmpty(fd, path)
    return use({
      path,
      openPath,
      byteLength: size,
      mtimeMs,
      bytes: (position, byteLength) => readExactly(fd, path, size, position, byteLength),
    })
  } finally {
    closeSync(fd)
  }
}

/**
 * All bytes of the regular file at `path`, for small ones. Throws NotFound (absent, a folder, a pipe, a device, unreadable),
 * Content where it has more than `mostBytes`, InputChanged where it becomes shorter.
 */
export function readWholeFile(path: string, mostBytes: number): Uint8Array {
  return withInputFile(path, ({ byteLength, bytes }) => {
    if (byteLength <= mostBytes) return bytes(0, byteLength)
    throw badContent(path, `has ${byteLength} bytes, and is read only up to ${mostBytes}`)
  })
}

/** As `readWholeFile`; undefined where nothing is at `path`. */
export function readFileIfThere(path: string, mostBytes: number): Uint8Array | undefined {
  return kindAt(path) === 'nothing' ? undefined : readWholeFile(path, mostBytes)
}

/** Throws NotFound where a file of no size holds bytes: Linux makes those of /proc and /sys as they are read. */
function requireEmpty(fd: number, path: string): void {
  let got = 0
  try {
    got = readSync(fd, new Uint8Array(1), 0, 1, 0)
  } catch {
    // What cannot be read is as good as empty.
  }
  if (got > 0)
    throw refusal('NotFound', path, 'is no regular file with a size; copy its content into a file first')
}

function readExactly(
  fd: number,
  path: string,
  fileBytes: number,
  position: number,
  byteLength: number,
): Uint8Array {
  if (position + byteLength > fileBytes) {
    throw badContent(
      path,
      `truncated: bytes ${position} to ${position + byteLength} are needed, the file has ${fileBytes}`,
    )
  }
  const bytes = new Uint8Array(byteLength)
  const got = readFully(fd, bytes, position, (cause, at) =>
    unreadable(path, `cannot be read at byte ${at}`, cause),
  )
  if (got < byteLength) throw refusal('InputChanged', path, 'became shorter while it was read; start again')
  return bytes
}

/** Node reads no 2 GiB at once. */
const MOST_AT_ONCE = 2 ** 30

/**
 * Fills `into` with the bytes of `file` from `position` on: the system may give fewer at a time. How many there were: fewer
 * where the file ends. Throws what `failure` makes of the system's error and of the byte at which it came.
 */
export function readFully(
  file: number,
  into: Uint8Array,
  position: number,
  failure: (cause: unknown, position: number) => Error,
): number {
  let done = readTogether(file, into, position)
  try {
    while (done < into.length) {
      const got = readSync(file, into, done, Math.min(into.length - done, MOST_AT_ONCE), position + done)
      if (got === 0) break
      done += got
    }
  } catch (cause) {
    throw failure(cause, position + done)
  }
  return done
}
