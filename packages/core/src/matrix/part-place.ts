import type { ArrayIndex, ErrorPlace } from '../errors/errors.ts'
import type { MatrixSource } from './matrix-source.ts'

type PartName = Pick<ErrorPlace, 'array' | 'head'> & { readonly path: string }

/** What an error about a part of a matrix says of its place. */
export function partPlace({ path, array, head }: PartName) {
  return { file: path, ...(array === undefined ? {} : { array }), ...(head === undefined ? {} : { head }) }
}

/** The place of a whole matrix; of several files that of the first with rows. */
export function matrixPlace(source: Pick<MatrixSource, 'locate'>): ErrorPlace & { readonly file: string } {
  const { file: path, ...rest } = source.locate(0)
  return partPlace({ path, ...rest })
}

/** How messages name a matrix: its address; of several files that of the first with rows. */
export function matrixName(source: Pick<MatrixSource, 'locate'>): string {
  const place = source.locate(0)
  return addressOf(place) ?? place.file
}

/** A matrix as its user may type it: `k.npy`, `k.npy#[3]`, `k.npz#keys[0,3]`; undefined without a file. */
export function addressOf({ file, array = '', head = [] }: ErrorPlace): string | undefined {
  const fragment = array + indexText(head)
  return fragment === '' ? file : `${file}#${fragment}`
}

/** `[0,3]`, `[0,:,3]`, or nothing for no index. */
export function indexText(index: ArrayIndex): string {
  return index.length === 0 ? '' : `[${index.join(',')}]`
}
