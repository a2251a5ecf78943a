import { gramOfRows } from './shard-sweeps.ts'
import { ANY_EPSILON, shardState, summaryPassOf } from './summary-pass.ts'

/** The Gram of the keys [n, d] (theory.md section 1); they stay open. */
export const gramPass = summaryPassOf<object>({
  kind: 'gram',
  map: (shard) => shardState(shard, ANY_EPSILON, gramOfRows(shard), undefined),
})
