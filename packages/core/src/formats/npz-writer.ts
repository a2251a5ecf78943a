import { elementChunks, type ElementArray, type ElementType } from '../files/elements.ts'
import { NPY_DESCR, dataBytes, npyHeader } from './npy-writer.ts'
import type { OutputOptions } from '../files/output-check.ts'
import { createOutput } from '../files/output-file.ts'
import { ZipWriter } from '../files/zip-writer.ts'

/** An array of numbers; `data` whole or in pieces, row-major, as many elements as `shape` says. */
interface NpzNumbers {
  readonly name: string
  readonly dtype: ElementType
  readonly shape: readonly number[]
  readonly data: ElementArray | Iterable<ElementArray>
}

/** A 0-d array of bytes (NumPy's |S): `z[name].item()` gives them back. Not empty, without NULs. */
interface NpzText {
  readonly name: string
  readonly text: string
}
export type NpzArray = NpzNumbers | NpzText

/**
 * Writes a .npz at `path` in NumPy's layout, members stored and in the order given, NAME.npy each.
 * Throws CannotWrite as `createOutput` and its writes do, Internal where data and shape disagree; nothing is left then.
 */
export async function writeNpz(
  path: string,
  arrays: Iterable<NpzArray>,
  options: OutputOptions = {},
): Promise<void> {
  const output = createOutput(path, options)
  try {
    const zip = new ZipWriter(output)
    for (const array of arrays) addNpzArray(zip, array)
    zip.finish()
  } catch (error) {
    output.abort()
    throw error
  }
  await output.commit()
}

/** Adds one array as member NAME.npy. Throws as ZipWriter.add. */
export function addNpzArray(zip: ZipWriter, array: NpzArray): void {
  for (const _ of npzPieces(zip, array));
}

/** As `addNpzArray`, at most 4 MiB at a time: others of this thread may come between. */
export function* npzPieces(zip: ZipWriter, array: NpzArray): Generator<void, void, void> {
  if ('text' in array) {
    const bytes = new TextEncoder().encode(array.text)
    const header = npyHeader(`|S${bytes.byteLength}`, [])
    yield* zip.pieces(`${array.name}.npy`, header.byteLength + bytes.byteLength, [header, bytes])
    return
  }
  const header = npyHeader(NPY_DESCR[array.dtype], array.shape)
  const byteLength = header.byteLength + dataBytes(array.dtype, array.shape)
  yield* zip.pieces(`${array.name}.npy`, byteLength, withHeader(header, array))
}

function* withHeader(header: Uint8Array, { dtype, data }: NpzNumbers): Generator<Uint8Array> {
  yield header
  for (const piece of ArrayBuffer.isView(data) ? [data] : data) yield* elementChunks(dtype, piece)
}
