import { GramSum } from '../summary/gram-sum.ts'
import { selectRows } from '../summary/shard-sweeps.ts'
import type { Factor } from '../universal/factor.ts'
import { keptByOthers } from '../universal/other-weights.ts'
import { shardState, summaryPassOf } from './summary-pass.ts'

interface SelectQuestion {
  readonly factor: Factor
  readonly threshold: number
  readonly epsilon: number
}

/** The keys whose bound by the factor of all keys reaches `threshold`; no Gram. */
export const selectPass = summaryPassOf<SelectQuestion>({
  kind: 'select',
  map(source, range, kernels, { factor, threshold, epsilon }) {
    const selected = selectRows(source, range, kernels, factor, threshold)
    const candidates = keptByOthers(kernels, factor, selected, threshold)
    return shardState(source, range, epsilon, new GramSum(source.cols), candidates)
  },
  terms: ({ epsilon }) => ({ epsilon }),
  isSelection: true,
})
