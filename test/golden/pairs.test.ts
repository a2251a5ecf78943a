// Catches: a heavy pair that is missed, invented or mis-scored, and a wrong U, on real attention heads and tabular
// matrices at epsilon .1, .05, .01, against 80-bit answers. Sets whose data may not be copied are read from
// ../shared/data, and their queries compared by digest where only digests are committed.
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { Runtime } from '#coordinator/engines/runtime'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findHeavy, type Found } from '../support/find-heavy.ts'
import { idsDigest } from '../support/digests.mjs'
import {
  goldenLeverage,
  goldenPairs,
  goldenQueries,
  goldenSets,
  heavyAt,
  type GoldenSet,
} from '../support/golden.ts'
import { readNpyMatrix } from '../support/npy.mjs'
import { type DenseMatrix, row } from '../support/oracle.ts'
import { scoreTolerance } from '../support/score-tolerance.mjs'
import { describeShared, sharedSets } from '../support/shared-data.ts'

let runtime: Runtime
beforeAll(async () => {
  runtime = await Runtime.open({ workers: 0 })
})
afterAll(() => runtime.close())

const pairId = ({ query, key }: { query: number; key: number }) => `${query}:${key}`

describeShared('heavy pairs of the shared sets', (dataPath) => {
  describe.each(goldenSets())('$name', (set) => {
    const keys = readNpyMatrix(join(dataPath, set.keysFile))
    const queriesPath = sharedSets().find(({ name }) => name === set.name)?.queriesPath
    const own = set.ownRows.from === 'queries' && queriesPath ? readNpyMatrix(queriesPath) : keys

    test.each(set.epsilons)(
      'epsilon $epsilon',
      async ({ epsilon, groups, universal: expected, greyPairs }) => {
        const whole = goldenQueries(set, own)
        const queries = whole ?? ownQueries(set, own)
        const found = await findHeavy(runtime, keys, queries, epsilon, { element: 'f32' })
        expectUniversal(set, found, expected)
        if (whole) expectPairs(set, found, keys, queries, epsilon)
        else {
          expect(greyPairs).toEqual([])
          expect(found.pairs.length).toBe(groups.own.pairs)
          const digest = idsDigest(
            found.pairs.map(({ query }) => query),
            found.pairs.map(({ key }) => key),
          )
          expect(digest).toBe(groups.own.sha256)
        }
        expect(found.uncertified).toEqual([])
      },
    )
  })
})

/** The set's own queries alone: what can be had without the committed derived ones. */
function ownQueries(set: GoldenSet, own: DenseMatrix): DenseMatrix {
  const { count, of } = set.ownRows
  const data = new Float64Array(count * set.cols)
  for (let i = 0; i < count; i++) data.set(row(own, Math.floor((i * of) / count)), i * set.cols)
  return { rows: count, cols: set.cols, data }
}

function expectUniversal(
  set: GoldenSet,
  { universal }: Found,
  expected: GoldenSet['epsilons'][number]['universal'],
): void {
  const rowIds = [...universal.rowIds].sort((a, b) => a - b)
  if (universal.factor.ridge > 0) {
    expect(rowIds.length).toBeGreaterThanOrEqual(expected.size)
    return
  }
  expect(expected.grey).toEqual([])
  expect(rowIds.length).toBe(expected.size)
  expect(idsDigest(rowIds)).toBe(expected.sha256)
  const leverage = goldenLeverage(set)
  const tolerance = Math.max(1e-9, 8 * 2 ** -53 * set.condition)
  universal.rowIds.forEach((rowId, slot) => {
    const exact = leverage?.get(rowId)
    if (exact !== undefined)
      expect(Math.abs(universal.bounds[slot] / exact - 1)).toBeLessThanOrEqual(tolerance)
  })
}

function expectPairs(
  set: GoldenSet,
  found: Found,
  keys: DenseMatrix,
  queries: DenseMatrix,
  epsilon: number,
): void {
  const { required, allowed } = heavyAt(goldenPairs(set) ?? [], epsilon)
  const reported = new Set(found.pairs.map(pairId))
  expect(required.filter((pair) => !reported.has(pairId(pair)))).toEqual([])
  const permitted = new Map(allowed.map((pair) => [pairId(pair), pair.score]))
  expect(found.pairs.filter((pair) => !permitted.has(pairId(pair)))).toEqual([])
  const tolerance = scoreTolerance(keys, queries)
  for (const pair of found.pairs) {
    const exact = permitted.get(pairId(pair)) ?? NaN
    expect(Math.abs(pair.score / exact - 1)).toBeLessThanOrEqual(tolerance(pair.query, pair.key))
  }
  expect(found.undefinedRows).toEqual(set.undefinedQueries)
}

test('the digests are of what they say', () => {
  expect(idsDigest([])).toBe(createHash('sha256').digest('hex'))
})
