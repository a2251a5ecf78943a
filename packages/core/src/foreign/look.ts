import type { FileStart, Look } from './file-start.ts'
import { perhapsPickle, pickleLook } from './pickle-look.ts'
import { DECOMPRESS, latin1, NPY, R_DATA, signatureLook } from './signatures.ts'
import { matlab4Look, recordsLook, safetensorsLook, tarLook, vectorsLook } from './structures.ts'
import { textLook } from './text-look.ts'
import { constants, gunzipSync } from 'node:zlib'

/**
 * What `start` is, where it shows that it is something other than raw numbers; undefined where it shows nothing. Raw
 * numbers are taken for something else with a probability below 1e-8: every test asks for at least four given bytes, or
 * for a structure that holds throughout.
 */
export function lookOf(start: FileStart): Look | undefined {
  return (
    signatureLook(start.bytes) ??
    tarLook(start) ??
    gzipLook(start) ??
    pickleLook(start) ??
    safetensorsLook(start) ??
    matlab4Look(start) ??
    vectorsLook(start) ??
    recordsLook(start) ??
    textLook(start)
  )
}

/** What a file that cannot be raw numbers may be, by fewer bytes. */
export function perhaps(start: FileStart): Look | undefined {
  const signature = signatureLook(start.bytes, true)
  return signature ?? perhapsPickle(start)
}

/** What a file is of which no more is known. */
export const GZIP = 'compressed by gzip'

/** Compressed bytes that are inflated to see what is inside: they give at most about 4 MiB. */
const INFLATED_BYTES = 4096

/** Its signature has three bytes only, so it has to inflate as well. */
function gzipLook({ bytes }: FileStart): Look | undefined {
  if (latin1(bytes, 0, 3) !== '\x1f\x8b\x08' || (bytes[3] ?? 0) > 0x1f) return undefined
  const inside = inflatedStart(bytes)
  if (inside === undefined) return undefined
  const held = lookOf({ bytes: inside })
  return {
    what: held === undefined ? GZIP : `${GZIP} (inside: ${held.what})`,
    opaque: true,
    // What R saves is compressed as a matter of course: there is nothing to decompress by hand.
    advice: held?.what === R_DATA ? (held.advice ?? DECOMPRESS) : DECOMPRESS,
    ...heldInside(held),
  }
}

function heldInside(held: Look | undefined): Pick<Look, 'holds'> {
  if (held?.what === NPY) return { holds: 'npy.gz' }
  const { holds } = held ?? {}
  return holds === 'table' || holds === 'names' || holds === 'text' ? { holds: `${holds}.gz` } : {}
}

function inflatedStart(bytes: Uint8Array): Uint8Array | undefined {
  try {
    return gunzipSync(bytes.subarray(0, INFLATED_BYTES), { finishFlush: constants.Z_SYNC_FLUSH })
  } catch {
    return undefined // No gzip after all.
  }
}
