import type { Heads, MatrixSource } from '@levattention/core/internal'
import type { Inputs } from '../inputs/open-inputs.ts'

/** Matrices [rows, cols] that are heads of one array, or the one that there is. */
export interface HeadSet {
  readonly rows: number
  readonly cols: number
  /** Of an array of heads. */
  readonly heads?: Heads
  open(head: number): MatrixSource
}

/** The heads of the array that `given` names, or without `isHeads` the matrix. Throws as `Inputs.open` and `Inputs.openHeads`. */
export async function openHeadSet(
  inputs: Inputs,
  given: readonly string[],
  option: string,
  isHeads: boolean,
): Promise<HeadSet> {
  if (!isHeads) return oneHead(await inputs.open(given, option))
  const heads = await inputs.openHeads(given, option)
  return headSetOf(heads)
}

export function headSetOf(heads: Heads): HeadSet {
  return { rows: heads.rows, cols: heads.cols, heads, open: (head) => heads.open(head) }
}

export function oneHead(source: MatrixSource): HeadSet {
  return { rows: source.rows, cols: source.cols, open: () => source }
}

/** What a mask of its rows has to fit. */
export function extentsOf({
  rows,
  heads,
}: HeadSet): Pick<MatrixSource, 'rows'> & Partial<Pick<Heads, 'extents'>> {
  return { rows, ...(heads && { extents: heads.extents }) }
}
