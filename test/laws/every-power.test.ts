// Catches: for p other than 2 a heavy pair that is missed or invented, a bound that some query breaks, an interval that
// does not hold the score, a universal set that is much larger than converged Lewis weights give. Cannot catch: a bound
// that is broken only by queries that neither sampling nor reweighted least squares finds.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { boundOf, boundsOf, Candidates, scalarKernels } from '@levattention/core/internal'
import { findUniversalSet } from '#coordinator/keys/universal'
import { Runtime } from '#coordinator/engines/runtime'
import { writeScores } from '#coordinator/jobs/scores'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { adversarialQuery, keysAboveBounds } from '../support/adversary.ts'
import { contextOf, findHeavy, sourceOf, type Found } from '../support/find-heavy.ts'
import { anyKeys } from '../support/matrices.ts'
import { Random } from '../support/random.mjs'
import { readNpyMatrix } from '../support/npy.mjs'
import { bruteForceHeavy, row, type DenseMatrix } from '../support/oracle.ts'
import { describeShared } from '../support/shared-data.ts'
import { someOf, tiered } from '../support/tier.ts'

const POWERS = [0.3, 0.5, 1, 1.5, 2.5, 3, 4, 6, 8]
const ROOM = 1e-6

let runtime: Runtime
beforeAll(async () => {
  runtime = await Runtime.open({ workers: 0 })
})
afterAll(() => runtime.close())

/** Own keys, noise, and what attacks a few keys. */
function queriesFor(keys: DenseMatrix, p: number, seed: number, count = 12): DenseMatrix {
  const random = new Random(seed)
  const rows = Array.from({ length: count }, (_, i) => {
    const key = random.below(keys.rows)
    if (i % 3 === 0) return row(keys, key)
    if (i % 3 === 1) return adversarialQuery(keys, key, p, 8)
    return Float64Array.from({ length: keys.cols }, () => random.normal())
  })
  return { rows: count, cols: keys.cols, data: Float64Array.from(rows.flatMap((r) => [...r])) }
}

const pairId = ({ query, key }: { query: number; key: number }) => `${query}:${key}`

/** Nothing with a score clearly above epsilon is missed, nothing clearly below is there, scores are right. */
function expectRight(
  found: Found,
  keys: DenseMatrix,
  queries: DenseMatrix,
  epsilon: number,
  p: number,
): void {
  const all = bruteForceHeavy(queries, keys, epsilon * (1 - 1e-3), p)
  const scores = new Map(all.pairs.map((pair) => [pairId(pair), pair.score]))
  const undecided = new Set(found.uncertified)
  const present = new Set(found.pairs.map(pairId))
  const missed = all.pairs.filter(
    (pair) => pair.score >= epsilon * (1 + ROOM) && !present.has(pairId(pair)) && !undecided.has(pair.query),
  )
  expect(missed).toEqual([])
  for (const pair of found.pairs) {
    const score = scores.get(pairId(pair)) ?? 0
    expect(score).toBeGreaterThanOrEqual(epsilon * (1 - 2e-3))
    if (pair.low === undefined || pair.high === undefined) {
      expect(Math.abs(pair.score - score)).toBeLessThanOrEqual(score * (ROOM + 2 * pair.slack))
    } else {
      expect(score).toBeGreaterThanOrEqual(pair.low * (1 - ROOM))
      expect(score).toBeLessThanOrEqual(pair.high * (1 + ROOM))
    }
  }
}

const inputs = fc.tuple(
  anyKeys({ minRows: 1, maxRows: 90, maxCols: 6 }),
  fc.constantFrom(...POWERS),
  fc.constantFrom(0.3, 0.1, 0.05),
  fc.integer(),
)

describe('every p', () => {
  test('exact scores: no pair is missed or invented, every score is right', async () => {
    await fc.assert(
      fc.asyncProperty(inputs, async ([keys, p, epsilon, seed]) => {
        const queries = queriesFor(keys, p, seed)
        const found = await findHeavy(runtime, keys, queries, epsilon, { p })
        expect(found.uncertified).toEqual([])
        expectRight(found, keys, queries, epsilon, p)
      }),
      { numRuns: tiered(16, 60) },
    )
  })

  test('intervals hold the scores, with the keys at hand and without', async () => {
    await fc.assert(
      fc.asyncProperty(inputs, fc.boolean(), async ([keys, p, epsilon, seed], keysAgain) => {
        const queries = queriesFor(keys, p, seed)
        const found = await findHeavy(runtime, keys, queries, epsilon, { p, scores: 'interval', keysAgain })
        if (keysAgain) expect(found.uncertified).toEqual([])
        expectRight(found, keys, queries, epsilon, p)
      }),
      { numRuns: tiered(16, 60) },
    )
  })

  test('no covered query brings a key above its bound, after one pass or all', async () => {
    await fc.assert(
      fc.asyncProperty(inputs, fc.constantFrom(1, 3, 16), async ([keys, p, , seed], passes) => {
        const context = contextOf(runtime, await runtime.engine(0))
        const { universal } = await findUniversalSet(sourceOf(keys), { epsilon: 1e-9, p, passes }, context)
        fc.pre(universal.factor.ridge === 0)
        const bounds = allBounds(universal.factor, keys)
        const rowIds = Float64Array.from(bounds.keys())
        const queries = queriesFor(keys, p, seed)
        for (let q = 0; q < queries.rows; q++) {
          expect(keysAboveBounds(keys, row(queries, q), p, { rowIds, bounds }, ROOM)).toEqual([])
        }
      }),
      { numRuns: tiered(8, 30) },
    )
  })

  test.each([0.01, 1000])('p = %s neither overflows nor misses', async (p) => {
    await fc.assert(
      fc.asyncProperty(anyKeys({ minRows: 1, maxRows: 60, maxCols: 5 }), fc.integer(), async (keys, seed) => {
        const queries = queriesFor(keys, p, seed, 6)
        const found = await findHeavy(runtime, keys, queries, 0.1, { p })
        for (const bound of found.universal.bounds) expect(bound).toBeGreaterThan(0)
        expectRight(found, keys, queries, 0.1, p)
      }),
      { numRuns: tiered(6, 30) },
    )
  })

  test('p near 2 gives the bounds of p = 2', async () => {
    const random = new Random(7)
    const keys = { rows: 400, cols: 6, data: Float64Array.from({ length: 2400 }, () => random.normal()) }
    const context = contextOf(runtime, await runtime.engine(0))
    const { universal } = await findUniversalSet(sourceOf(keys), { epsilon: 1e-9 }, context)
    const wanted = allBounds(universal.factor, keys)
    for (const p of [2 - 1e-6, 2 + 1e-6]) {
      const near = await findUniversalSet(sourceOf(keys), { epsilon: 1e-9, p }, context)
      allBounds(near.universal.factor, keys).forEach((bound, j) => {
        expect(Math.abs(bound - wanted[j])).toBeLessThanOrEqual(wanted[j] * 1e-4)
      })
    }
  })

  test('p > 2: the least bound of all passes counts, and scores tell it too', async () => {
    const random = new Random(21)
    const long = (i: number) => (Math.floor(i / 4) % 97 === 3 ? 30 * random.uniform() : 1)
    const data = Float64Array.from({ length: 12_000 }, (_, i) => random.normal() * long(i))
    const keys = { rows: 3000, cols: 4, data }
    const context = contextOf(runtime, await runtime.engine(0))
    const { universal } = await findUniversalSet(sourceOf(keys), { epsilon: 1e-9, p: 6 }, context)
    const byLast = allBounds(universal.factor, keys)
    const lower = [...universal.rowIds.keys()].filter((slot) => {
      expect(universal.bounds[slot]).toBeLessThanOrEqual(byLast[universal.rowIds[slot]] * (1 + 1e-12))
      return universal.bounds[slot] < byLast[universal.rowIds[slot]] * (1 - 1e-3)
    })
    expect(lower.length).toBeGreaterThan(0)
    const told = new Float64Array(keys.rows)
    let at = 0
    const sink = { write: (bounds: Float64Array) => (told.set(bounds, at), (at += bounds.length)) }
    await writeScores(sourceOf(keys), { p: 6 }, context, sink)
    universal.rowIds.forEach((key, slot) => expect(told[key]).toBe(universal.bounds[slot]))
  })

  test.each(someOf([0.5, 1, 2, 3, 4], 3))(
    'p = %s: any number of shards from 1 to 17, merged by any fan-in, changes rounding alone',
    async (p) => {
      const random = new Random(11)
      const rows = 17 * 4096
      const long = (i: number) => (Math.floor(i / 3) % 4999 === 777 ? 20 + (i % 7) : 1)
      const data = Float64Array.from({ length: rows * 3 }, (_, i) => random.normal() * long(i))
      const keys = sourceOf({ rows, cols: 3, data })
      const context = contextOf(runtime, await runtime.engine(0))
      const epsilon = p < 1 ? 1.2e-4 : 2e-4
      const universalOf = async (shards: number, fanIn: number) =>
        (await findUniversalSet(keys, { epsilon, p, shards, fanIn }, context)).universal
      const one = await universalOf(1, 16)
      expect(one.rowIds.length).toBeGreaterThan(10)
      for (const shards of [2, 3, 4, 7, 11, 16, 17]) {
        const many = await universalOf(shards, 2 + random.below(15))
        expectSameUpToSlack(many, one)
      }
    },
  )
})

/** Keys of one and not of the other lie within slack of the threshold; bounds of both agree within it. */
function expectSameUpToSlack(some: Found['universal'], other: Found['universal']): void {
  const slack = 1e-9 + 4 * Math.max(1, some.p) * (some.factor.thresholdSlack + other.factor.thresholdSlack)
  const bounds = new Map(Array.from(other.rowIds, (rowId, slot) => [rowId, other.bounds[slot]]))
  const alone: number[] = []
  some.rowIds.forEach((rowId, slot) => {
    const bound = bounds.get(rowId)
    if (bound === undefined) alone.push(some.bounds[slot])
    else expect(Math.abs(some.bounds[slot] / bound - 1)).toBeLessThanOrEqual(slack)
    bounds.delete(rowId)
  })
  for (const bound of [...alone, ...bounds.values()])
    expect(bound).toBeLessThanOrEqual(some.epsilon * (1 + slack))
}

function allBounds(
  factor: Parameters<typeof boundOf>[0] & Found['universal']['factor'],
  keys: DenseMatrix,
): Float64Array {
  const candidates = new Candidates(keys.cols, 'f64')
  for (let j = 0; j < keys.rows; j++) candidates.push(j, 1, row(keys, j))
  return boundsOf(scalarKernels(), factor, candidates)
}

interface LewisSet {
  readonly keysFile: string
  readonly p: number
  readonly epsilons: readonly number[]
  readonly sizes: readonly number[]
  readonly boundSum: number
}

const goldenPath = join(import.meta.dirname, '../golden/lewis.json')
const golden = existsSync(goldenPath) ? (JSON.parse(readFileSync(goldenPath, 'utf8')) as LewisSet[]) : []

describeShared('against converged Lewis weights of the NumPy oracle', (dataPath) => {
  test.each(golden)(
    '$keysFile, p = $p: |U| is at most 1.1 times theirs',
    async ({ keysFile, p, epsilons, sizes }) => {
      const keys = readNpyMatrix(join(dataPath, keysFile))
      const context = contextOf(runtime, await runtime.engine(0))
      const { universal } = await findUniversalSet(sourceOf(keys, 'f32'), { epsilon: 0.01, p }, context)
      epsilons.forEach((epsilon, i) => {
        const size = universal.bounds.filter((bound) => bound >= epsilon).length
        expect(size).toBeLessThanOrEqual(1.1 * sizes[i])
      })
    },
  )
})
