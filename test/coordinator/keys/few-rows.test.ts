// Keys that are fewer than their columns, p other than 2. Catches: a set that lacks one of them, a pair that is lost or made up where
// the first weights are taken for the last, a query that no key sees.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Random } from '../../support/random.mjs'
import { Workspace } from '../cli/bin.ts'
import { runHere } from '../cli/in-process.ts'

const [N, D, M] = [12, 40, 30]
const work = new Workspace()
afterAll(() => work.remove())

beforeAll(() => {
  const random = new Random(41)
  const keys = Float64Array.from({ length: N * D }, () => random.normal())
  // The last column is 0: what asks for it alone sees no key.
  for (let i = 0; i < N; i++) keys[i * D + D - 1] = 0
  const queries = Float64Array.from({ length: M * D }, (_, at) => (at < D ? 0 : random.normal()))
  queries[D - 1] = 1
  work.npy('K.npy', [N, D], keys)
  work.npy('Q.npy', [M, D], queries)
})

test.each([0.5, 1, 1.5, 3, 4, 7])(
  'p = %d: every key in the set, every pair as brute force has it',
  async (p) => {
    const out = `h${p}.npz`
    const { stdout } = await runHere(
      work,
      'run',
      '--keys',
      'K.npy',
      '--queries',
      'Q.npy',
      '--p',
      `${p}`,
      '--epsilon',
      '0.05',
      '--out',
      out,
      '--json',
    )
    expect(JSON.parse(stdout)).toMatchObject({ universalSize: N, maxBound: 1, rank: N, undefinedRows: 1 })
    const judged = await runHere(work, 'verify', '--heavy', out, '--keys', 'K.npy', '--queries', 'Q.npy')
    expect([judged.exitCode, judged.stderr]).toEqual([0, ''])
  },
)
