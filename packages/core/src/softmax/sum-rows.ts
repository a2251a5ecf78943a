import { mergeSoftmaxRows } from '../kernels/merge-softmax-rows.ts'
import type { SoftmaxRows } from '../kernels/softmax-kernels.ts'
import { withScratch } from '../kernels/with-scratch.ts'
import type { ShardRows } from '../matrix/row-blocks.ts'
import { forEachKeyBlock } from './key-blocks.ts'
import { queryBatch, type SoftmaxTerms } from './query-groups.ts'
import { LEAST_HITS } from '../kernels/softmax-kernels.ts'

/** The softmax rows of a batch over the keys of `shard`, [queries of the batch] each. Throws as `searchPairs`. */
export function sumRows(shard: ShardRows, terms: SoftmaxTerms, mostLogitError: number): SoftmaxRows {
  const { kernels } = shard
  return withScratch(kernels, () => {
    const batch = queryBatch(shard, terms, mostLogitError)
    const sum = emptyRows(batch.count)
    const none = batch.groups.map(({ places, isFloat64 }) => ({
      thresholds: kernels.f64(places.length).fill(Infinity),
      hits: {
        queries: kernels.u32(LEAST_HITS),
        keys: kernels.u32(LEAST_HITS),
        logits: isFloat64 ? new Float64Array(LEAST_HITS) : kernels.f32(LEAST_HITS),
        capacity: LEAST_HITS,
        progress: kernels.u32(1),
      },
    }))
    forEachKeyBlock(shard, terms.visibility, batch.keyScaling, (keys) => {
      batch.groups.forEach((group, i) => {
        const block = group.block(keys)
        if (block) group.softmax.softmaxPairs(none[i].hits, group.rows, none[i].thresholds, block)
      })
    })
    for (const { places, rows } of batch.groups) {
      places.forEach((place, g) => {
        sum.shifts[place] = rows.shifts[g]
        sum.totals[place] = rows.totals[g]
      })
    }
    return sum
  })
}

export function emptyRows(count: number): SoftmaxRows {
  return { shifts: new Float64Array(count).fill(-Infinity), totals: new Float64Array(count) }
}

/** Of keys and those behind them; neither is changed. */
export function joinRows(a: SoftmaxRows, b: SoftmaxRows): SoftmaxRows {
  const joined = { shifts: a.shifts.slice(), totals: a.totals.slice() }
  mergeSoftmaxRows(joined, b)
  return joined
}
