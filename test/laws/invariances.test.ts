// What leverage must do when keys are changed in a known way (theory.md section 11).
// Catches: scores that depend on coordinates, order, scale or copies in a way that exact leverage does not. Cannot catch: an
// error that every transformed input shares (brute force is for that: no-heavy-pair-missed).
import { boundOf, KeySummary, scalarKernels } from '@levattention/core/internal'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { anyKeys, adversarialQueries, stack, wellConditionedKeys } from '../support/matrices.ts'
import { Random } from '../support/random.mjs'
import { attentionRow, type DenseMatrix, row } from '../support/oracle.ts'
import { type Found, roundedToF32, runInline } from '../support/run-inline.ts'
import { certify, scoresOf, streamed } from './certify.ts'
import { exactLeverage, rowsOf, toNumber } from './rational.ts'
import { tiered } from '../support/tier.ts'

const tauOf = (keys: DenseMatrix) => {
  const { factor, source } = certify(keys)
  return { tau: scoresOf(factor, source), factor }
}

/** |a - b| within both slacks of b. */
function expectClose(a: number, b: number, slack: number): void {
  expect(Math.abs(a - b)).toBeLessThanOrEqual(2 * slack * Math.abs(b) + 1e-300)
}

test('leverage sums to the rank', () => {
  fc.assert(
    fc.property(anyKeys({ maxRows: 60, maxCols: 8 }), (keys) => {
      const { tau, factor } = tauOf(keys)
      const sum = tau.reduce((total, value) => total + value, 0)
      if (factor.ridge === 0) expectClose(sum, factor.rank, factor.thresholdSlack)
      else expect(sum).toBeLessThanOrEqual(keys.cols * 1.43)
    }),
    { numRuns: tiered(40, 100) },
  )
})

test('leverage does not see an invertible change of the columns', () => {
  fc.assert(
    fc.property(
      wellConditionedKeys({ maxRows: 80, maxCols: 5 }),
      fc.nat(),
      fc.constantFrom(0, 3, 8),
      (keys, seed, decades) => {
        const random = new Random(seed)
        const { cols } = keys
        const change = Float64Array.from({ length: cols * cols }, (_, i) => {
          const diagonal = i % (cols + 1) === 0 ? 3 : 0
          return (random.normal() + diagonal) * 10 ** (-decades * random.uniform())
        })
        const changed = multiply(keys, change)
        const before = tauOf(keys)
        const after = tauOf(changed)
        fc.pre(after.factor.ridge === 0)
        // The product itself is rounded: its own leverage is what the second run must find.
        const condition = after.factor.condition
        after.tau.forEach((tau, j) => {
          const slack =
            after.factor.thresholdSlack + before.factor.thresholdSlack + 100 * condition * 2 ** -53
          expectClose(tau, before.tau[j], slack)
        })
      },
    ),
    { numRuns: tiered(16, 40) },
  )
})

function multiply({ rows, cols, data }: DenseMatrix, matrix: Float64Array): DenseMatrix {
  return {
    rows,
    cols,
    data: Float64Array.from({ length: rows * cols }, (_, i) => {
      let sum = 0
      for (let a = 0; a < cols; a++)
        sum += data[Math.floor(i / cols) * cols + a] * matrix[a * cols + (i % cols)]
      return sum
    }),
  }
}

test('permuting rows permutes U', async () => {
  await fc.assert(
    fc.asyncProperty(anyKeys({ maxRows: 60, maxCols: 6 }), fc.nat(), async (keys, seed) => {
      const random = new Random(seed)
      const order = [...Array(keys.rows).keys()].sort(() => random.uniform() - 0.5)
      const none = stack([], keys.cols)
      const before = (await runInline(keys, none, { epsilon: 0.05 })).universal
      const after = (await runInline(rowsOf(keys, order), none, { epsilon: 0.05 })).universal
      fc.pre(before.factor.ridge === 0)
      const bounds = new Map(Array.from(before.rowIds, (rowId, slot) => [rowId, before.bounds[slot]]))
      const edge = 0.05 * (1 + 3 * before.factor.thresholdSlack)
      after.rowIds.forEach((rowId, slot) => {
        const known = bounds.get(order[rowId])
        if (known === undefined) expect(after.bounds[slot]).toBeLessThan(edge)
        else expectClose(after.bounds[slot], known, before.factor.thresholdSlack)
        bounds.delete(order[rowId])
      })
      for (const left of bounds.values()) expect(left).toBeLessThan(edge)
    }),
    { numRuns: tiered(20, 50) },
  )
})

describe('scaling by powers of two changes no bit', () => {
  const bits = ({ universal, pairs, undefinedRows, uncertified }: Found) => ({
    rowIds: Array.from(universal.rowIds),
    bounds: Array.from(universal.bounds),
    slack: universal.factor.thresholdSlack,
    ridge: universal.factor.ridge,
    condition: universal.factor.condition,
    pairs: pairs.map(({ query, key, score, slack }) => [query, key, score, slack]),
    undefinedRows,
    uncertified,
  })
  const scaled = (matrix: DenseMatrix, exponents: readonly number[], sign: 1 | -1): DenseMatrix => ({
    ...matrix,
    data: matrix.data.map((x, i) => x * 2 ** (sign * exponents[(i % matrix.cols) % exponents.length])),
  })

  test.each([
    ['f64', [0], 500],
    ['f64', [3], 0],
    ['f64', [-400], 300],
    ['f64', [400, -400, 0], 100],
    ['f64', [-500, 498], -7],
    ['f32', [20], 0],
    ['f32', [-25], 30],
    ['f32', [10, -12, 3], -5],
  ] as const)(
    '%s columns by 2^%j, queries by their inverses and 2^%d',
    async (element, exponents, queryExponent) => {
      await fc.assert(
        fc.asyncProperty(anyKeys({ maxRows: 40, maxCols: 5 }), async (drawn) => {
          const spread = (matrix: DenseMatrix) => (element === 'f32' ? roundedToF32(matrix) : matrix)
          const keys = spread(drawn)
          // Entries far below the largest could become subnormal on the way: not a power of two apart any more.
          fc.pre(keys.data.every((x) => x === 0 || (Math.abs(x) > 2 ** -70 && Math.abs(x) < 2 ** 70)))
          const queries = spread(adversarialQueries(keys, 2))
          fc.pre(queries.data.every((x) => x === 0 || (Math.abs(x) > 2 ** -90 && Math.abs(x) < 2 ** 90)))
          const plain = bits(await runInline(keys, queries, { epsilon: 0.05, element }))
          const moved = scaled(scaled(queries, exponents, -1), [queryExponent], 1)
          expect(
            bits(await runInline(scaled(keys, exponents, 1), moved, { epsilon: 0.05, element })),
          ).toEqual(plain)
        }),
        { numRuns: 8 },
      )
    },
  )

  test('one factor for a single query, whatever the others’', async () => {
    const keys = stack([Float64Array.of(3, 1), Float64Array.of(1, 3), Float64Array.of(2, 2.5)], 2)
    const queries = stack(
      [
        Float64Array.of(1, 0.3),
        Float64Array.of(2 ** 900, 0.3 * 2 ** 900),
        Float64Array.of(2 ** -900, 0.3 * 2 ** -900),
      ],
      2,
    )
    const { pairs } = await runInline(keys, queries, { epsilon: 0.01 })
    const of = (q: number) => pairs.filter(({ query }) => query === q).map(({ key, score }) => [key, score])
    expect(of(1)).toEqual(of(0))
    expect(of(2)).toEqual(of(0))
    expect(of(0)).toHaveLength(3)
  })
})

test('keys stacked twice have half the leverage each', () => {
  fc.assert(
    fc.property(anyKeys({ maxRows: 40, maxCols: 6 }), (keys) => {
      const once = tauOf(keys)
      const ids = [...Array(keys.rows).keys()]
      const twice = tauOf(rowsOf(keys, [...ids, ...ids]))
      fc.pre(once.factor.ridge === 0 && twice.factor.ridge === 0)
      const slack = once.factor.thresholdSlack + twice.factor.thresholdSlack
      twice.tau.forEach((tau, j) => expectClose(tau, once.tau[j % keys.rows] / 2, slack))
    }),
    { numRuns: tiered(24, 60) },
  )
})

test('one more copy of a key: sigma becomes sigma / (1 + sigma)', () => {
  fc.assert(
    fc.property(anyKeys({ maxRows: 40, maxCols: 6 }), fc.nat(), (keys, seed) => {
      const once = tauOf(keys)
      const j = new Random(seed).below(keys.rows)
      const more = tauOf(rowsOf(keys, [...Array(keys.rows).keys(), j]))
      fc.pre(once.factor.ridge === 0 && more.factor.ridge === 0)
      const slack = once.factor.thresholdSlack + more.factor.thresholdSlack
      for (const copy of [j, keys.rows]) expectClose(more.tau[copy], once.tau[j] / (1 + once.tau[j]), slack)
    }),
    { numRuns: tiered(24, 60) },
  )
})

test('the leverage among some of the keys is at least that among all: dropping early is safe', () => {
  fc.assert(
    fc.property(anyKeys({ maxRows: 60, maxCols: 6 }), fc.nat(), (keys, seed) => {
      const random = new Random(seed)
      const some = [...Array(keys.rows).keys()].filter(() => random.uniform() < 0.6)
      const local = tauOf(rowsOf(keys, some))
      const { tau, factor } = tauOf(keys)
      fc.pre(some.length > 0 && factor.ridge === 0)
      const slack = factor.thresholdSlack + local.factor.thresholdSlack
      some.forEach((j, i) => {
        const bound = boundOf(local.factor, local.tau[i])
        if (local.factor.ridge === 0) expect(bound).toBeGreaterThanOrEqual(tau[j] * (1 - 2 * slack))
      })
    }),
    { numRuns: tiered(32, 80) },
  )
})

test('no sampled query gives a key more than its bound, and the bounds of small cases are the exact leverage', () => {
  fc.assert(
    fc.property(wellConditionedKeys({ minRows: 12, maxRows: 24, maxCols: 4 }), fc.nat(), (keys, seed) => {
      const random = new Random(seed)
      const { tau, factor } = tauOf(keys)
      const { leverage, rank } = exactLeverage(keys)
      expect(rank).toBe(factor.rank)
      leverage.forEach((exact, j) => expectClose(tau[j], toNumber(exact), factor.thresholdSlack))
      for (let i = 0; i < 20; i++) {
        const y = Float64Array.from(
          { length: keys.cols },
          () => random.normal() * 10 ** (3 * random.normal()),
        )
        attentionRow(y, keys)!.forEach((score, j) => {
          expect(score).toBeLessThanOrEqual(tau[j] * (1 + 2 * factor.thresholdSlack))
        })
      }
    }),
    { numRuns: 20 },
  )
})

test('a summary alone says what the pipeline says', async () => {
  await fc.assert(
    fc.asyncProperty(wellConditionedKeys({ maxRows: 100 }), async (keys) => {
      const { universal } = await runInline(keys, stack([], keys.cols), { epsilon: 0.05 })
      const alone = streamed(keys, { pieces: 3 }).universalSet()
      expect(alone.rowIds).toEqual(universal.rowIds)
      expect(alone.bounds).toEqual(universal.bounds)
      expect(row(keys, 0)).toHaveLength(keys.cols)
    }),
    { numRuns: 20 },
  )
  expect(new KeySummary({ dim: 1, epsilon: 1 }, scalarKernels()).rowCount).toBe(0)
})
