import { type AttentionTerms, forEachTile } from '../selection/attention-sums.ts'
import { rowsIn } from '../matrix/row-ranges.ts'
import type { LogSums } from '../selection/log-sums.ts'
import { type RowTask, TRANSIENT } from './pass.ts'

/** The attention that each key of [range) gets from all queries that are read; `tops`, `totals`: theirs over all keys. */
export const columnSumsTask: RowTask<AttentionTerms & LogSums, Float64Array> = {
  kind: 'columnSums',
  ...TRANSIENT,
  answer(shard, terms) {
    const { rowStart } = shard.range
    const { keyMask } = terms.visibility
    const { tops } = terms
    const shares = terms.totals.map((total) => (total > 0 ? 1 / total : 0))
    const sums = new Float64Array(rowsIn(shard.range))
    forEachTile(shard, terms, ({ logits, keyStart, keyCount, queryStart, queryCount, starts, ends }) => {
      for (let k = 0, i = 0; k < keyCount; k++, i += queryCount) {
        const key = keyStart + k
        if (keyMask?.[key] === 0) continue
        let sum = sums[key - rowStart]
        for (let q = 0; q < queryCount; q++) {
          if (!(starts[q] <= key && key < ends[q])) continue
          sum += Math.exp(logits[i + q] - tops[queryStart + q]) * shares[queryStart + q]
        }
        sums[key - rowStart] = sum
      }
    })
    return sums
  },
}
