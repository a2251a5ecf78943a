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

test('a sample of independent rows is even, and of leverage scores', async () => {
  const keys = gaussian(N, D, 3)
  const sample = await lev.sample(sourceOf(keys), { rows: 4, seed: 9 })
  expect(sample).toMatchObject({ scores: 'leverage', rowsExpected: 4, rowsCertain: 0 })
  expect(sample.probabilitySum).toBeCloseTo(4, 12)
  for (const probability of sample.probabilities) expect(probability).toBeCloseTo(4 / N, 15)
  const all = await lev.sample(sourceOf(keys), { rows: 20, seed: 9 })
  expect(all).toMatchObject({ count: N, rowsCertain: N })
})
