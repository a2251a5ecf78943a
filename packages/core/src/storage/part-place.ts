import type { ErrorPlace } from '../errors.ts'
import type { FilePart } from './matrix-source.ts'

/** What an error about a part of a matrix says of its place. */
export function partPlace({ path, array, head }: Pick<FilePart, 'path' | 'array' | 'head'>) {
  return {
    file: path,
    ...(array === undefined ? {} : { array }),
    ...(head === undefined ? {} : { head }),
  }
}

/** A matrix as its user may type it: `k.npy`, `k.npy#[3]`, `k.npz#keys[0,3]`; undefined without a file. */
export function addressOf({ file, array = '', head = [] }: ErrorPlace): string | undefined {
  const fragment = array + indexText(head)
  return fragment === '' ? file : `${file}#${fragment}`
}

/** `[0,3]`, or nothing for no index. */
export function indexText(index: readonly number[]): string {
  return index.length === 0 ? '' : `[${index.join(',')}]`
}
