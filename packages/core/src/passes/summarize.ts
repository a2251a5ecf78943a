import { summarizeShard } from './shard-sweeps.ts'
import { shardState, summaryPassOf } from './summary-pass.ts'

/** The fused pass: the Gram of the keys, and those keys that the Gram of their own shard does not exclude (theory.md section 3). */
export const summarizePass = summaryPassOf<{ readonly epsilon: number }>({
  kind: 'summarize',
  map(shard, { epsilon }) {
    const { gram, candidates } = summarizeShard(shard, epsilon)
    return shardState(shard, epsilon, gram, candidates)
  },
  terms: ({ epsilon }) => ({ epsilon }),
})
