import { statSync } from 'node:fs'
import { withInputFile } from './input-file.ts'
import { badContent } from './refusal.ts'

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
  return isAbsent(path) ? undefined : readWholeFile(path, mostBytes)
}

function isAbsent(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false }) === undefined
  } catch {
    return false // Something is there that cannot be looked at: opening it says why.
  }
}
