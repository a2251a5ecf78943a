/**
 * Catches: ends of scores that were widened, or a score moved to one of them, and a trial of no query at all, that pass for
 * right. Cannot catch: wide ends of a file whose slack is as wide, which is a poor claim and a true one.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type HeavyPairReader, type PairBatch, openMatrix, readHeavyPairs } from '@levattention/core/internal'
import { run } from '#coordinator/jobs/run'
import { verify, verifyFile } from '#coordinator/verify/verify'
import { withJob } from '#coordinator/job/job'
import { gaussian, rejection, withContext, writeMatrix } from '../jobs/support.ts'

const folder = mkdtempSync(join(tmpdir(), 'lev-ends-'))
afterAll(() => rmSync(folder, { recursive: true }))
const heavy = join(folder, 'h.npz')
const [K, Q] = ['K.npy', 'Q.npy'].map((name) => join(folder, name))

beforeAll(async () => {
  writeMatrix(K, gaussian(500, 4))
  writeMatrix(Q, gaussian(50, 4, 2))
  const options = { keys: [K], queries: [Q], p: 3, epsilon: 0.05, scores: 'interval', out: heavy } as const
  await withJob({ workers: 0 }, (job) => run({ ...options, sign: 'both' }, job))
})

async function differenceWith(change: (batch: PairBatch) => PairBatch) {
  const reader = readHeavyPairs(heavy)
  const changed: HeavyPairReader = {
    ...reader,
    perQuery: (name, start, end) => reader.perQuery(name, start, end),
    *batches() {
      for (const batch of reader.batches()) yield change(batch)
    },
  }
  try {
    const ids = Array.from({ length: 50 }, (_, i) => i)
    const [keys, queries] = [openMatrix(K), openMatrix(Q)]
    return await withContext(async (context) => {
      const facts = await verifyFile(changed, keys, queries, ids, {}, context)
      expect(facts.queriesVerified).toBeGreaterThan(0)
      return facts.difference
    })
  } finally {
    reader.close()
  }
}

test('ends as they were are right', async () => {
  expect(await differenceWith((batch) => batch)).toBeUndefined()
})

test.each<[string, (batch: PairBatch) => PairBatch]>([
  [
    'widened ends',
    (batch) => ({ ...batch, lows: batch.lows.map(() => 0.05), highs: batch.highs.map(() => 1) }),
  ],
  ['a widened upper end', (batch) => ({ ...batch, highs: batch.highs.map(() => 1) })],
  ['scores at their upper ends', (batch) => ({ ...batch, scores: batch.highs })],
  ['scores at their lower ends', (batch) => ({ ...batch, scores: batch.lows })],
])('%s are wrong', async (_, change) => {
  expect(await differenceWith(change)).toMatchObject({
    kind: 'wrong',
    message: expect.stringContaining('no end is farther than a relative') as string,
  })
})

test('where no query can be judged the file is not called right', async () => {
  const [tiny, out] = [join(folder, 'tiny.npy'), join(folder, 'none.npz')]
  writeMatrix(tiny, gaussian(20, 4, 3))
  const options = { keys: [tiny], queries: [tiny], p: 1e300, epsilon: 0.5 }
  await withJob({ workers: 0 }, (job) => run({ ...options, sign: 'both', out }, job))
  const trial = withJob({ workers: 0 }, (job) => verify({ keys: [tiny], queries: [tiny], heavy: out }, job))
  const error = await rejection(trial, 'Content')
  expect(error.message).toContain('nothing could be judged')
})
