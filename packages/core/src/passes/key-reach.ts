import type { Visibility } from '../attention/visibility.ts'
import type { InputName } from '../errors/errors.ts'
import { type KeyReach, mergeReaches, NO_REACH } from '../softmax/key-reach.ts'
import { reachOfKeys } from '../softmax/reach-of-keys.ts'
import { numberIn, recordOf } from './part-checks.ts'
import { plainPassOf } from './pass.ts'

export interface KeyReachQuestion {
  readonly visibility: Visibility
  /** What the rows are, one a key; default keys. */
  readonly input?: InputName | undefined
}

/** How far keys, or their values, reach: asked once, before softmax rows are computed over them. */
export const keyReachPass = plainPassOf<KeyReachQuestion, KeyReach>({
  kind: 'key-reach',
  map: (shard, { visibility, input }) => reachOfKeys(shard, visibility, input),
  zero: () => NO_REACH,
  merge: (a, b) => mergeReaches(a, b),
  check(packed) {
    const { largestNorm, largestEntry } = recordOf(packed, 'reach')
    const norm = numberIn(largestNorm, 'largestNorm', 0, Infinity)
    numberIn(largestEntry, 'largestEntry', 0, norm)
  },
})
