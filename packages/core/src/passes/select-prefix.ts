import { type GramParts, GramSum } from '../sums/gram-sum.ts'
import { selectByEarlier } from '../bounds/causal/prefix-blocks.ts'
import { shardState, summaryPassOf } from './summary-pass.ts'

interface SelectPrefixQuestion {
  /** The sum of all rows before the range. */
  readonly prefix: GramParts
  readonly epsilon: number
  readonly p: number
}

/** Causal: the keys that neither the rows before their shard nor earlier rows of it exclude (theory.md section 6). */
export const selectPrefixPass = summaryPassOf<SelectPrefixQuestion>({
  kind: 'selectPrefix',
  map(shard, { prefix, epsilon, p }) {
    const { source } = shard
    const before = new GramSum(source.cols, prefix)
    const { kept, ridge } = selectByEarlier(shard, before, epsilon, p)
    const others = { policy: 'prefix', dropRidge: ridge } as const
    return shardState(shard, epsilon, new GramSum(source.cols), kept, others)
  },
  terms: ({ epsilon }) => ({ epsilon, policy: 'prefix' }),
  isSelection: true,
})
