import type { Visibility } from '../attention/visibility.ts'
import { type KeyReach, mergeReaches, NO_REACH } from '../softmax/key-reach.ts'
import { reachOfKeys } from '../softmax/reach-of-keys.ts'
import { numberIn, recordOf } from './part-checks.ts'
import { plainPassOf } from './pass.ts'

/** How far keys reach: asked once, before softmax rows are computed over them. */
export const keyReachPass = plainPassOf<{ readonly visibility: Visibility }, KeyReach>({
  kind: 'key-reach',
  map: (shard, { visibility }) => reachOfKeys(shard, visibility),
  zero: () => NO_REACH,
  merge: (a, b) => mergeReaches(a, b),
  check(packed) {
    const { largestNorm, largestEntry } = recordOf(packed, 'reach')
    const norm = numberIn(largestNorm, 'largestNorm', 0, Infinity)
    numberIn(largestEntry, 'largestEntry', 0, norm)
  },
})
