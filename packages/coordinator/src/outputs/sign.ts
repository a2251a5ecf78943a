import type { HeavyBatch } from '@levattention/core/internal'

/**
 * `batch` without the pairs of a negative dot. A heavy pair's dot is not 0: where it is told as 0 it has underflowed, and
 * zero has kept its sign. Each query's slack stays: a bound over all its heavy pairs.
 */
export function keepPositive(batch: HeavyBatch): HeavyBatch {
  const { queryCount, offsets, keyIds, scores, dots, scoreLow, scoreHigh } = batch
  const kept = Uint32Array.from(dots.keys()).filter((at) => dots[at] > 0 || Object.is(dots[at], 0))
  const keptOffsets = new Uint32Array(queryCount + 1)
  let next = 0
  for (let query = 0; query < queryCount; query++) {
    while (next < kept.length && kept[next] < offsets[query + 1]) next++
    keptOffsets[query + 1] = next
  }
  const picked = (values: Float64Array) => Float64Array.from(kept, (at) => values[at])
  return {
    ...batch,
    offsets: keptOffsets,
    keyIds: picked(keyIds),
    scores: picked(scores),
    dots: picked(dots),
    ...(scoreLow ? { scoreLow: picked(scoreLow) } : {}),
    ...(scoreHigh ? { scoreHigh: picked(scoreHigh) } : {}),
  }
}
