// The promise for p = 4 where row sums come from fourth moments. Catches: a pair missed or invented, a score off by more than its slack, a
// query that needs a pass over the keys though its row sum is known, a choice that depends on more than shapes and options. Cannot catch: an
// error bound that these inputs do not reach (test/core/search/moment-row-sums.test.ts).
import * as fc from 'fast-check'
import { usesFourthMoments } from '#coordinator/plan/moments'
import { Runtime } from '#coordinator/engines/runtime'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { adversarialQuery } from '../support/adversary.ts'
import { type Found, findHeavy } from '../support/find-heavy.ts'
import { adversarialQueries, anyKeys, gaussian, stack } from '../support/matrices.ts'
import { bruteForceHeavy, type DenseMatrix, leverageOracle, row } from '../support/oracle.ts'
import { Random } from '../support/random.mjs'
import { tiered } from '../support/tier.ts'

/** The oracle's own rounding of a score. */
const ROUNDING = 32 * 2 ** -53

let runtime: Runtime
beforeAll(async () => {
  runtime = await Runtime.open({ workers: 0 })
})
afterAll(() => runtime.close())

const label = ({ query, key }: { query: number; key: number }) => `${query}:${key}`

/** Pairs are those of brute force, each score within its query's slack; every query is decided. */
function expectRight(found: Found, keys: DenseMatrix, queries: DenseMatrix, epsilon: number): void {
  const want = bruteForceHeavy(queries, keys, epsilon * 0.99, 4)
  const mine = new Map(found.pairs.map((pair) => [label(pair), pair]))
  for (const exact of want.pairs) {
    const pair = mine.get(label(exact))
    if (!pair) {
      expect(exact.score, `missed ${label(exact)}`).toBeLessThan(epsilon * (1 + ROUNDING))
      continue
    }
    expect(Math.abs(pair.score / exact.score - 1), label(pair)).toBeLessThanOrEqual(pair.slack + ROUNDING)
    mine.delete(label(exact))
  }
  expect([...mine.values()], 'invented').toEqual([])
  expect(found.uncertified).toEqual([])
  expect(found.undefinedRows).toEqual(want.undefinedRows)
}

function queriesFor(keys: DenseMatrix, seed: number): DenseMatrix {
  const random = new Random(seed)
  const key = () => random.below(keys.rows)
  const own = [0, 1, 2].map(() => row(keys, key()))
  const noise = own.map(() => Float64Array.from({ length: keys.cols }, () => random.normal()))
  const attacks = own.map(() => adversarialQuery(keys, key(), 4, 8))
  const hard = adversarialQueries(keys, 2)
  const some = Array.from({ length: hard.rows }, (_, i) => row(hard, i))
  return stack([...own, ...noise, ...attacks, ...some], keys.cols)
}

test('no pair is missed or invented, every score is within its slack: keys of every kind', async () => {
  await fc.assert(
    fc.asyncProperty(
      anyKeys({ minRows: 1, maxRows: 90, maxCols: 6 }),
      fc.constantFrom([1, 1], [1e150, 1e-150], [1, 1e-150]),
      fc.constantFrom(0.3, 0.1, 0.05),
      fc.nat(),
      async (drawn, [even, odd], epsilon, seed) => {
        const scale = (up: boolean, { data, ...shape }: DenseMatrix): DenseMatrix => ({
          ...shape,
          data: data.map((x, i) => {
            const by = (i % shape.cols) % 2 === 0 ? even : odd
            return up ? x * by : x / by
          }),
        })
        const keys = scale(true, drawn)
        const queries = scale(false, queriesFor(drawn, seed))
        fc.pre([...keys.data, ...queries.data].every(Number.isFinite))
        const found = await findHeavy(runtime, keys, queries, epsilon, { p: 4, moments: true })
        expectRight(found, keys, queries, epsilon)
      },
    ),
    { numRuns: tiered(25, 200) },
  )
})

/** Directions of sizes 1 to 1/condition, turned so that scaling columns does not help; heavy tails. */
function hardKeys(rows: number, dim: number, condition: number): DenseMatrix {
  const random = new Random(dim)
  const v = Float64Array.from({ length: dim }, () => random.normal())
  const square = v.reduce((sum, x) => sum + x * x, 0)
  const made = Array.from({ length: rows }, () => {
    const length = 1 / Math.abs(random.normal() + 0.01)
    const x = v.map((_x, a) => length * random.normal() * condition ** (-a / (dim - 1)))
    const along = (2 * x.reduce((sum, value, a) => sum + value * v[a], 0)) / square
    return x.map((value, a) => value - along * v[a])
  })
  return stack(made, dim)
}

describe('no query needs a pass over the keys', () => {
  test.each([1, 1e3, 1e6, 1e9])('condition %s', async (condition) => {
    const keys = hardKeys(500, 6, condition)
    const { rightVectors } = leverageOracle(keys)
    const along = Array.from({ length: 6 }, (_, s) => Float64Array.from(rightVectors.getColumn(s)))
    const hard = queriesFor(keys, 4)
    const some = Array.from({ length: hard.rows }, (_, i) => row(hard, i)).filter((q) =>
      q.some((x) => x !== 0),
    )
    const queries = stack([...along, ...some], 6)
    const found = await findHeavy(runtime, keys, queries, 0.05, { p: 4, moments: true })
    expectRight(found, keys, queries, 0.05)
    expect(found.pairs.length).toBeGreaterThan(20)
    expect(found.stats.queriesExactPass).toBe(0)
    for (const { slack } of found.pairs) expect(slack).toBeLessThan(1.1e-9)
  })

  test('where keys are on a cone', async () => {
    const keys = stack(
      Array.from({ length: 300 }, (_, j) => Float64Array.of(1, Math.cos(j * j), Math.sin(j * j))),
      3,
    )
    const queries = queriesFor(keys, 6)
    const found = await findHeavy(runtime, keys, queries, 0.01, { p: 4, moments: true })
    expectRight(found, keys, queries, 0.01)
    // The two with a zero row sum or none that is known: the zero query has no pass either.
    expect(found.stats.queriesExactPass).toBe(0)
  })
})

test('what both ways tell is the same up to their slacks', async () => {
  const keys = gaussian(800, 5, 3)
  const queries = gaussian(40, 5, 4)
  const told = async (moments: boolean) =>
    await findHeavy(runtime, keys, queries, 0.01, { p: 4, moments, element: 'f64' })
  const [by, passes] = [await told(true), await told(false)]
  expect(passes.stats.queriesExactPass).toBe(40)
  expect(by.pairs.map(label)).toEqual(passes.pairs.map(label))
  by.pairs.forEach(({ score, slack, dot }, i) => {
    const other = passes.pairs[i]
    expect(Math.abs(score / other.score - 1)).toBeLessThanOrEqual(slack + other.slack)
    expect(dot).toBeCloseTo(other.dot, 12)
  })
})

test('they are used where they pay', () => {
  const uses = (rows: number, cols: number, queryCount: number, more: object = {}) =>
    usesFourthMoments({ rows, cols }, { p: 4, queryCount, ...more })
  expect([100, 1000].map((m) => uses(1e6, 16, m))).toEqual([false, true])
  expect([2000, 10_000].map((m) => uses(1e6, 32, m))).toEqual([false, true])
  expect(uses(1e6, 33, 1e6)).toBe(false)
  // Few keys are read faster than D² products are made.
  expect(uses(300, 16, 1e6)).toBe(false)
  for (const more of [{ p: 3 }, { causal: true }, { scores: 'interval' }, { scores: 'estimate' }])
    expect(uses(1e6, 16, 1e6, more)).toBe(false)
})
