/**
 * Catches: golden files that disagree with the TypeScript oracle (another language, other algorithms), with their own
 * manifest, or with the inputs they were made from; a loader that misreads them. Cannot catch: a definition that
 * both oracles have wrong.
 */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import {
  exactUniversalSet,
  exactlyHeavy,
  goldenLeverage,
  goldenPairs,
  goldenQueries,
  goldenSets,
  heavyAt,
  singularCases,
  type GoldenSet,
} from './golden.ts'
import { idsDigest } from './digests.mjs'
import { readNpyMatrix } from './npy.mjs'
import { bruteForceHeavy, leverageOracle, row, type HeavyPair } from './oracle.ts'
import { describeShared, sharedSets } from './shared-data.ts'
import { stack } from './matrices.ts'

const name = ({ query, key }: { query: number; key: number }) => `${query},${key}`

/** Expects every required pair to be found, no other than the allowed ones, each score to 1e-13. */
function expectPairs(
  found: readonly HeavyPair[],
  required: readonly { query: number; key: number }[],
  allowed: ReadonlyMap<string, number>,
) {
  const names = new Set(found.map(name))
  expect(required.map(name).filter((pair) => !names.has(pair))).toEqual([])
  expect(found.map(name).filter((pair) => !allowed.has(pair))).toEqual([])
  const errors = found.map((pair) => Math.abs(pair.score / allowed.get(name(pair))! - 1))
  expect(Math.max(0, ...errors)).toBeLessThan(1e-13)
}

describe('singular cases', () => {
  const cases = singularCases()

  test('all are there', () => expect(cases).toHaveLength(20))

  test.each(cases)('$name: brute force with once-rounded dots finds the exact pairs', (golden) => {
    for (const inverseEpsilon of golden.inverseEpsilons) {
      const { required, allowed } = exactlyHeavy(golden.pairs, inverseEpsilon)
      const threshold = (1 - 1e-12) / inverseEpsilon
      const found = bruteForceHeavy(golden.queries, golden.keys, threshold)
      expect(found.undefinedRows).toEqual(golden.undefinedRows)
      expectPairs(found.pairs, required, new Map(allowed.map((pair) => [name(pair), pair.nearest])))
    }
  })

  test.each(cases)(
    '$name: every heavy key is in the universal set, and leverage sums to the rank',
    (golden) => {
      expect(golden.leverage).toHaveLength(golden.keys.rows)
      expect(golden.leverage.reduce((sum, { nearest }) => sum + nearest, 0)).toBeCloseTo(golden.rank, 9)
      for (const inverseEpsilon of golden.inverseEpsilons) {
        const universal = new Set(exactUniversalSet(golden, inverseEpsilon).required)
        const heavy = exactlyHeavy(golden.pairs, inverseEpsilon).required
        expect(heavy.filter(({ key }) => !universal.has(key))).toEqual([])
      }
    },
  )

  test('each basis vector repeated 1/epsilon times: every key is in U, none at a larger epsilon', () => {
    for (const copies of [20, 100, 1000]) {
      const golden = cases.find((item) => item.name === `basis-${copies}`)!
      expect(exactUniversalSet(golden, copies).required).toHaveLength(3 * copies)
      expect(exactUniversalSet(golden, 10).allowed).toEqual([])
    }
  })
})

describe('committed pairs', () => {
  const sets = goldenSets()

  test('there is an answer to every shared set, and pairs where the licence lets them in', () => {
    expect(sets).toHaveLength(35)
    for (const set of sets) expect(goldenPairs(set) !== undefined).toBe(set.copyable)
  })

  test.each(sets.filter(({ copyable }) => copyable))(
    '$name: counts and digests are those of its pairs',
    (set) => {
      const pairs = goldenPairs(set)!
      const leverage = [...goldenLeverage(set)!]
      for (const { epsilon, groups, universal } of set.epsilons) {
        const { required } = heavyAt(pairs, epsilon)
        for (const { kind, rowStart, rowEnd } of set.groups) {
          const inside = required.filter(({ query }) => query >= rowStart && query < rowEnd)
          const digest = idsDigest(
            inside.map(({ query }) => query),
            inside.map(({ key }) => key),
          )
          expect({ pairs: inside.length, sha256: digest }).toEqual(groups[kind])
        }
        const keys = leverage.filter(([, tau]) => tau >= epsilon).map(([rowId]) => rowId)
        if (epsilon >= set.leverageFloor!) expect(idsDigest(keys)).toBe(universal.sha256)
      }
    },
  )
})

describeShared('golden pairs against the shared data', (dataPath) => {
  const paths = new Map(sharedSets().map((set) => [set.name, set]))
  const sets = goldenSets()

  const inputs = (set: GoldenSet) => {
    const { keysPath, queriesPath } = paths.get(set.name)!
    return { keys: readNpyMatrix(keysPath), own: readNpyMatrix(queriesPath ?? keysPath) }
  }

  test.each(sets)('$name was made from the keys that lie there', (set) => {
    const bytes = readFileSync(join(dataPath, set.keysFile))
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(set.keysSha256)
  })

  test.each(sets.filter(({ copyable }) => copyable))(
    '$name: brute force agrees on a sample of queries',
    (set) => {
      const { keys, own } = inputs(set)
      const queries = goldenQueries(set, own)!
      const bytes = new Uint8Array(queries.data.buffer)
      expect(createHash('sha256').update(bytes).digest('hex')).toBe(set.queriesSha256)
      const step = set.rows > 5000 ? 599 : 97
      const ids = Array.from({ length: queries.rows }, (_, i) => i).filter((i) => i % step === 0)
      const sample = stack(
        ids.map((id) => row(queries, id)),
        set.cols,
      )
      const pairs = goldenPairs(set)!.filter(({ query }) => ids.includes(query))
      const { required, allowed } = heavyAt(pairs, 0.01)
      const found = bruteForceHeavy(sample, keys, 0.01).pairs.map((pair) => ({
        ...pair,
        query: ids[pair.query],
      }))
      expectPairs(found, required, new Map(allowed.map((pair) => [name(pair), pair.score])))
    },
  )

  test.each(sets.filter(({ copyable, rows }) => copyable && rows <= 2000))(
    '$name: an SVD gives the same leverage',
    (set) => {
      const { leverage, rank } = leverageOracle(inputs(set).keys)
      expect(rank).toBe(set.rank)
      for (const [rowId, tau] of goldenLeverage(set)!)
        expect(Math.abs(leverage[rowId] / tau - 1)).toBeLessThan(1e-11)
    },
  )
})
