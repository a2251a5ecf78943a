// Catches: pairs of positive dots that are lost because the dot is told as 0, offsets that no longer fit. Cannot catch: a
// sign that is wrong in the batch itself (heavy-search and exact-pass tests are for that).
import { type HeavyBatch, matrix } from '@levattention/core/internal'
import { findHeavyPairs } from '#coordinator/queries/heavy'
import { findUniversalSet } from '#coordinator/keys/universal'
import { keepPositive } from '#coordinator/outputs/pairs-output'
import { expect, test } from 'vitest'
import { withContext } from '../jobs/support.ts'

/** The batch of two queries at `scale` against keys at `scale`, which see both signs. */
async function batchAt(scale: number): Promise<HeavyBatch> {
  const rows = [1, 2, -1, 1, 3, -1, -2, -3, 2, 0.5]
  const keys = matrix(
    Float64Array.from(rows, (x) => x * scale),
    { rows: 5, cols: 2 },
  )
  const queries = matrix(
    Float64Array.from([1, 1, -1, 2], (x) => x * scale),
    { rows: 2, cols: 2 },
  )
  return await withContext(async (context) => {
    const { universal } = await findUniversalSet(keys, { epsilon: 0.001 }, context)
    const batches: HeavyBatch[] = []
    for await (const batch of findHeavyPairs(universal, queries, { epsilon: 0.001, keys }, context))
      batches.push(batch)
    return batches[0]
  })
}

test('the pairs with a positive dot are those of the same matrices at another scale, though their dots underflow', async () => {
  const seen = await batchAt(1)
  const positive = keepPositive(seen)
  expect(Array.from(positive.keyIds)).toEqual(Array.from(seen.keyIds).filter((_, i) => seen.dots[i] > 0))
  expect(positive.keyIds.length).toBeGreaterThan(2)
  expect(positive.keyIds.length).toBeLessThan(seen.keyIds.length)
  for (const scale of [2 ** -520, 2 ** -600]) {
    const tiny = keepPositive(await batchAt(scale))
    expect(tiny.keyIds).toEqual(positive.keyIds)
    expect(tiny.offsets).toEqual(positive.offsets)
    expect(tiny.scores).toEqual(positive.scores)
  }
})
