/**
 * Catches: a verification that lets a missed, extra or wrong pair pass, that finds fault with the oracle's own pairs (also
 * for queries that nearly vanish on all keys, and columns of 1e150 and 1e-150), or that depends on workers. Cannot catch:
 * an error of definition that the oracle shares.
 */
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { adversarialQueries, anyKeys, stack } from '../../support/matrices.ts'
import { Random } from '../../support/random.mjs'
import type { DenseMatrix } from '../../support/oracle.ts'
import type { Progress } from '#coordinator/tasks/progress'
import { verifyFile } from '#coordinator/verify/verify'
import { gaussian, sourceOf, withContext } from '../jobs/support.ts'
import { differenceOf, oraclePairs, readerOf } from './verify-support.ts'
import { tiered } from '../../support/tier.ts'

const EPSILON = 0.05

/** As the matrices are read: every value exact, so the oracle and the job see the same numbers. */
const cases = fc
  .record({ keys: anyKeys({ maxRows: 80, maxCols: 6 }), pick: fc.nat() })
  .map(({ keys, pick }) => ({ keys, pick, queries: adversarialQueries(keys, 3) }))

describe('what the oracle finds', () => {
  test('is found right, whatever the keys and queries', async () => {
    await fc.assert(
      fc.asyncProperty(cases, async ({ keys, queries }) => {
        const pairs = oraclePairs(queries, keys, EPSILON)
        expect(await differenceOf(queries, keys, EPSILON, pairs)).toBeUndefined()
      }),
      { numRuns: tiered(24, 60) },
    )
  })

  test('lacks one pair: that one is missed', async () => {
    await fc.assert(
      fc.asyncProperty(cases, async ({ keys, queries, pick }) => {
        const pairs = oraclePairs(queries, keys, EPSILON)
        fc.pre(pairs.length > 0)
        const at = pick % pairs.length
        const { query, key, score } = pairs[at]
        // At the threshold itself a pair may be there or not.
        fc.pre(score > EPSILON * (1 + 1e-6))
        const found = await differenceOf(queries, keys, EPSILON, pairs.toSpliced(at, 1))
        expect(found).toMatchObject({ kind: 'missed', query, key })
      }),
      { numRuns: tiered(16, 40) },
    )
  })

  test('has one score off by a few parts in 10^8: that one is wrong', async () => {
    const [keys, queries] = [gaussian(300, 4), gaussian(20, 4, 2)]
    const pairs = oraclePairs(queries, keys, 0.01)
    const at = new Random(5).below(pairs.length)
    const changed = pairs.with(at, { ...pairs[at], score: pairs[at].score * (1 + 3e-8) })
    const { query, key } = pairs[at]
    const found = await differenceOf(queries, keys, 0.01, changed)
    expect(found).toMatchObject({ kind: 'wrong', query, key, fileScore: changed[at].score })
    expect(found?.message).toContain(`query ${query}, key ${key}: its score is ${found?.score}`)
  })

  test('has a dot of the other sign: that one is wrong', async () => {
    const [keys, queries] = [gaussian(300, 4), gaussian(20, 4, 2)]
    const pairs = oraclePairs(queries, keys, 0.01)
    const changed = pairs.with(3, { ...pairs[3], dot: -pairs[3].dot })
    const { query, key } = pairs[3]
    expect(await differenceOf(queries, keys, 0.01, changed)).toMatchObject({ kind: 'wrong', query, key })
  })

  test('has a pair below epsilon as well: that one is extra, though its score is right', async () => {
    const [keys, queries] = [gaussian(300, 4), gaussian(20, 4, 2)]
    const pairs = oraclePairs(queries, keys, 0.01)
    const more = oraclePairs(queries, keys, 0.009)
    const at = more.findIndex(({ score }) => score < 0.00999)
    const { query, key } = more[at]
    const withExtra = more.filter((pair, i) => i === at || pair.score >= 0.01)
    expect(withExtra).toHaveLength(pairs.length + 1)
    expect(await differenceOf(queries, keys, 0.01, withExtra)).toMatchObject({ kind: 'extra', query, key })
    // Whatever slack the file states.
    for (const slack of [0, 1e-3, 0.2, 1, 1e300])
      expect(await differenceOf(queries, keys, 0.01, withExtra, { slack })).toMatchObject({
        kind: 'extra',
        query,
        key,
      })
  })
})

describe('the singular examples of theory.md', () => {
  const last = 2 ** -52
  const keys: DenseMatrix = stack(
    Array.from({ length: 200 }, (_, j) => Float64Array.of(1, j === 123 ? 1 + last : 1)),
    2,
  )
  const queries: DenseMatrix = { rows: 1, cols: 2, data: Float64Array.of(-1, 1) }

  test('the one row that a null query sees is missed where it is not listed', async () => {
    expect(await differenceOf(queries, keys, 0.05, [])).toMatchObject({ kind: 'missed', key: 123, score: 1 })
  })

  test('and right where it is', async () => {
    const pair = { query: 0, key: 123, score: 1, dot: last }
    expect(await differenceOf(queries, keys, 0.05, [pair])).toBeUndefined()
  })

  test.each([
    ['one column at 1e200, one at 1e-200', 1e200, 1e-200],
    ['both at 1e200', 1e200, 1e200],
    ['both at 1e-200', 1e-200, 1e-200],
  ])('%s: neither overflows nor vanishes', async (_name, first, second) => {
    const small = gaussian(60, 2)
    const scaled = { ...small, data: small.data.map((x, i) => x * (i % 2 === 0 ? first : second)) }
    const asking = { rows: 2, cols: 2, data: Float64Array.of(1 / first, 1 / second, 0, 1e-100) }
    const pairs = oraclePairs(asking, scaled, EPSILON)
    expect(pairs.length).toBeGreaterThan(4)
    expect(await differenceOf(asking, scaled, EPSILON, pairs)).toBeUndefined()
    const found = await differenceOf(asking, scaled, EPSILON, pairs.slice(1))
    expect(found).toMatchObject({ kind: 'missed', query: pairs[0].query, key: pairs[0].key })
  })

  test('a dot of 1 among products of 106 bits is exact, as twice the precision is not', async () => {
    const [a, b, c] = [9007199254740881n, 6007199254740997n, 8000000000000011n]
    const [x, y] = bezout(a, b)
    const own = stack([wholeNumbers(c << 60n, a, b, c << 60n)], 4)
    const asking = stack([wholeNumbers(c, x, y, -c)], 4)
    const pairs = oraclePairs(asking, own, EPSILON)
    expect(pairs).toMatchObject([{ key: 0, score: 1, dot: 1 }])
    expect(await differenceOf(asking, own, EPSILON, pairs)).toBeUndefined()
    expect(await differenceOf(asking, own, EPSILON, [])).toMatchObject({ kind: 'missed', key: 0, score: 1 })
  })
})

function wholeNumbers(...entries: bigint[]): Float64Array {
  return Float64Array.from(entries, Number)
}

/** [x, y] with a x + b y = 1, for coprime a, b. */
function bezout(a: bigint, b: bigint): [bigint, bigint] {
  let [old, next] = [
    [a, 1n, 0n],
    [b, 0n, 1n],
  ]
  while (next[0] !== 0n) {
    const quotient = old[0] / next[0]
    ;[old, next] = [next, old.map((value, i) => value - quotient * next[i])]
  }
  return [old[1], old[2]]
}

describe('edges', () => {
  const keys = gaussian(50, 3)

  test('a zero query has no pair: one that is listed is extra', async () => {
    const queries = { rows: 1, cols: 3, data: new Float64Array(3) }
    expect(await differenceOf(queries, keys, EPSILON, [])).toBeUndefined()
    const found = await differenceOf(queries, keys, EPSILON, [{ query: 0, key: 1, score: 0.5, dot: 0 }])
    expect(found).toMatchObject({ kind: 'extra', query: 0, key: 1 })
    expect(found?.message).toContain('product with every key is 0')
  })

  test.each([
    ['no keys', { rows: 0, cols: 3, data: new Float64Array(0) }, gaussian(2, 3)],
    ['no queries', keys, { rows: 0, cols: 3, data: new Float64Array(0) }],
    ['zero keys', { rows: 4, cols: 3, data: new Float64Array(12) }, gaussian(2, 3)],
    ['one column', gaussian(30, 1), gaussian(3, 1, 4)],
    ['fewer rows than columns', gaussian(2, 6), gaussian(9, 6, 4)],
    ['one key', gaussian(1, 2), gaussian(3, 2, 4)],
  ])('%s', async (_name, some, queries) => {
    const pairs = oraclePairs(queries, some, EPSILON)
    expect(await differenceOf(queries, some, EPSILON, pairs)).toBeUndefined()
  })

  test('each of duplicate keys is wanted', async () => {
    const twice = { rows: 100, cols: 3, data: Float64Array.from([...keys.data, ...keys.data]) }
    const queries = gaussian(5, 3, 9)
    const pairs = oraclePairs(queries, twice, 0.02)
    const at = pairs.findIndex(({ key }) => key >= 50)
    expect(await differenceOf(queries, twice, 0.02, pairs.toSpliced(at, 1))).toMatchObject({
      kind: 'missed',
      key: pairs[at].key,
    })
  })

  test('a pair of a key or query that does not exist is extra', async () => {
    const queries = gaussian(5, 3, 9)
    const pairs = oraclePairs(queries, keys, EPSILON)
    for (const beyond of [
      { query: 4, key: 50, score: 0.9, dot: 1 },
      { query: 5, key: 0, score: 0.9, dot: 1 },
    ]) {
      const found = await differenceOf(queries, keys, EPSILON, [...pairs, beyond])
      expect(found).toMatchObject({ kind: 'extra', query: beyond.query, key: beyond.key })
    }
  })

  test('a query that the file lists as uncertified is tried as the others are, and counted', async () => {
    const queries = gaussian(5, 3, 9)
    const pairs = oraclePairs(queries, keys, EPSILON)
    const without = pairs.filter(({ query }) => query !== 2)
    const missed = pairs.length - without.length
    expect(missed).toBeGreaterThan(1)
    expect(await differenceOf(queries, keys, EPSILON, without)).toMatchObject({ kind: 'missed', query: 2 })
    const tried = async (listed: typeof pairs, ids = [0, 1, 2, 3, 4]) =>
      await withContext((context) => {
        const reader = readerOf(listed, { n: 50, m: 5, uncertified: [2, 3] })
        return verifyFile(reader, sourceOf(keys), sourceOf(queries), ids, { epsilon: EPSILON }, context)
      })
    const counts = { uncertifiedQueries: 2, uncertifiedLacking: 1, uncertifiedMissed: missed }
    const lacking = await tried(without)
    expect(lacking).toMatchObject({ ...counts, queriesVerified: 5, difference: { kind: 'missed', query: 2 } })
    expect(lacking.difference?.message).toContain('though it lists the query as undecided')
    // The rest is tried all the same, and comes first.
    const both = await tried(without.slice(0, -1))
    expect(both.difference).toMatchObject({ kind: 'missed', query: 4 })
    expect(await tried(pairs)).toMatchObject({
      uncertifiedQueries: 2,
      uncertifiedLacking: 0,
      uncertifiedMissed: 0,
    })
    expect(await tried(pairs)).not.toHaveProperty('difference')
    expect(await tried(without, [0, 1, 4])).toMatchObject({ uncertifiedQueries: 0 })
  })

  test('no score is told above 1, however it is rounded', async () => {
    const only = { rows: 1, cols: 3, data: Float64Array.of(0.1, 0.7, 0.3) }
    const queries = gaussian(60, 3, 10)
    for (let query = 0; query < queries.rows; query++) {
      const one = { rows: 1, cols: 3, data: queries.data.slice(3 * query, 3 * query + 3) }
      await withContext(async (context) => {
        const nothing = readerOf([], { n: 1, m: 1 })
        const found = await verifyFile(nothing, sourceOf(only), sourceOf(one), [0], { epsilon: 0.5 }, context)
        expect(found.difference).toMatchObject({ kind: 'missed' })
        expect(found.difference?.score).toBeLessThanOrEqual(1)
      })
    }
  })

  test('a file of positive dots is asked for those alone', async () => {
    const queries = gaussian(8, 3, 9)
    const pairs = oraclePairs(queries, keys, EPSILON)
    const positive = pairs.filter(({ dot }) => dot > 0)
    const meta = { p: 2, epsilon: EPSILON, sign: 'positive' } as const
    const verified = async (listed: typeof pairs) =>
      await withContext((context) =>
        verifyFile(
          readerOf(listed, { n: 50, m: 8, meta }),
          sourceOf(keys),
          sourceOf(queries),
          [0, 1, 2, 3, 4, 5, 6, 7],
          {},
          context,
        ),
      )
    expect((await verified(positive)).difference).toBeUndefined()
    expect((await verified(pairs)).difference).toMatchObject({ kind: 'extra' })
    expect((await verified(positive.slice(1))).difference).toMatchObject({ kind: 'missed' })
  })
})

test('progress begins before the first task, and counts the tasks of each group of queries', async () => {
  const [keys, queries] = [gaussian(40_000, 2, 1), gaussian(130, 2, 2)]
  const told: string[] = []
  await withContext(async (context) => {
    const watched = {
      ...context,
      onProgress: ({ stage, done, total }: Progress) => void told.push(`${stage} ${done}/${total}`),
    }
    const ids = Array.from({ length: queries.rows }, (_, i) => i)
    const reader = readerOf([], { n: keys.rows, m: queries.rows })
    await verifyFile(reader, sourceOf(keys), sourceOf(queries), ids, { epsilon: 0.5 }, watched)
  })
  expect(told).toEqual(
    ['map 0/2', 'map 1/2', 'map 2/2'].concat([0, 1, 2, 3, 4].map((done) => `verify ${done}/4`)),
  )
})
