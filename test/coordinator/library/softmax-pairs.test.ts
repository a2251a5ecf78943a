// Catches: pairs of the library that are not the oracle's, of matrices and of heads; a call that takes what is not its own, or goes on
// when it is told to stop. Cannot catch: precision (test/core/softmax).
import { levattention, type SoftmaxBatch } from '@levattention/coordinator'
import { matrix, openHeads } from '@levattention/core'
import { afterAll, describe, expect, test } from 'vitest'
import { gaussian } from '../../support/matrices.ts'
import { oracleSoftmaxPairs } from '../../support/softmax-oracle.ts'
import { gaussianRows, Workspace } from '../cli/bin.ts'

const lev = await levattention({ workers: 0 })
const work = new Workspace()
afterAll(async () => {
  await lev.close()
  work.remove()
})

const [keyData, queryData] = [gaussian(300, 4, 1), gaussian(300, 4, 2)]
const shape = { rows: 300, cols: 4 }
const [keys, queries] = [matrix(keyData.data, shape), matrix(queryData.data, shape)]

async function all(batches: AsyncIterable<SoftmaxBatch>): Promise<SoftmaxBatch[]> {
  const found: SoftmaxBatch[] = []
  for await (const batch of batches) found.push(batch)
  return found
}

function pairsOf(batches: readonly SoftmaxBatch[]): string[] {
  return batches.flatMap(({ queryStart, queryCount, offsets, keyIds }) =>
    Array.from({ length: queryCount }, (_, q) =>
      [...keyIds.subarray(offsets[q], offsets[q + 1])].map((key) => `${queryStart + q},${key}`),
    ).flat(),
  )
}

test.each([
  {},
  { epsilon: 0.05, causal: true },
  { top: 3, scale: 2 },
  { causal: true, slidingWindow: 20, epsilon: 0.1, top: 2 },
  {
    segment: 50,
    keyMask: Uint8Array.from({ length: 300 }, (_, key) => Math.min(1, key % 3)),
    precision: 'f64' as const,
  },
])('%o: the pairs of the oracle', async (options) => {
  const found = await all(lev.softmaxPairs({ queries, keys }, options))
  const epsilon = 'top' in options && !('epsilon' in options) ? undefined : (options.epsilon ?? 0.01)
  const [answer] = oracleSoftmaxPairs({ queries: [queryData], keys: [keyData] }, { ...options, epsilon })
  expect(pairsOf(found)).toEqual(answer.pairs.map(({ query, key }) => `${query},${key}`))
  const lse = found.flatMap((batch) => [...batch.lse])
  expect(lse.length).toBe(300)
  lse.forEach((value, i) => expect(value).toBeCloseTo(answer.lse[i], 4))
})

test('heads: head after head, each with the key head that serves it', async () => {
  work.npy('Q.npy', [4, 20, 3], gaussianRows(80, 3, 5))
  work.npy('K.npy', [2, 30, 3], gaussianRows(60, 3, 6))
  const inputs = { queries: openHeads(work.path('Q.npy')), keys: openHeads(work.path('K.npy')) }
  const found = await all(lev.softmaxPairs(inputs, { epsilon: 0.1 }))
  expect(found.map(({ head }) => head)).toEqual([
    { index: 0, keyHead: 0, leading: [0] },
    { index: 1, keyHead: 0, leading: [1] },
    { index: 2, keyHead: 1, leading: [2] },
    { index: 3, keyHead: 1, leading: [3] },
  ])
  const one = await all(
    lev.softmaxPairs({ queries: inputs.queries.open(2), keys: inputs.keys.open(1) }, { epsilon: 0.1 }),
  )
  expect(pairsOf(found.slice(2, 3))).toEqual(pairsOf(one))
})

describe('what is refused', () => {
  const refused = async (options: object, inputs: object = { queries, keys }) => {
    const call = all(lev.softmaxPairs(inputs as never, options))
    return await call.then(
      () => 'nothing',
      (error: Error) => error.message,
    )
  }

  test.each([
    [{ p: 2 }, /p.*universalSet/],
    [{ keep: 3 }, /keep.*universalSet/],
    [{ scale: 0 }, /`scale: 0`|scale.*above 0/],
    [{ keyMask: new Uint8Array(3) }, /`keyMask` has 3 numbers, and there are 300 keys/],
    [{ keyMask: [1, 0] }, /`keyMask` must be a Uint8Array/],
    [{ slidingWindow: 4 }, /`slidingWindow`.*`causal: true`/],
    [{ queryStart: 3 }, /`queryStart`/],
    [{ keyRows: { rowStart: 5, rowEnd: 301 } }, /`keyRows` is 5:301/],
  ])('%o', async (options, message) => {
    expect(await refused(options)).toMatch(message)
  })

  test('a matrix beside heads, and other columns', async () => {
    work.npy('H.npy', [2, 30, 4], gaussianRows(60, 4, 6))
    expect(await refused({}, { queries, keys: openHeads(work.path('H.npy')) })).toMatch(/both/)
    const narrow = matrix(new Float32Array(9), { rows: 3, cols: 3 })
    expect(await refused({}, { queries: narrow, keys })).toMatch(/both need the same d/)
  })

  test('softmax of a call that is about universal sets', async () => {
    const call = lev.universalSet(keys, { attention: 'softmax' } as never)
    await expect(call).rejects.toThrow(/no universal set/)
  })
})

test('a stop ends it', async () => {
  const stop = new AbortController()
  stop.abort()
  await expect(all(lev.softmaxPairs({ queries, keys }, { signal: stop.signal }))).rejects.toThrow()
})

test('a NaN is told by its input and place', async () => {
  const bad = queryData.data.slice()
  bad[4 * 7 + 2] = NaN
  const call = all(lev.softmaxPairs({ queries: matrix(bad, shape), keys }))
  await expect(call).rejects.toThrow(/row 7, column 2 is NaN \(queries\)/)
})
