import type { Heads } from '@levattention/core/internal'
import type { HeadPair } from '../job/head-pairs.ts'
import type { InputOptions } from './open-inputs.ts'
import { type FiniteHeads, finiteHeads, type HeadPart, type HeadWatch } from './finite-heads.ts'

/** Which rows of a head count; absent: all. */
export type SeenOf = (headIndex: number) => HeadPart['seen']

/** Heads of queries with those of keys that serve them. Throws as `finiteHeads`. */
export async function finitePairs(
  { keys, queries }: { readonly keys: Heads; readonly queries: Heads },
  wanted: readonly HeadPair[],
  { skipBadHeads }: Pick<InputOptions, 'skipBadHeads'>,
  job: HeadWatch,
  seen: { readonly keys?: SeenOf; readonly queries?: SeenOf } = {},
): Promise<FiniteHeads<HeadPair>> {
  const partsOf = ({ head, keyHead }: HeadPair): HeadPart[] => {
    const ofKeys = { input: 'keys', heads: keys, headIndex: keyHead, seen: seen.keys?.(keyHead) } as const
    if (queries === keys && head === keyHead) return [ofKeys]
    return [ofKeys, { input: 'queries', heads: queries, headIndex: head, seen: seen.queries?.(head) }]
  }
  return await finiteHeads(wanted, { partsOf, indexOf: ({ head }) => head, skipBadHeads }, job)
}
