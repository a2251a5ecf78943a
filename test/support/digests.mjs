// @ts-check
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'

/**
 * Of a file.
 * @param {string} path
 */
export function sha256(path) {
  return createHash('sha256').update(readFileSync(path)).digest('hex')
}

/**
 * sha256 of ids as int32 little-endian, the columns interleaved: the digest of test/golden's manifest.
 * @param {readonly (readonly number[])[]} columns
 */
export function idsDigest(...columns) {
  const width = columns.length
  const ids = Int32Array.from(
    { length: width * columns[0].length },
    (_, i) => columns[i % width][Math.floor(i / width)],
  )
  return createHash('sha256').update(ids).digest('hex')
}
