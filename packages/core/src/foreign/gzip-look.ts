import { constants, gunzipSync } from 'node:zlib'
import type { FileStart, Look } from './file-start.ts'
import { latin1, NPY } from './signatures.ts'

/** Compressed bytes that are inflated to see what is inside: they give at most about 4 MiB. */
const INFLATED_BYTES = 4096

/** Its signature has three bytes only, so it has to inflate as well. `lookInside` tells what is compressed. */
export function gzipLook(
  { bytes }: FileStart,
  lookInside: (start: FileStart) => Look | undefined,
): Look | undefined {
  if (latin1(bytes, 0, 3) !== '\x1f\x8b\x08' || (bytes[3] ?? 0) > 0x1f) return undefined
  const inside = inflatedStart(bytes)
  if (inside === undefined) return undefined
  const held = lookInside({ bytes: inside })
  return {
    what: held === undefined ? 'compressed by gzip' : `compressed by gzip (inside: ${held.what})`,
    opaque: true,
    advice: 'decompress it first',
    ...(held?.what === NPY ? { holds: 'npy.gz' } : {}),
  }
}

function inflatedStart(bytes: Uint8Array): Uint8Array | undefined {
  try {
    return gunzipSync(bytes.subarray(0, INFLATED_BYTES), { finishFlush: constants.Z_SYNC_FLUSH })
  } catch {
    return undefined // No gzip after all.
  }
}
