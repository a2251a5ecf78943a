// Catches: a dual certificate below what some query reaches, one far above it, a key dropped that some query needs, bounds
// that depend on the cut or on workers, silence where nothing was tightened. Cannot catch: a bound broken only by queries
// that no search here finds; rounding errors smaller than the tests' room (NOTES.md derives those).
import * as fc from 'fast-check'
import type { UniversalSet } from '@levattention/core/internal'
import { findUniversalSet } from '#coordinator/keys/universal'
import { Runtime } from '#coordinator/engines/runtime'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { adversarialQuery, keysAboveBounds, shareOf } from '../support/adversary.ts'
import { contextOf, findHeavy, sourceOf } from '../support/find-heavy.ts'
import { anyKeys } from '../support/matrices.ts'
import { Random } from '../support/random.mjs'
import { bruteForceHeavy, type DenseMatrix } from '../support/oracle.ts'
import { someOf, tiered } from '../support/tier.ts'

const POWERS = [1, 1.2, 1.5, 2.5, 3, 4, 6]

let runtime: Runtime
beforeAll(async () => {
  runtime = await Runtime.open({ workers: 0 })
})
afterAll(() => runtime.close())

async function universalOf(keys: DenseMatrix, p: number, epsilon: number, options: object = {}) {
  const context = contextOf(runtime, await runtime.engine(0))
  const { universal } = await findUniversalSet(sourceOf(keys), { epsilon, p, ...options }, context)
  return { universal, warnings: context.stats.warnings }
}

function boundsById({ rowIds, bounds }: UniversalSet): Map<number, number> {
  return new Map(Array.from(rowIds, (id, slot) => [id, bounds[slot]]))
}

function gaussian(rows: number, cols: number, seed = 1): DenseMatrix {
  const random = new Random(seed)
  const data = Float64Array.from({ length: rows * cols }, () => random.normal())
  for (let j = 0; j < rows; j += 10) for (let a = 0; a < cols; a++) data[j * cols + a] *= 3
  return { rows, cols, data }
}

test('no query brings a key above its tightened bound, and no bound grows', async () => {
  const inputs = fc.tuple(anyKeys({ maxRows: 50, maxCols: 4 }), fc.constantFrom(...POWERS), fc.nat())
  await fc.assert(
    fc.asyncProperty(inputs, async ([keys, p, seed]) => {
      const { universal } = await universalOf(keys, p, 1e-9, { tighten: true })
      fc.pre(universal.factor.ridge === 0)
      const before = boundsById((await universalOf(keys, p, 1e-9)).universal)
      const random = new Random(seed)
      const queries = Array.from({ length: 6 }, () => adversarialQuery(keys, random.below(keys.rows), p))
      universal.rowIds.forEach((key, slot) => {
        expect(universal.bounds[slot]).toBeLessThanOrEqual(before.get(key) ?? 0)
      })
      for (const query of queries) expect(keysAboveBounds(keys, query, p, universal, 1e-9)).toEqual([])
    }),
    { numRuns: tiered(8, 30) },
  )
})

describe.each(someOf(POWERS, 2))('p = %d', (p) => {
  test('bounds come near to what a query reaches', async () => {
    const keys = gaussian(120, 3)
    const { universal } = await universalOf(keys, p, 1e-9, { tighten: true })
    const before = boundsById((await universalOf(keys, p, 1e-9)).universal)
    const ratios = Array.from(universal.rowIds.subarray(0, 12), (key, slot) => {
      const share = shareOf(keys, adversarialQuery(keys, key, p, 30), key, p)
      expect(share).toBeLessThanOrEqual(universal.bounds[slot] * (1 + 1e-9))
      return { after: universal.bounds[slot] / share, before: (before.get(key) ?? 1) / share }
    })
    const mean = (of: 'after' | 'before') => ratios.reduce((sum, ratio) => sum + ratio[of], 0) / ratios.length
    expect(mean('after')).toBeLessThan(1.15)
    expect(mean('after') - 1).toBeLessThan(0.7 * (mean('before') - 1))
  })

  test('keys that no query brings to epsilon leave U, and no heavy pair is lost', async () => {
    const keys = gaussian(150, 3, 7)
    const all = (await universalOf(keys, p, 1e-9, { tighten: true })).universal
    const before = boundsById((await universalOf(keys, p, 1e-9)).universal)
    // Between both bounds of the key of rank 6.
    const epsilon = Math.sqrt(all.bounds[6] * (before.get(all.rowIds[6]) ?? 0))
    const plain = (await universalOf(keys, p, epsilon)).universal
    const tried = Array.from(all.rowIds.subarray(0, 12))
    const queries = {
      rows: tried.length,
      cols: 3,
      data: Float64Array.from(tried.flatMap((key) => [...adversarialQuery(keys, key, p, 30)])),
    }
    const found = await findHeavy(runtime, keys, queries, epsilon, { p, tighten: true })
    const wanted = bruteForceHeavy(queries, keys, epsilon, p)
    expect(found.universal.rowIds.length).toBeLessThan(plain.rowIds.length)
    const names = (pairs: readonly { query: number; key: number }[]) =>
      pairs.map(({ query, key }) => `${query}:${key}`)
    expect(names(found.pairs)).toEqual(names(wanted.pairs))
    expect(wanted.pairs.length).toBeGreaterThan(0)
  })
})

test('one direction a key: sensitivities are known, and met', async () => {
  // Each basis vector c times: sigma = 1/c for every p.
  const data = Float64Array.from({ length: 75 }, (_, at) => (Math.floor(at / 3) % 3 === at % 3 ? 2 : 0))
  for (const p of POWERS) {
    const { universal } = await universalOf({ rows: 25, cols: 3, data }, p, 1e-3, { tighten: true })
    universal.rowIds.forEach((key, slot) => {
      expect(universal.bounds[slot]).toBeCloseTo(1 / (key % 3 === 0 ? 9 : 8), 6)
    })
  }
})

test('shards change rounding alone', async () => {
  const keys = gaussian(9000, 3)
  const [one, three] = await Promise.all(
    [1, 3].map((shards) => universalOf(keys, 3, 0.004, { tighten: true, shards })),
  )
  expect(three.universal.rowIds).toEqual(one.universal.rowIds)
  one.universal.bounds.forEach((bound, slot) =>
    expect(Math.abs(three.universal.bounds[slot] / bound - 1)).toBeLessThan(1e-6),
  )
})

test('where too many keys are kept, or the keys depend on one another, a warning says that nothing was done', async () => {
  const many = await universalOf(gaussian(1100, 3), 3, 1e-9, { tighten: true })
  expect(many.universal.rowIds).toHaveLength(1100)
  expect(many.warnings).toMatchObject([{ code: 'not-tightened' }])
  const flat = gaussian(60, 3)
  for (let j = 0; j < 60; j++) flat.data[3 * j + 2] = flat.data[3 * j]
  const dependent = await universalOf(flat, 3, 0.1, { tighten: true })
  expect(dependent.warnings).toMatchObject([{ code: 'not-tightened' }])
})

test.each([
  [2, /exact already/],
  [0.5, /at least 1/],
])('p = %d is refused', async (p, message) => {
  const refused = universalOf(gaussian(30, 2), p, 0.1, { tighten: true })
  await expect(refused).rejects.toThrow(message)
  await expect(refused).rejects.toMatchObject({ tag: 'Option', place: { option: 'tighten' } })
})
