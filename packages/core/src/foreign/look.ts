import type { FileStart, Look } from './file-start.ts'
import { gzipLook } from './gzip-look.ts'
import { perhapsPickle, pickleLook } from './pickle-look.ts'
import { signatureLook } from './signatures.ts'
import { matlab4Look, recordsLook, safetensorsLook, tarLook, vectorsLook } from './structures.ts'
import { textLook } from './text-look.ts'

/**
 * What `start` is, where it shows that it is something other than raw numbers; undefined where it shows nothing. Raw
 * numbers are taken for something else with a probability below 1e-8: every test asks for at least four given bytes, or
 * for a structure that holds throughout.
 */
export function lookOf(start: FileStart): Look | undefined {
  return (
    signatureLook(start.bytes) ??
    tarLook(start) ??
    gzipLook(start, lookOf) ??
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
