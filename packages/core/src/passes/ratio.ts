import { largestWeightRatio } from './shard-sweeps.ts'
import type { Factor } from '../bounds/factor/factor.ts'
import { numberIn } from './part-checks.ts'
import { plainPassOf } from './pass.ts'

/** The largest t_j / w_j^(2/p) of the keys: C of theory.md section 2. */
export const ratioPass = plainPassOf<{ readonly factor: Factor }, number>({
  kind: 'ratio',
  map: (shard, { factor }) => largestWeightRatio(shard, factor),
  zero: () => 0,
  merge: (a, b) => Math.max(a, b),
  check: (packed) => void numberIn(packed, 'ratio', 0, Infinity),
})
