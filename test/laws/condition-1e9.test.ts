// Keys of condition 1e9, from a file and as a stream, against exact arithmetic: leverage scores in fractions, dots rounded
// once. Catches: a key of U or a heavy pair lost to the condition, a stream that decides wrongly rather than listing a query,
// a stream that lists queries which R can tell. Cannot catch: larger d (test/golden is for that).
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type HeavyBatch,
  KeySummary,
  type MatrixSource,
  matrix,
  openMatrix,
  type UniversalSet,
} from '@levattention/core'
import { levattention, type LevAttention } from '@levattention/coordinator'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { adversarialQuery } from '../support/adversary.ts'
import { stack } from '../support/matrices.ts'
import { Random } from '../support/random.mjs'
import { bruteForceHeavy, type DenseMatrix, leverageOracle, row } from '../support/oracle.ts'
import { exactLeverage, toNumber } from './rational.ts'

const [ROWS, DIM, EPSILON] = [900, 4, 0.02]
/** Scores and leverage this near to epsilon may be on either side. */
const GREY = 1e-6
/** The first queries: own keys and noise. The others attack single keys. */
const ORDINARY = 8

/** Directions of sizes 1 to 1e-9, turned so that scaling columns does not help; one row in 199 is long. */
function hardKeys(seed: number): DenseMatrix {
  const random = new Random(seed)
  const v = Float64Array.from({ length: DIM }, () => random.normal())
  const square = v.reduce((sum, x) => sum + x * x, 0)
  const rows = Array.from({ length: ROWS }, (_, j) => {
    const length = j % 199 === 50 ? 25 : 1
    const x = v.map((_x, a) => length * random.normal() * 1e9 ** (-a / (DIM - 1)))
    const along = (2 * x.reduce((sum, value, a) => sum + value * v[a], 0)) / square
    return x.map((value, a) => value - along * v[a])
  })
  return stack(rows, DIM)
}

/** Own keys, noise, and what attacks each of the heaviest keys, found where the keys are well conditioned: q = V S^-1 y. */
function hardQueries(keys: DenseMatrix, p: number): DenseMatrix {
  const random = new Random(5)
  const { leverage, leftVectors, rightVectors, singularValues, columnExponents } = leverageOracle(keys)
  const white = { rows: ROWS, cols: DIM, data: Float64Array.from(leftVectors.to1DArray()) }
  const heaviest = [...leverage.keys()].sort((a, b) => leverage[b] - leverage[a]).slice(0, 8)
  const attacks = heaviest.map((j) => {
    const y = adversarialQuery(white, j, p, 8)
    return Float64Array.from(
      { length: DIM },
      (_, a) =>
        y.reduce((sum, value, s) => sum + (rightVectors.get(a, s) * value) / singularValues[s], 0) *
        2 ** -columnExponents[a],
    )
  })
  const own = [0, 50, 249, 500].map((j) => row(keys, j))
  const noise = own.map(() => Float64Array.from({ length: DIM }, () => random.normal()))
  return stack([...own, ...noise, ...attacks], DIM)
}

let lev: LevAttention
let folder: string
let fileCount = 0
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'levattention-condition-'))
  lev = await levattention({ workers: 0 })
})
afterAll(async () => {
  await lev.close()
  rmSync(folder, { recursive: true, force: true })
})

function fileOf(keys: DenseMatrix): MatrixSource {
  const path = join(folder, `keys-${fileCount++}.f64`)
  writeFileSync(path, keys.data)
  return openMatrix(path, { dtype: 'f64', cols: DIM })
}

function streamOf(keys: DenseMatrix, p: number): KeySummary {
  const summary = new KeySummary({ dim: DIM, epsilon: EPSILON, p, form: 'triangular' })
  for (let at = 0; at < ROWS; at += 83) summary.update(keys.data.slice(at * DIM, (at + 83) * DIM))
  return summary
}

/** The pairs of all queries, with the keys to read again. */
async function decided(
  universal: UniversalSet,
  queries: DenseMatrix,
  keys: MatrixSource,
): Promise<HeavyBatch> {
  const source = matrix(queries.data, { rows: queries.rows, cols: DIM })
  const batches: HeavyBatch[] = []
  for await (const batch of lev.heavyAttentions(universal, source, { keys })) batches.push(batch)
  expect(batches).toHaveLength(1)
  return batches[0]
}

/** Nothing missed, invented or mis-scored but for queries that are listed. Returns the pairs that were there to find. */
function expectRight(batch: HeavyBatch, queries: DenseMatrix, keys: DenseMatrix, p: number): number {
  const listed = new Set(batch.uncertified)
  const { pairs } = bruteForceHeavy(queries, keys, EPSILON * (1 - 1e-2), p)
  const scores = new Map(pairs.map(({ query, key, score }) => [`${query}:${key}`, score]))
  const required = pairs.filter(({ query, score }) => score >= EPSILON * (1 + GREY) && !listed.has(query))
  const found = new Set<string>()
  for (let query = 0; query < queries.rows; query++) {
    for (let at = batch.offsets[query]; at < batch.offsets[query + 1]; at++) {
      const name = `${query}:${batch.keyIds[at]}`
      const score = scores.get(name) ?? 0
      found.add(name)
      const low = batch.scoreLow?.[at] ?? batch.scores[at] * (1 - batch.slack[query] - 1e-9)
      const high = batch.scoreHigh?.[at] ?? batch.scores[at] * (1 + batch.slack[query] + 1e-9)
      expect(score, name).toBeGreaterThanOrEqual(Math.max(low, EPSILON * (1 - 2e-3)) * (1 - 1e-12))
      expect(score, name).toBeLessThanOrEqual(high * (1 + 1e-12))
    }
  }
  expect(required.map(({ query, key }) => `${query}:${key}`).filter((name) => !found.has(name))).toEqual([])
  return required.length
}

describe.each([1, 2])('keys of condition 1e9 (seed %i)', (seed) => {
  const keys = hardKeys(seed)
  const exact = exactLeverage(keys).leverage.map(toNumber)
  const heavy = [...exact.keys()].filter((j) => exact[j] >= EPSILON * (1 + GREY))

  test('have that condition, and keys that reach epsilon', () => {
    const { singularValues } = leverageOracle(keys)
    expect(singularValues[0] / singularValues[DIM - 1]).toBeGreaterThan(5e8)
    expect(heavy.length).toBeGreaterThan(4)
  })

  test('from a file: U is the exact one, every query is decided rightly', async () => {
    const source = fileOf(keys)
    const universal = await lev.universalSet(source, { epsilon: EPSILON })
    const kept = new Set(universal.rowIds)
    expect(heavy.filter((j) => !kept.has(j))).toEqual([])
    expect([...kept].filter((j) => exact[j] < EPSILON * (1 - GREY))).toEqual([])
    universal.rowIds.forEach((j, slot) =>
      expect(Math.abs(universal.bounds[slot] / exact[j] - 1)).toBeLessThan(1e-6),
    )
    const queries = hardQueries(keys, 2)
    const batch = await decided(universal, queries, source)
    expect([...batch.uncertified]).toEqual([])
    expect(expectRight(batch, queries, keys, 2)).toBeGreaterThan(8)
  })

  test('as a stream: U holds the exact one; what is decided is right, and ordinary queries are', async () => {
    const universal = streamOf(keys, 2).universalSet()
    const kept = new Set(universal.rowIds)
    expect(heavy.filter((j) => !kept.has(j))).toEqual([])
    const queries = hardQueries(keys, 2)
    const batch = streamOf(keys, 2).heavyPairs(queries.data)
    expect([...batch.uncertified].filter((query) => query < ORDINARY)).toEqual([])
    expectRight(batch, queries, keys, 2)
    const withKeys = await decided(universal, queries, fileOf(keys))
    expect([...withKeys.uncertified]).toEqual([])
    expect(expectRight(withKeys, queries, keys, 2)).toBeGreaterThan(8)
  })

  test.each([1, 3])('p = %d: from a file and as a stream nothing is missed', async (p) => {
    const source = fileOf(keys)
    const queries = hardQueries(keys, p)
    const universal = await lev.universalSet(source, { epsilon: EPSILON, p })
    const batch = await decided(universal, queries, source)
    expect([...batch.uncertified]).toEqual([])
    const pairs = expectRight(batch, queries, keys, p)
    expect(pairs).toBeGreaterThan(5)
    const stream = streamOf(keys, p)
    expectRight(stream.heavyPairs(queries.data), queries, keys, p)
    const withKeys = await decided(stream.universalSet(), queries, source)
    expect([...withKeys.uncertified]).toEqual([])
    expect(expectRight(withKeys, queries, keys, p)).toBe(pairs)
  })
})
