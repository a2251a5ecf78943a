import type { Heads, MatrixSource, RowMask, VisibilityOptions } from '@levattention/core/internal'
import type { VisibilityFiles } from '../problem/visibility-options.ts'
import { warnOfOneMask } from './input-messages.ts'
import type { Inputs } from './open-inputs.ts'

/** Masks of keys and queries, of each batch where there are several. */
export interface RowMasks {
  readonly keyMask?: RowMask | undefined
  readonly queryMask?: RowMask | undefined
}

interface Shapes {
  readonly keys: Rows
  readonly queries: Rows
}
type Rows = Pick<MatrixSource, 'rows'> & Partial<Pick<Heads, 'extents'>>

/**
 * The masks that `files` name, of keys [n, d] and queries [m, d]. Warns where one alone is given and n = m: in self-attention both
 * sides are padded; not without `warnsOfOne`: a file that is tried has the masks that it has. Throws as `Inputs.openMask`.
 */
export async function openMasks(
  inputs: Inputs,
  { keyMaskFile, queryMaskFile }: VisibilityFiles,
  { keys, queries }: Shapes,
  warnsOfOne = true,
): Promise<RowMasks> {
  const open = async (file: string | undefined, option: string, { rows, extents }: Rows) =>
    file === undefined ? undefined : await inputs.openMask(file, option, rows, extents?.batch ?? 1)
  const keyMask = await open(keyMaskFile, 'key-mask', keys)
  const queryMask = await open(queryMaskFile, 'query-mask', queries)
  const isOne = (keyMask === undefined) !== (queryMask === undefined)
  if (warnsOfOne && isOne && keys.rows === queries.rows) warnOfOneMask(inputs.stats, keyMask !== undefined)
  return { keyMask, queryMask }
}

/** What the masks say of a batch. */
export function masksOfBatch(
  { keyMask, queryMask }: RowMasks,
  batch = 0,
): Pick<VisibilityOptions, 'keyMask' | 'queryMask'> {
  return {
    ...(keyMask ? { keyMask: keyMask.seen(batch) } : {}),
    ...(queryMask ? { queryMask: queryMask.seen(batch) } : {}),
  }
}
