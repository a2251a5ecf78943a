import { ELEMENT_BYTES, elementChunks, type ElementArray, type ElementType } from '../files/elements.ts'
import type { OutputOptions } from '../files/output-check.ts'
import { createOutput } from '../files/output-file.ts'
import type { SealedFile } from '../files/place-files.ts'
import { dataBytes, NPY_DESCR, npyHeader } from './npy-writer.ts'

/** A .npy file whose elements are written in any order, row-major places; what nobody writes is zero. */
export interface NpyPlaces {
  /** Throws CannotWrite, Internal beyond the end. */
  put(place: number, piece: ElementArray): void
  /** Completes the file, still hidden, to be placed together with others. Throws CannotWrite. */
  seal(): Promise<readonly SealedFile[]>
  /** Removes what is still hidden. Never throws. */
  discard(): void
}

/** Begins a .npy file of `dtype` and `shape` at `path`. Throws CannotWrite as `createOutput` does. */
export function openNpyPlaces(
  path: string,
  { dtype, shape, ...options }: { dtype: ElementType; shape: readonly number[] } & OutputOptions,
): NpyPlaces {
  const output = createOutput(path, options)
  const header = npyHeader(NPY_DESCR[dtype], shape)
  output.write(header)
  output.extend(dataBytes(dtype, shape))
  return {
    put(place, piece) {
      let at = header.byteLength + place * ELEMENT_BYTES[dtype]
      for (const chunk of elementChunks(dtype, piece)) {
        output.overwrite(at, chunk)
        at += chunk.byteLength
      }
    },
    seal: async () => [await output.seal()],
    discard: () => output.abort(),
  }
}
