import {
  LevError,
  type MatrixSource,
  originOf,
  requireRowMask,
  requireRowRange,
  seenMatrix,
  type UniversalSet,
  type VisibilityOptions,
} from '@levattention/core/internal'
import { requireSameMask, seenAgreed } from '../problem/seen-rows.ts'
import { toSharedMemory } from '../tasks/shared-memory.ts'

/**
 * Which rows of the keys take part in |q.k|^p: the others are read as zeros, NaN among them too, which weigh nothing. Ids and positions
 * stay the matrix's.
 */
export interface SeenKeys extends Pick<VisibilityOptions, 'keyRows' | 'keyMask'> {}

/** Which queries are answered: the others are read as zeros, whose rows are undefined. */
export interface SeenQueries extends Pick<VisibilityOptions, 'queryRows' | 'queryMask'> {}

/** `keys` [n, d] as they are read. Throws Option where a range or mask does not fit their rows. */
export function seenKeys(keys: MatrixSource, { keyRows, keyMask }: SeenKeys): MatrixSource {
  requireRowRange('keyRows', keyRows, keys.rows, 'key')
  requireRowMask('keyMask', keyMask, keys.rows, 'key')
  return seen(keys, keyRows, keyMask)
}

/** `queries` [m, d] as they are read. Throws as `seenKeys`. */
export function seenQueries(queries: MatrixSource, { queryRows, queryMask }: SeenQueries): MatrixSource {
  requireRowRange('queryRows', queryRows, queries.rows, 'query')
  requireRowMask('queryMask', queryMask, queries.rows, 'query')
  return seen(queries, queryRows, queryMask)
}

function seen(source: MatrixSource, within: SeenKeys['keyRows'], mask: Uint8Array | undefined): MatrixSource {
  // Workers share it.
  return within || mask ? seenMatrix(source, { within, seen: mask && toSharedMemory(mask) }) : source
}

/** The keys as they were read when the set was made. Throws Option where the options say otherwise than the set. */
export function keysOfSet(
  universal: UniversalSet,
  options: SeenKeys & { readonly keys?: MatrixSource | undefined },
): MatrixSource | undefined {
  const { keys, keyMask, keyRows } = options
  if (keys === undefined) {
    if ((keyRows ?? keyMask) === undefined) return undefined
    const option = keyRows ? 'keyRows' : 'keyMask'
    throw new LevError(
      'Option',
      `${option} is about keys that are read: give keys as well, or leave it out`,
      {
        option,
      },
    )
  }
  const known = originOf(universal)?.seen
  if (known === undefined) return seenKeys(keys, options)
  const agreed = seenAgreed({ keyRows: known.keyRows }, { keyRows }, 'the universal set')
  requireSameMask('key', keyMask, known.keyMaskDigest, 'the universal set')
  return seenKeys(keys, { keyRows: agreed.keyRows, keyMask })
}
