import { counted } from '../errors/counted.ts'
import { LevError } from '../errors/errors.ts'
import { ELEMENT_BYTES, elementChunks, type ElementArray, type ElementType } from '../files/elements.ts'
import { createOutput } from '../files/output-file.ts'
import type { OutputOptions } from '../files/output-check.ts'
import { placeFiles, type SealedFile } from '../files/place-files.ts'
import { elementCount, shapeText } from './stored-array.ts'

/** NumPy's name of each element type. */
export const NPY_DESCR: Readonly<Record<ElementType, string>> = {
  f64: '<f8',
  f32: '<f4',
  u64: '<u8',
  i64: '<i8',
  u32: '<u4',
  i32: '<i4',
  u8: '|u1',
}

const MAGIC_AND_LENGTH_BYTES = 10
const ALIGN_BYTES = 64
// NumPy leaves room for the first axis to grow to 2^64 in place; so do we, to write the bytes that it writes.
const GROWTH_DIGITS = 21

/** The header of a version 1.0 .npy of this `shape`: the bytes that np.save writes before the data. */
export function npyHeader(descr: string, shape: readonly number[], isFortran = false): Uint8Array {
  const growing = shape.at(isFortran ? -1 : 0)
  const growth = growing === undefined ? 0 : GROWTH_DIGITS - String(growing).length
  const dict = `{'descr': '${descr}', 'fortran_order': ${isFortran ? 'True' : 'False'}, 'shape': ${shapeText(shape)}, }${' '.repeat(growth)}`
  // As NumPy: a header that fits exactly is followed by 64 spaces all the same.
  const totalBytes = (Math.floor((MAGIC_AND_LENGTH_BYTES + dict.length + 1) / ALIGN_BYTES) + 1) * ALIGN_BYTES
  const bytes = new Uint8Array(totalBytes).fill(0x20)
  bytes.set(new TextEncoder().encode('\u0000NUMPY\u0001\u0000'), 0)
  bytes[0] = 0x93
  new DataView(bytes.buffer).setUint16(8, totalBytes - MAGIC_AND_LENGTH_BYTES, true)
  bytes.set(new TextEncoder().encode(dict), MAGIC_AND_LENGTH_BYTES)
  bytes[totalBytes - 1] = 0x0a
  return bytes
}

/** A .npy file written piece by piece, row-major; it appears at `finish`. */
export interface NpySink {
  /** Appends elements. Throws CannotWrite, or Internal where there are more than the shape holds. */
  write(piece: ElementArray): void
  /** Completes the file, still hidden, to be placed together with others. Throws CannotWrite, Internal where elements are missing. */
  seal(): Promise<SealedFile>
  /** Seals it and puts it in its place. Throws as `seal`. */
  finish(): Promise<void>
  /** Removes what is still hidden. Never throws. */
  abort(): void
}

/** Begins a .npy file of `dtype` and `shape` at `path`. Throws CannotWrite as `createOutput` does. */
export function openNpySink(
  path: string,
  { dtype, shape, ...options }: { dtype: ElementType; shape: readonly number[] } & OutputOptions,
): NpySink {
  const output = createOutput(path, options)
  output.write(npyHeader(NPY_DESCR[dtype], shape))
  const wanted = elementCount(shape)
  let written = 0
  const refuse = (count: number): LevError => {
    output.abort()
    return new LevError('Internal', `${path} was to hold ${counted(wanted, 'element')} and got ${count}`)
  }
  const seal = async (): Promise<SealedFile> => {
    if (written !== wanted) throw refuse(written)
    return await output.seal()
  }
  return {
    write(piece) {
      if (written + piece.length > wanted) throw refuse(written + piece.length)
      for (const chunk of elementChunks(dtype, piece)) output.write(chunk)
      written += piece.length
    },
    seal,
    finish: async () => placeFiles([await seal()]),
    abort: () => output.abort(),
  }
}

/** Bytes of an array's data. */
export function dataBytes(dtype: ElementType, shape: readonly number[]): number {
  return elementCount(shape) * ELEMENT_BYTES[dtype]
}
