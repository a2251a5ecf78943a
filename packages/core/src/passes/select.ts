import { finalThreshold } from '../bounds/filter-keys.ts'
import { GramSum } from '../sums/gram-sum.ts'
import { selectRows } from './shard-sweeps.ts'
import type { Factor } from '../bounds/factor/factor.ts'
import { keptByOthers } from '../bounds/alternatives.ts'
import { shardState, summaryPassOf } from './summary-pass.ts'

interface SelectQuestion {
  readonly factor: Factor
  readonly epsilon: number
}

/** The keys that the last filter keeps by the factor of all keys; no Gram (theory.md section 1). */
export const selectPass = summaryPassOf<SelectQuestion>({
  kind: 'select',
  map(shard, { factor, epsilon }) {
    const { source, kernels } = shard
    const threshold = finalThreshold(factor, epsilon)
    const selected = selectRows(shard, factor, threshold)
    const candidates = keptByOthers(kernels, factor, selected, threshold)
    return shardState(shard, epsilon, new GramSum(source.cols), candidates)
  },
  terms: ({ epsilon }) => ({ epsilon }),
  isSelection: true,
})
