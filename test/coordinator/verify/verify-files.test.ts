/**
 * Catches: a file format that verifies otherwise than another, terms taken from the wrong place, a sample that misses its
 * queries or depends on workers, inputs that should be refused. Cannot catch: faults of the rules; verify.test.ts does.
 */
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { verify } from '#coordinator/verify/verify'
import { withJob } from '#coordinator/job/job'
import { gaussian, rejection, testFolder, WORKERS, writeMatrix } from '../jobs/support.ts'
import { oraclePairs, writePairs } from './verify-support.ts'

const EPSILON = 0.02
const keys = gaussian(500, 4)
const queries = gaussian(300, 4, 2)
const pairs = oraclePairs(queries, keys, EPSILON)
const MIDDLE = Math.floor(pairs.length / 2)
const shape = { n: 500, m: 300, epsilon: EPSILON }

function inputs(folder: string) {
  return {
    keys: [writeMatrix(join(folder, 'K.npy'), keys)],
    queries: [writeMatrix(join(folder, 'Q.npy'), queries)],
  }
}

async function verified(options: Parameters<typeof verify>[0], workers = 0) {
  return await withJob({ workers }, (job) => verify(options, job))
}

describe('verify on files', () => {
  test.each(['npz', 'ndjson', 'csv'])('takes a .%s', async (extension) => {
    const folder = testFolder()
    const heavy = await writePairs(join(folder, `right.${extension}`), pairs, shape)
    const epsilon = extension === 'npz' ? undefined : EPSILON
    const options = { ...inputs(folder), heavy, epsilon }
    expect(await verified(options)).toMatchObject({
      command: 'verify',
      n: 500,
      m: 300,
      d: 4,
      epsilon: EPSILON,
      pairs: pairs.length,
      queriesVerified: 300,
    })
    const lacking = await writePairs(join(folder, `lacking.${extension}`), pairs.toSpliced(MIDDLE, 1), shape)
    const { difference } = await verified({ ...options, heavy: lacking })
    expect(difference).toMatchObject({ kind: 'missed', query: pairs[MIDDLE].query, key: pairs[MIDDLE].key })
  })

  test('says the same with every number of workers', async () => {
    const folder = testFolder()
    const heavy = await writePairs(join(folder, 'h.npz'), pairs.toSpliced(MIDDLE, 1), shape)
    const found = []
    for (const workers of WORKERS) found.push(await verified({ ...inputs(folder), heavy }, workers))
    const facts = found.map(({ difference, queriesVerified, pairs: tried }) => ({
      difference,
      queriesVerified,
      tried,
    }))
    expect(facts[0].difference).toMatchObject({ kind: 'missed', query: pairs[MIDDLE].query })
    for (const other of facts) expect(other).toEqual(facts[0])
  })

  test('several shards and groups find what one finds', async () => {
    const folder = testFolder()
    const long = gaussian(70_000, 2)
    const asking = gaussian(3, 2, 5)
    // Two keys that stand out, in the first and in the last shard.
    long.data.fill(900, 20, 22)
    long.data.fill(-700, 139_996, 139_998)
    const heavy = oraclePairs(asking, long, EPSILON)
    expect(new Set(heavy.map(({ key }) => key))).toEqual(new Set([10, 69_998]))
    const files = {
      keys: [writeMatrix(join(folder, 'K.npy'), long, 'f8')],
      queries: [writeMatrix(join(folder, 'Q.npy'), asking, 'f8')],
    }
    const sizes = { n: 70_000, m: 3, epsilon: EPSILON }
    const right = await writePairs(join(folder, 'right.npz'), heavy, sizes)
    expect((await verified({ ...files, heavy: right })).difference).toBeUndefined()
    for (let i = 0; i < heavy.length; i++) {
      const path = await writePairs(join(folder, `${i}.npz`), heavy.toSpliced(i, 1), sizes)
      const { difference } = await verified({ ...files, heavy: path })
      expect(difference).toMatchObject({ kind: 'missed', query: heavy[i].query, key: heavy[i].key })
    }
  })

  test('a sample tries so many queries, the same for the same seed', async () => {
    const folder = testFolder()
    const heavy = await writePairs(join(folder, 'h.csv'), pairs, shape)
    const options = { ...inputs(folder), heavy, epsilon: EPSILON }
    const tried = async (sample: number, seed: number) => await verified({ ...options, sample, seed })
    const [one, again, other] = [await tried(40, 1), await tried(40, 1), await tried(40, 2)]
    expect(one).toMatchObject({ queriesVerified: 40 })
    expect(again.pairs).toBe(one.pairs)
    expect(other.pairs).not.toBe(one.pairs)
    expect(await tried(1, 1)).toMatchObject({ queriesVerified: 1 })
    expect(await tried(1000, 1)).toMatchObject({ queriesVerified: 300, pairs: pairs.length })
  })

  test('without queries the keys are the queries', async () => {
    const folder = testFolder()
    const own = oraclePairs(keys, keys, EPSILON)
    const heavy = await writePairs(join(folder, 'h.npz'), own, { ...shape, m: 500 })
    const summary = await verified({ ...inputs(folder), queries: [], heavy })
    expect(summary).toMatchObject({ m: 500, pairs: own.length })
    expect(summary.difference).toBeUndefined()
  })
})

describe('verify refuses', () => {
  test('a file that does not say its epsilon, where no option does', async () => {
    const folder = testFolder()
    const heavy = await writePairs(join(folder, 'h.csv'), pairs, shape)
    const error = await rejection(verified({ ...inputs(folder), heavy }), 'Option')
    expect(error.place.option).toBe('epsilon')
    expect(error.message).toContain('`epsilon: 0.01`')
  })

  test('an epsilon that is not the file’s', async () => {
    const folder = testFolder()
    const heavy = await writePairs(join(folder, 'h.npz'), pairs, shape)
    const error = await rejection(verified({ ...inputs(folder), heavy, epsilon: 0.1 }), 'Option')
    expect(error.message).toContain('leave `epsilon` out')
  })

  test('inputs of another shape than the file is about', async () => {
    const folder = testFolder()
    const heavy = await writePairs(join(folder, 'h.npz'), pairs, { ...shape, m: 301 })
    const error = await rejection(verified({ ...inputs(folder), heavy }), 'Content')
    expect(error.message).toContain('301 queries and 500 keys; given are 300 queries and 500 keys')
  })

  test('keys and queries of different d', async () => {
    const folder = testFolder()
    const heavy = await writePairs(join(folder, 'h.npz'), pairs, shape)
    const wide = writeMatrix(join(folder, 'wide.npy'), gaussian(300, 5))
    await rejection(verified({ ...inputs(folder), queries: [wide], heavy }), 'Content')
  })

  test.each(['keys', 'queries'] as const)('a NaN in the %s, naming row and column', async (which) => {
    const folder = testFolder()
    const heavy = await writePairs(join(folder, 'h.npz'), pairs, shape)
    const bad = gaussian(which === 'keys' ? 500 : 300, 4)
    bad.data[4 * 123 + 2] = Number.NaN
    const path = writeMatrix(join(folder, 'bad.npy'), bad)
    const error = await rejection(verified({ ...inputs(folder), [which]: [path], heavy }), 'Content')
    expect(error.place).toMatchObject({ file: path, row: 123, column: 2 })
  })

  test('an absent file, a damaged one, and a bad sample', async () => {
    const folder = testFolder()
    const options = inputs(folder)
    await rejection(verified({ ...options, heavy: join(folder, 'none.npz') }), 'NotFound')
    await rejection(verified({ ...options, heavy: options.keys[0] }), 'Option')
    const heavy = await writePairs(join(folder, 'h.npz'), pairs, shape)
    for (const sample of [0, -1, 0.5, NaN, 1e7 + 1])
      await rejection(verified({ ...options, heavy, sample }), 'Option')
  })
})
