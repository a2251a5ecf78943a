import { withInputFile } from './input-file.ts'
import { kindAt } from './kind-at.ts'
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
  return kindAt(path) === 'nothing' ? undefined : readWholeFile(path, mostBytes)
}
