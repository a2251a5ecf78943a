// The promise where sizes are extreme: columns 1e300 apart, dots that cancel to the last bit, subnormal and largest numbers.
// Catches: a pair that overflow, underflow or cancellation hides. Cannot catch: ordinary misses (no-heavy-pair-missed.test.ts).
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { adversarialQueries, anyKeys, stack } from '../support/matrices.ts'
import { Random } from '../support/random.mjs'
import { type DenseMatrix, row } from '../support/oracle.ts'
import { runInline } from '../support/run-inline.ts'
import { check, expectComplete, label } from './complete.ts'
import { exactDotRatio, isLess } from './rational.ts'
import { tiered } from '../support/tier.ts'

/** Columns of `keys` and of what sees them scaled apart: 1e150 and 1e-150. */
const extremes = fc.constantFrom(
  [1e150, 1],
  [1e-150, 1],
  [1e150, 1e-150],
  [2 ** 1000, 2 ** -1000],
  [1e-300, 1e-310],
)

/** Whether all dots lie below what float64 holds beside the terms that they are sums of: such a query is listed. */
function isBeyondRange(query: Float64Array, keys: DenseMatrix): boolean {
  return Array.from({ length: keys.rows }, (_, j) => row(keys, j)).every((key) => {
    const dot = exactDotRatio(query, key)
    const size = exactDotRatio(query.map(Math.abs), key.map(Math.abs))
    const largest = { num: (dot.num < 0n ? -dot.num : dot.num) << 1000n, den: dot.den }
    return size.num === 0n || isLess(largest, size)
  })
}

test('columns of 1e150 and 1e-150, in keys and queries', async () => {
  await fc.assert(
    fc.asyncProperty(
      anyKeys({ maxRows: 40, maxCols: 5 }),
      extremes,
      fc.boolean(),
      async (drawn, [even, odd], sameWay) => {
        const scale = (matrix: DenseMatrix, up: boolean): DenseMatrix => ({
          ...matrix,
          data: matrix.data.map((x, i) => {
            const by = (i % matrix.cols) % 2 === 0 ? even : odd
            return up ? x * by : x / by
          }),
        })
        const keys = scale(drawn, true)
        fc.pre(keys.data.every((x, i) => Number.isFinite(x) && (x === 0) === (drawn.data[i] === 0)))
        const queries = scale(adversarialQueries(drawn, 2), sameWay)
        fc.pre(queries.data.every(Number.isFinite))
        const found = await runInline(keys, queries, { epsilon: 0.05 })
        expectComplete(found, keys, queries, 0.05)
        expect(found.uncertified.filter((q) => !isBeyondRange(row(queries, q), keys))).toEqual([])
      },
    ),
    { numRuns: tiered(16, 40) },
  )
})

test('queries that all keys but one annihilate to the last bit, by dots down to 1e-300', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 5, max: 60 }),
      fc.integer({ min: 0, max: 990 }),
      fc.nat(),
      fc.constantFrom('f32' as const, 'f64' as const),
      async (rows, bits, seed, element) => {
        const random = new Random(seed)
        const odd = random.below(rows)
        const keys = stack(
          [...Array(rows).keys()].map((j) => {
            const x = 1 + random.below(5)
            return Float64Array.of(x, x, j === odd ? 3 : 0, j === odd || random.uniform() < 0.1 ? 1 : 0)
          }),
          4,
        )
        // The last query is a null vector for float32, whose entries cannot be so far apart.
        const tiny = element === 'f32' ? Math.max(2 ** -140, 2 ** -bits) : 2 ** -bits
        const queries = stack(
          [
            Float64Array.of(1, -1, tiny, 0),
            Float64Array.of(-1, 1, tiny, -tiny),
            Float64Array.of(1, -1, 0, 0),
          ],
          4,
        )
        const found = await check(keys, queries, { epsilon: 0.1, element, queryElement: element })
        expect(found.pairs.filter(({ query }) => query === 0)).toMatchObject([
          { key: odd, score: expect.closeTo(1, 4) as number },
        ])
        expect(found.undefinedRows).toContain(2)
      },
    ),
    { numRuns: tiered(16, 40) },
  )
})

test('one row far below the others, alone in a direction: 1e-20 to 1e-300 of their size', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 30, max: 1000 }),
      fc.integer({ min: 2, max: 5 }),
      fc.nat(),
      async (bits, cols, seed) => {
        const random = new Random(seed)
        const rows = [...Array(20)].map(() => {
          const x = random.below(9) - 4
          return Float64Array.from({ length: cols }, () => x)
        })
        rows[random.below(20)] = Float64Array.from({ length: cols }, (_, a) => (a === 0 ? 2 ** -bits : 0))
        const keys = stack(rows, cols)
        const null1 = Float64Array.from({ length: cols }, (_, a) => (a === 0 ? 1 : a === 1 ? -1 : 0))
        await check(keys, stack([null1, row(keys, 0)], cols), { epsilon: 0.3 })
      },
    ),
    { numRuns: 30 },
  )
})

test('subnormal keys and the largest numbers there are', async () => {
  const keys = stack(
    [
      Float64Array.of(Number.MIN_VALUE, 1e308),
      Float64Array.of(3 * Number.MIN_VALUE, -1e308),
      Float64Array.of(0, 5e307),
    ],
    2,
  )
  const queries = stack(
    [Float64Array.of(1, 0), Float64Array.of(0, 1e-300), Float64Array.of(1e300, 1e-320)],
    2,
  )
  const found = await check(keys, queries, { epsilon: 0.1 })
  expect(found.pairs.map(label)).toEqual(expect.arrayContaining(['0:0', '0:1', '1:0', '1:1', '1:2']))
})
