// Catches: a pair inside U that the search loses, invents or mis-scores, a query that is called certified, undefined or
// uncertified when it is not, a mass that is no share. Cannot catch: a key that U should hold (test/laws is for that).
import {
  certifiedThreshold,
  type HeavyPair,
  GramSearch,
  type Kernels,
  pairsOf,
  QUERY_BLOCK_ROWS,
  scalarKernels,
  scaleQueries,
  selectRows,
  type SearchAnswer,
  type UniversalSet,
  universalSetOf,
} from '@levattention/core/internal'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { certify } from '../../laws/certify.ts'
import { exactDotRatio, exactly, exactRowSum, relativeError, toNumber } from '../../laws/rational.ts'
import { adversarialQueries, anyKeys, stack, wellConditionedKeys } from '../../support/matrices.ts'
import { Random } from '../../support/random.mjs'
import {
  attentionRow,
  bruteForceHeavy,
  type DenseMatrix,
  row,
  timesPowerOfTwo,
} from '../../support/oracle.ts'
import { allKernels } from '../../support/each-kernel.ts'
import { tiered } from '../../support/tier.ts'

function universalOf(keys: DenseMatrix, epsilon: number, kernels: Kernels = scalarKernels()): UniversalSet {
  const { factor, source } = certify(keys, 'f64', kernels)
  const all = selectRows(
    { source, range: { rowStart: 0, rowEnd: keys.rows }, kernels },
    factor,
    certifiedThreshold(0),
  )
  return universalSetOf(kernels, factor, all, epsilon)
}

interface Searched {
  readonly pairs: HeavyPair[]
  readonly mass: Float64Array
  readonly undefinedRows: number[]
  readonly uncertified: number[]
}

function search(universal: UniversalSet, queries: DenseMatrix, epsilon = universal.epsilon): Searched {
  const block = { rows: queries.data, count: queries.rows }
  return listed(new GramSearch(scalarKernels(), universal, { epsilon }).pairs(block))
}

function listed(answer: SearchAnswer | number): Searched {
  if (typeof answer === 'number') throw new Error(`not finite at ${answer}`)
  const { pairs, mass, undefinedRows, uncertified } = answer
  return { pairs: pairsOf(pairs), mass, undefinedRows: [...undefinedRows], uncertified: [...uncertified] }
}

const label = (query: number, key: number) => `${query}:${key}`

test('every pair of a settled query is found with the score that its slack allows, at the set’s epsilon and above', () => {
  fc.assert(
    fc.property(
      anyKeys({ maxRows: 60, maxCols: 6 }),
      fc.constantFrom(0.2, 0.05, 0.01, 1e-6),
      fc.constantFrom(1, 3, 10),
      (keys, epsilon, times) => {
        const queries = adversarialQueries(keys, 3)
        const asked = Math.min(1, times * epsilon)
        const { pairs, undefinedRows, uncertified } = search(universalOf(keys, epsilon), queries, asked)
        const found = new Map(pairs.map((pair) => [label(pair.query, pair.keyId), pair]))
        const want = bruteForceHeavy(queries, keys, asked * 0.99)
        for (const { query, key, score } of want.pairs) {
          if (uncertified.includes(query)) continue
          const mine = found.get(label(query, key))
          if (score >= asked * (1 + 1e-12)) expect(mine, `${label(query, key)} ${score}`).toBeDefined()
          if (mine) expect(Math.abs(mine.score / score - 1)).toBeLessThanOrEqual(mine.slack + 1e-15)
          found.delete(label(query, key))
        }
        expect([...found]).toEqual([])
        for (const query of undefinedRows) expect(want.undefinedRows).toContain(query)
        for (const query of want.undefinedRows) expect([...undefinedRows, ...uncertified]).toContain(query)
      },
    ),
    { numRuns: tiered(24, 60) },
  )
})

test('a pair’s dot is signed and unscaled', () => {
  const keys = stack([Float64Array.of(3e100, 1), Float64Array.of(1e100, -2), Float64Array.of(1e99, 5)], 2)
  const queries = stack([Float64Array.of(-1e-50, 0), Float64Array.of(0, 7)], 2)
  const { pairs } = search(universalOf(keys, 0.05), queries)
  expect(pairs.map(({ query, keyId, dot }) => [query, keyId, dot])).toEqual(
    expect.arrayContaining([
      [0, 0, expect.closeTo(-3e50, -36)],
      [1, 1, -14],
      [1, 2, 35],
    ]),
  )
})

test('epsilon so small that the filter is void: orthogonal keys are no pairs', () => {
  const keys = stack(
    [Float64Array.of(1, 1, 0), Float64Array.of(1, -1, 0), Float64Array.of(0, 0, 1), Float64Array.of(2, 1, 0)],
    3,
  )
  const queries = stack([Float64Array.of(1, -1, 1e-3), Float64Array.of(0.1, -0.1, 0)], 3)
  for (const epsilon of [1e-13, 1e-30, Number.MIN_VALUE]) {
    const { pairs } = search(universalOf(keys, epsilon), queries)
    expect(pairs.map(({ query, keyId }) => label(query, keyId)).toSorted()).toEqual([
      '0:1',
      '0:2',
      '0:3',
      '1:1',
      '1:3',
    ])
    for (const { score, slack } of pairs) expect(score).toBeGreaterThanOrEqual(epsilon * (1 - slack))
  }
})

test('mass is the share of the row sum inside U', () => {
  fc.assert(
    fc.property(wellConditionedKeys({ maxRows: 80, maxCols: 5 }), (keys) => {
      const universal = universalOf(keys, 0.08)
      const queries = adversarialQueries(keys, 3)
      const { mass, undefinedRows } = search(universal, queries)
      for (let q = 0; q < queries.rows; q++) {
        const scores = attentionRow(row(queries, q), keys)
        if (undefinedRows.includes(q)) expect(mass[q]).toBeNaN()
        else
          expect(mass[q]).toBeCloseTo(
            universal.rowIds.reduce((sum, rowId) => sum + scores![rowId], 0),
            9,
          )
      }
    }),
    { numRuns: 25 },
  )
})

describe('certified, uncertified, undefined', () => {
  const alike = Array.from({ length: 100 }, (_, j) => Float64Array.of(1, j === 40 ? 1 + 2 ** -52 : 1))

  test('a query that nearly annihilates all keys is uncertified, not answered', () => {
    const queries = stack([Float64Array.of(-1, 1), Float64Array.of(1, 0), Float64Array.of(0, 0)], 2)
    const result = search(universalOf(stack(alike, 2), 0.01), queries)
    expect(result).toMatchObject({ uncertified: [0], undefinedRows: [2] })
    expect(new Set(result.pairs.map(({ query }) => query))).toEqual(new Set([1]))
  })

  test('a regular factor that follows drops by a ridge covers only what that ridge covers', () => {
    // One column is 2^-18 of the other but for rounding: regular after refinement, with a small |K q| for (-1, 1).
    const random = new Random(3)
    const keys = stack(
      alike
        .map(() => [random.normal(), random.normal()])
        .map(([x, y]) => Float64Array.of(x, x + y * 2 ** -18)),
      2,
    )
    const universal = universalOf(keys, 0.01)
    expect(universal.factor).toMatchObject({ ridge: 0, dropRidge: 0 })
    const queries = stack([Float64Array.of(-1, 1), Float64Array.of(1, 1)], 2)
    expect(search(universal, queries).uncertified).toEqual([])
    const afterDrops = { ...universal, factor: { ...universal.factor, dropRidge: 2 ** -36 } }
    expect(search(afterDrops, queries).uncertified).toEqual([0])
  })

  test('entries in columns where every key is zero do not count, and do not make a query nonzero', () => {
    const keys = stack([Float64Array.of(1, 0), Float64Array.of(2, 0)], 2)
    const queries = stack([Float64Array.of(0, 5), Float64Array.of(1, 1e300)], 2)
    const result = search(universalOf(keys, 0.1), queries)
    expect(result.undefinedRows).toEqual([0])
    const scores = result.pairs.map(({ keyId, score }) => [keyId, score])
    expect(scores.toSorted((a, b) => a[0] - b[0])).toEqual([
      [0, expect.closeTo(0.2, 12)],
      [1, expect.closeTo(0.8, 12)],
    ])
  })

  test('settle tells what search does, without pairs', () => {
    const universal = universalOf(stack(alike, 2), 0.01)
    const queries = adversarialQueries(stack(alike, 2), 4)
    const block = { rows: queries.data, count: queries.rows }
    const settled = listed(new GramSearch(scalarKernels(), universal, universal).settle(block))
    const { undefinedRows, uncertified } = search(universal, queries)
    expect(settled).toMatchObject({ pairs: [], undefinedRows, uncertified })
  })
})

test.each(allKernels())('$name kernels give the bits of the scalar ones, block after block', (kernels) => {
  const random = new Random(9)
  const keys = stack(
    [...Array(300)].map(() => Float64Array.from({ length: 7 }, () => random.normal())),
    7,
  )
  const queries = stack(
    [...Array(QUERY_BLOCK_ROWS)].map(() => Float64Array.from({ length: 7 }, () => random.normal())),
    7,
  )
  const mine = new GramSearch(kernels, universalOf(keys, 0.03, kernels), { epsilon: 0.03 })
  const reference = search(universalOf(keys, 0.03), queries)
  for (let again = 0; again < 2; again++) {
    const result = listed(mine.pairs({ rows: queries.data, count: queries.rows }))
    expect(result.pairs).toEqual(reference.pairs)
    expect(result.mass).toEqual(reference.mass)
  }
})

test('the first NaN or infinity is named by its place in the block', () => {
  const universal = universalOf(stack([Float64Array.of(1, 2)], 2), 0.5)
  const heavy = new GramSearch(scalarKernels(), universal, universal)
  expect(heavy.pairs({ rows: Float64Array.of(1, 2, 3, NaN, Infinity, 1), count: 3 })).toBe(3)
  expect(heavy.pairs({ rows: Float32Array.of(1, -Infinity), count: 1 })).toBe(1)
})

describe('scaled queries', () => {
  const entry = fc
    .tuple(fc.double({ min: -2, max: 2, noNaN: true }), fc.integer({ min: -200, max: 200 }))
    .map(([x, e]) => (Math.abs(x) < 2 ** -60 ? 0 : x) * 2 ** e)

  test('are the queries times exact powers of two, the largest entry in [1/2, 1)', () => {
    const rows = fc.integer({ min: 1, max: 5 }).chain((dim) =>
      fc.record({
        query: fc.array(entry, { minLength: dim, maxLength: dim }),
        exponents: fc.array(fc.integer({ min: -150, max: 150 }), { minLength: dim, maxLength: dim }),
        live: fc.array(fc.constantFrom(0, 1, 1, 1), { minLength: dim, maxLength: dim }),
        lift: fc.constantFrom(0, 600),
      }),
    )
    fc.assert(
      fc.property(rows, ({ query, exponents, live, lift }) => {
        const dim = query.length
        const out = new Float64Array(dim)
        const shifts = new Int32Array(1)
        const factor = { dim, exponents: Int32Array.from(exponents), live: Uint8Array.from(live) }
        expect(scaleQueries(factor, Float64Array.from(query), 1, out, shifts, lift)).toBe(-1)
        if (query.every((x, a) => x === 0 || !live[a])) {
          expect(Array.from(out, Math.abs)).toEqual(query.map(() => 0))
          return
        }
        const wanted = query.map((x, a) => (live[a] ? timesPowerOfTwo(x, shifts[0] + exponents[a]) : 0))
        expect(Array.from(out, (x) => x + 0)).toEqual(wanted.map((x) => x + 0))
        const largest = Math.max(...out.map(Math.abs))
        expect(largest).toBeGreaterThanOrEqual(2 ** (lift - 1))
        expect(largest).toBeLessThan(2 ** lift)
      }),
      { numRuns: tiered(120, 300) },
    )
  })

  test('scores are those of exact arithmetic to their slack', () => {
    fc.assert(
      fc.property(wellConditionedKeys({ minRows: 10, maxRows: 20, maxCols: 4 }), (keys) => {
        const queries = adversarialQueries(keys, 2)
        for (const { query, keyId, score, dot, slack } of search(universalOf(keys, 0.05), queries).pairs) {
          const q = row(queries, query)
          const exact = exactDotRatio(q, row(keys, keyId))
          const sum = exactRowSum(q, keys)
          const share = { num: exact.num ** 2n * sum.den, den: exact.den ** 2n * sum.num }
          expect(relativeError(score, share)).toBeLessThanOrEqual(slack)
          expect(Math.abs(dot - toNumber(exact))).toBeLessThanOrEqual(slack * Math.abs(dot))
        }
      }),
      { numRuns: 30 },
    )
    expect(exactly([1]).numbers[0]).toBeGreaterThan(0n)
  })
})
