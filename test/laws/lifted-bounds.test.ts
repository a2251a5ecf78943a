// Catches: for p = 4 a bound that some query breaks because of the lift, a lift that is computed and then not used, a total
// above d(d+1)/2, a U that depends on the cut. Cannot catch: a bound broken only by queries that no search here finds.
import * as fc from 'fast-check'
import { boundsOf, Candidates, scalarKernels, type UniversalSet } from '@levattention/core/internal'
import { findUniversalSet } from '#coordinator/keys/universal'
import { Runtime } from '#coordinator/engines/runtime'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { adversarialQuery, keysAboveBounds } from '../support/adversary.ts'
import { contextOf, findHeavy, sourceOf } from '../support/find-heavy.ts'
import {
  duplicateKeys,
  gaussianKeys,
  keyLikeKeys,
  scaledColumnKeys,
  sparseKeys,
} from '../support/matrices.ts'
import { Random } from '../support/random.mjs'
import { bruteForceHeavy, type DenseMatrix } from '../support/oracle.ts'
import { tiered } from '../support/tier.ts'

let runtime: Runtime
beforeAll(async () => {
  runtime = await Runtime.open({ workers: 0 })
})
afterAll(() => runtime.close())

async function universalOf(keys: DenseMatrix, epsilon: number, options: object = {}): Promise<UniversalSet> {
  const context = contextOf(runtime, await runtime.engine(0))
  const { universal } = await findUniversalSet(sourceOf(keys), { epsilon, p: 4, ...options }, context)
  return universal
}

/** Bounds of U's keys by their Lewis weights alone. */
function lewisBounds({ factor, rowIds, keys, dim, bounds }: UniversalSet): Float64Array {
  return boundsOf(scalarKernels(), factor, Candidates.of(dim, rowIds, bounds, keys))
}

test('no query brings a key above its bound, which is nowhere above that of its Lewis weight', async () => {
  const shape = { minRows: 30, maxRows: 90, maxCols: 4 }
  const kinds = [gaussianKeys, keyLikeKeys, sparseKeys, scaledColumnKeys, duplicateKeys]
  let lower = 0
  await fc.assert(
    fc.asyncProperty(fc.oneof(...kinds.map((kind) => kind(shape))), fc.nat(), async (keys, seed) => {
      const universal = await universalOf(keys, 1e-9)
      fc.pre(universal.factor.ridge === 0)
      const lewis = lewisBounds(universal)
      const random = new Random(seed)
      universal.bounds.forEach((bound, slot) => {
        expect(bound).toBeLessThanOrEqual(lewis[slot] * (1 + 1e-10))
        if (bound < 0.9 * lewis[slot]) lower++
      })
      const queries = Array.from({ length: 6 }, (_, i) =>
        i % 2 === 0
          ? adversarialQuery(keys, random.below(keys.rows), 4, 8)
          : Float64Array.from({ length: keys.cols }, () => random.normal()),
      )
      for (const query of queries) expect(keysAboveBounds(keys, query, 4, universal, 1e-6)).toEqual([])
    }),
    { numRuns: tiered(20, 40) },
  )
  expect(lower).toBeGreaterThan(tiered(50, 100))
})

function gaussian(rows: number, cols: number): DenseMatrix {
  const random = new Random(rows)
  return { rows, cols, data: Float64Array.from({ length: rows * cols }, () => random.normal()) }
}

test('the bounds of all keys sum to d(d+1)/2 at most, where those of Lewis weights sum to nearly d²', async () => {
  const universal = await universalOf(gaussian(3000, 5), 1e-9)
  expect(universal.rowIds).toHaveLength(3000)
  expect(universal.bounds.reduce((sum, bound) => sum + bound, 0)).toBeLessThanOrEqual(15 * (1 + 1e-9))
  expect(lewisBounds(universal).reduce((sum, bound) => sum + bound, 0)).toBeGreaterThan(22)
})

test('basis vectors repeated: each copy has its share exactly', async () => {
  const data = Float64Array.from({ length: 60 * 3 }, (_, at) => (Math.floor(at / 3) % 3 === at % 3 ? 2 : 0))
  const { bounds } = await universalOf({ rows: 60, cols: 3, data }, 0.01)
  expect(bounds).toHaveLength(60)
  for (const bound of bounds) expect(bound).toBeCloseTo(1 / 20, 9)
})

test('a smaller U loses no pair, and is the same for another cut', async () => {
  const keys = gaussian(9000, 4)
  const ids = async (shards: number) => (await universalOf(keys, 1.2e-3, { shards })).rowIds.slice().sort()
  const whole = await ids(1)
  expect(await ids(3)).toEqual(whole)
  const withoutLift = lewisBounds(await universalOf(keys, 1e-9)).filter((bound) => bound >= 1.2e-3).length
  expect(whole.length).toBeLessThan(0.8 * withoutLift)
  const few: DenseMatrix = { rows: 1500, cols: 4, data: keys.data.slice(0, 6000) }
  const queries = {
    rows: 20,
    cols: 4,
    data: Float64Array.from(
      Array.from({ length: 20 }, (_, i) => [...adversarialQuery(few, 71 * i, 4, 4)]).flat(),
    ),
  }
  const found = await findHeavy(runtime, few, queries, 0.005, { p: 4 })
  const wanted = bruteForceHeavy(queries, few, 0.005 * (1 + 1e-9), 4)
  const names = (pairs: readonly { query: number; key: number }[]) => pairs.map((p) => `${p.query}:${p.key}`)
  expect(names(found.pairs)).toEqual(names(wanted.pairs))
  expect(wanted.pairs.length).toBeGreaterThan(5)
})
