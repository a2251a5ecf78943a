// Catches: a judge that blames an honest file of some mode, whatever the keys: singular and nearly so, of columns and rows
// of any size, sparse, with ties at the threshold. Cannot catch: a judge that lets a lie pass (lying-files.test.ts).
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { build } from '#coordinator/jobs/build'
import { withJob } from '#coordinator/job/job'
import { query } from '#coordinator/jobs/query'
import { run } from '#coordinator/jobs/run'
import { verify } from '#coordinator/verify/verify'
import { adversarialQueries } from '../../support/matrices.ts'
import { Random } from '../../support/random.mjs'
import type { DenseMatrix } from '../../support/oracle.ts'
import { testFolder, writeMatrix } from '../jobs/support.ts'

type Entry = (value: number, row: number, column: number, first: number, random: Random) => number

const KINDS: [string, Entry][] = [
  ['Gaussian', (value) => value],
  ['of whole numbers', (value) => Math.round(value)],
  [
    'whose columns nearly copy the first',
    (value, _, a, first, random) => (a === 0 ? value : first * (1 + 10 ** -random.below(16) * value)),
  ],
  ['of columns of any size', (value, _, a) => value * 10 ** (20 * (a - 3))],
  ['of rows of any size', (value, r) => value * 10 ** -(r % 12)],
  ['one-hot, so that scores tie at the threshold', (_, r, a) => (r % 5 === a ? 1 : 0)],
  ['with a column twice', (value, _, a, first) => (a === 4 ? first : value)],
  [
    'sparse, of entries of any size',
    (value, _r, _a, _f, random) => (random.below(3) === 0 ? value * 10 ** (random.below(300) - 150) : 0),
  ],
]

const MODES: [string, object][] = [
  ['p = 2', { p: 2 }],
  ['p = 2, positive', { p: 2, sign: 'positive' }],
  ['sketch', { p: 2, method: 'sketch' }],
  ['causal', { p: 2, causal: true }],
  ['p = 0.5', { p: 0.5 }],
  ['p = 3, causal', { p: 3, causal: true }],
  ['p = 3, intervals', { p: 3, scores: 'interval' }],
  ['p = 1, intervals', { p: 1, scores: 'interval' }],
]

function keysOf(entry: Entry, random: Random): DenseMatrix {
  const [rows, cols] = [100 + random.below(150), 5]
  const data = new Float64Array(rows * cols)
  for (let i = 0; i < data.length; i++) {
    const row = Math.floor(i / cols)
    data[i] = entry(random.normal(), row, i % cols, data[row * cols], random)
  }
  return { rows, cols, data }
}

describe.each(KINDS)('keys %s', (_, entry) => {
  test.each(MODES)('%s', async (_mode, options) => {
    const folder = testFolder()
    for (const seed of [1, 2]) {
      const random = new Random(seed)
      const keys = keysOf(entry, random)
      const asked = 'causal' in options ? keys : adversarialQueries(keys, seed)
      const inputs = {
        keys: [writeMatrix(join(folder, 'K.npy'), keys)],
        queries: [writeMatrix(join(folder, 'Q.npy'), asked)],
      }
      const out = join(folder, `${seed}.npz`)
      const epsilon = seed === 1 ? 0.05 : 0.2
      await withJob({ workers: 0 }, (job) =>
        run({ ...inputs, ...options, epsilon, sign: 'both', out, ...options }, job),
      )
      const summary = await withJob({ workers: 0 }, (job) => verify({ ...inputs, heavy: out }, job))
      expect(summary).not.toHaveProperty('difference')
    }
  })

  test.each([2, 3])(
    'p = %s without the keys: pairs may lack for undecided queries, nothing else differs',
    async (p) => {
      const folder = testFolder()
      const keys = keysOf(entry, new Random(3))
      const asked = adversarialQueries(keys, 3)
      const [K, Q] = [writeMatrix(join(folder, 'K.npy'), keys), writeMatrix(join(folder, 'Q.npy'), asked)]
      const [universal, out] = [join(folder, 'u.lev'), join(folder, 'h.npz')]
      await withJob({ workers: 0 }, (job) => build({ keys: [K], epsilon: 0.05, p, out: [universal] }, job))
      await withJob({ workers: 0 }, (job) => query({ universal, queries: [Q], keys: [], out }, job))
      const summary = await withJob({ workers: 0 }, (job) =>
        verify({ keys: [K], queries: [Q], heavy: out }, job),
      )
      if (summary.uncertifiedMissed === 0) expect(summary).not.toHaveProperty('difference')
      else expect(summary.difference?.message).toContain('though it lists the query as undecided')
    },
  )
})
