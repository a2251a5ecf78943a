// Catches: fewer keys than columns of which a key is missing in U, a heavy pair is lost or added (also for queries that nearly vanish on
// all keys), a sample that is not drawn evenly, dependent ones that are taken for independent. Cannot catch: how long it takes.
import { levattention, type LevAttention } from '@levattention/coordinator'
import type { HeavyBatch } from '@levattention/core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bruteForceHeavy } from '../../support/oracle.ts'
import { Random } from '../../support/random.mjs'
import { gaussian, sourceOf } from './support.ts'

const [N, D] = [12, 150]
let lev: LevAttention
beforeAll(async () => {
  lev = await levattention({ workers: 1 })
})
afterAll(() => lev.close())

/** Queries of all kinds: random, key-like, nearly orthogonal to all keys, orthogonal to all but one. */
function queriesFor(keys: ReturnType<typeof gaussian>) {
  const random = new Random(5)
  const queries = gaussian(40, D, 6)
  const basis: number[][] = []
  for (let j = 0; j < N; j++) {
    const own = Array.from(keys.data.subarray(j * D, (j + 1) * D))
    for (const other of [...basis, ...basis]) {
      const share = own.reduce((sum, x, a) => sum + x * other[a], 0)
      own.forEach((x, a) => (own[a] = x - share * other[a]))
    }
    const length = Math.hypot(...own)
    basis.push(own.map((x) => x / length))
  }
  for (let i = 0; i < 40; i++) {
    const row = queries.data.subarray(i * D, (i + 1) * D)
    if (i % 4 === 1) row.set(keys.data.subarray((i % N) * D, ((i % N) + 1) * D))
    if (i % 4 < 2) continue
    const skipped = i % 4 === 3 ? N - 1 : N
    for (const other of [...basis.slice(0, skipped), ...basis.slice(0, skipped)]) {
      const share = row.reduce((sum, x, a) => sum + x * other[a], 0)
      row.forEach((x, a) => (row[a] = x - share * other[a]))
    }
    if (i % 8 === 2) row.forEach((x, a) => (row[a] = x + 1e-9 * random.normal()))
  }
  return queries
}

async function pairsOf(batches: AsyncIterable<HeavyBatch>): Promise<string[]> {
  const found: string[] = []
  for await (const { queryStart, queryCount, offsets, keyIds, uncertified } of batches) {
    expect([...uncertified]).toEqual([])
    for (let q = 0; q < queryCount; q++)
      for (const key of keyIds.subarray(offsets[q], offsets[q + 1])) found.push(`${queryStart + q} ${key}`)
  }
  return found
}

describe.each([2, 1, 4])('p = %i', (p) => {
  test('independent keys are all in U, and the heavy pairs are those of brute force', async () => {
    const keys = gaussian(N, D, 3)
    const universal = await lev.universalSet(sourceOf(keys), { epsilon: 0.2, p })
    expect([...universal.rowIds].sort((a, b) => a - b)).toEqual(Array.from({ length: N }, (_, j) => j))
    const queries = queriesFor(keys)
    const given = { keys: sourceOf(keys) }
    const found = await pairsOf(lev.heavyAttentions(universal, sourceOf(queries), given))
    const wanted = bruteForceHeavy(queries, keys, 0.2, p).pairs.map(({ query, key }) => `${query} ${key}`)
    expect(new Set(found)).toEqual(new Set(wanted))
  })
})

test('dependent keys go the whole way', async () => {
  const keys = gaussian(N, D, 4)
  keys.data.copyWithin(0, D, 2 * D)
  const universal = await lev.universalSet(sourceOf(keys), { epsilon: 0.6 })
  const ids = new Set(universal.rowIds)
  for (let j = 2; j < N; j++) expect(ids.has(j)).toBe(true)
})

/** All scores, and what they are. */
async function scoresOf(
  keys: ReturnType<typeof gaussian>,
  options: Parameters<LevAttention['scores']>[1] = {},
) {
  const found: number[] = []
  let facts
  for await (const { scores, keys: told } of lev.scores(sourceOf(keys), options)) {
    found.push(...scores)
    facts = told
  }
  return { found, facts }
}

describe('scores of few rows are known', () => {
  const random = new Random(12)
  const whole = (rows: number) => ({
    rows,
    cols: D,
    data: Float64Array.from({ length: rows * D }, () => random.below(7) - 3),
  })

  test('of whole rows of which some depend on others: those of exact fractions, without a ridge', async () => {
    const keys = whole(N)
    for (let a = 0; a < D; a++) keys.data[5 * D + a] = keys.data[3 * D + a] + keys.data[4 * D + a]
    keys.data.copyWithin(8 * D, 7 * D, 8 * D)
    keys.data.fill(0, 9 * D, 10 * D)
    const { found, facts } = await scoresOf(keys)
    const wanted = [1, 1, 1, 2 / 3, 2 / 3, 2 / 3, 1, 1 / 2, 1 / 2, 0, 1, 1]
    found.forEach((score, i) => expect(score).toBeCloseTo(wanted[i], 12))
    expect(facts).toMatchObject({ n: N, d: D, kind: 'leverage', rank: 9 })
    // p = 4: of two equal rows each takes half, of x, y, x + y the last 16/18 at x = y, the others (1/(1 + t^4 + (1-t)^4)).
    const bounds = (await scoresOf(keys, { p: 4 })).found
    for (const j of [0, 1, 2, 6, 10, 11]) expect(bounds[j]).toBe(1)
    for (const j of [7, 8]) expect(bounds[j]).toBeGreaterThanOrEqual(1 / 2)
    expect(bounds[5]).toBeGreaterThanOrEqual(16 / 18)
    expect(bounds[9]).toBe(0)
  })

  test.each([1, 2, 3])('of rows that take part alone: 1, of the others 0, for p = %i', async (p) => {
    const keys = gaussian(3 * D, D, 21)
    const { found, facts } = await scoresOf(keys, { p, keyRows: { rowStart: 7, rowEnd: 40 } })
    expect(found).toEqual(Array.from({ length: 3 * D }, (_, i) => Number(i >= 7 && i < 40)))
    expect(facts).toMatchObject({ rank: 33, thresholdSlack: 0 })
  })
})

test('a sample of independent rows is even, and of leverage scores', async () => {
  const keys = gaussian(N, D, 3)
  const sample = await lev.sample(sourceOf(keys), { rows: 4, seed: 9 })
  expect(sample).toMatchObject({ scores: 'leverage', rowsExpected: 4, rowsCertain: 0 })
  expect(sample.probabilitySum).toBeCloseTo(4, 12)
  for (const probability of sample.probabilities) expect(probability).toBeCloseTo(4 / N, 15)
  const all = await lev.sample(sourceOf(keys), { rows: 20, seed: 9 })
  expect(all).toMatchObject({ count: N, rowsCertain: N })
})
