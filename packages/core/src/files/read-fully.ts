import { readSync } from 'node:fs'

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
  let done = 0
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
