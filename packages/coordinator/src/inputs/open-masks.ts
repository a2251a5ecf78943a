import type { Heads, MatrixSource, RowMask, VisibilityOptions } from '@levattention/core/internal'
import type { VisibilityFiles } from '../problem/visibility-options.ts'
import { warnOfOneMask } from './input-messages.ts'
import { withoutDropped } from './seen-inputs.ts'
import type { Inputs } from './open-inputs.ts'

/** Which rows of keys and queries take part, in each batch where there are several. */
export interface RowMasks {
  readonly keyMask?: SeenMask | undefined
  readonly queryMask?: SeenMask | undefined
}

/** `hiddenCount`: of those that a file hides. */
type SeenMask = Pick<RowMask, 'batches' | 'hiddenCount' | 'seen'>

interface Shapes {
  readonly keys: Rows
  readonly queries: Rows
}
type Rows = Pick<MatrixSource, 'rows'> & Partial<Pick<Heads, 'extents'>>

/**
 * The masks that `files` name, of keys [n, d] and queries [m, d]; of matrices without the rows that were dropped. Warns where one alone is
 * given and n = m: in self-attention both sides are padded; not without `warnsOfOne`: a file that is tried has the masks that it has.
 * Throws as `Inputs.openMask`.
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
  return {
    keyMask: withDropped(keyMask, inputs.wholeRows('keys')),
    queryMask: withDropped(queryMask, inputs.wholeRows('queries')),
  }
}

/** `mask` of one matrix without the rows that are 0 in `whole`. */
function withDropped(mask: RowMask | undefined, whole: Uint8Array | undefined): SeenMask | undefined {
  if (whole === undefined) return mask
  const seen = mask === undefined ? whole : withoutDropped(mask.seen(0), whole)
  return { batches: 1, hiddenCount: mask?.hiddenCount ?? 0, seen: () => seen }
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

/** What `mask` says of rows, without those that were dropped of a head that `option` names. */
export function maskOfHead(
  mask: Uint8Array | undefined,
  inputs: Inputs,
  option: 'keys' | 'queries',
  head: number,
): Uint8Array | undefined {
  const whole = inputs.wholeRows(option, head)
  return mask && whole ? withoutDropped(mask, whole) : (mask ?? whole)
}

/** The masks of one matrix of keys and one of queries; what they hide alone is told to `inputs`. */
export function masksOfRows(
  masks: RowMasks,
  inputs: Inputs,
): Pick<VisibilityOptions, 'keyMask' | 'queryMask'> {
  inputs.countHidden({
    ...(inputs.wholeRows('keys') ? { keysHidden: masks.keyMask?.hiddenCount ?? 0 } : {}),
    ...(inputs.wholeRows('queries') ? { queriesHidden: masks.queryMask?.hiddenCount ?? 0 } : {}),
  })
  return masksOfBatch(masks)
}
