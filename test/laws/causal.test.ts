// Causal attention against a dense masked scan with correctly rounded dots: nothing missed, nothing invented, every score
// within its slack. Catches: a key dropped by a later row's evidence, a row sum that reaches too far or not far enough, a
// singular prefix that is trusted. Cannot catch: what appears only at sizes far above these (test/coordinator, by hand).
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bruteForceMasked } from '../support/masked.ts'
import { anyKeys, sensitivityQueries, smallestSingularVectors, stack } from '../support/matrices.ts'
import { Random } from '../support/random.mjs'
import { type DenseMatrix, row } from '../support/oracle.ts'
import { type Found, roundedToF32, runInline, type RunOptions } from '../support/run-inline.ts'
import { tiered } from '../support/tier.ts'

type Options = Omit<RunOptions, 'makeKernels'> & { readonly queryStart?: number }

async function check(keys: DenseMatrix, queries: DenseMatrix, options: Options): Promise<Found> {
  const { epsilon, queryStart = 0, p } = options
  const mask = { causal: true, queryStart }
  const found = await runInline(keys, queries, { ...options, causal: true, mask })
  const want = bruteForceMasked(queries, keys, epsilon * 0.99, { causal: true, queryStart }, p)
  const label = ({ query, key }: { query: number; key: number }) => `${query}:${key}`
  const mine = new Map(found.pairs.map((pair) => [label(pair), pair]))
  const missed = want.pairs.filter((pair) => pair.score >= epsilon * (1 + 1e-12) && !mine.has(label(pair)))
  expect(missed, 'missed').toEqual([])
  for (const exact of want.pairs) {
    const pair = mine.get(label(exact))
    if (!pair) continue
    expect(Math.abs(pair.score / exact.score - 1), label(pair)).toBeLessThanOrEqual(pair.slack + 1e-15)
    mine.delete(label(exact))
  }
  expect([...mine.values()], 'invented').toEqual([])
  expect(found.undefinedRows).toEqual(want.undefinedRows)
  expect(found.uncertified).toEqual([])
  return found
}

const epsilons = fc.constantFrom(1, 0.5, 0.1, 0.05, 0.01, 1e-3)

function gaussian(rows: number, cols: number, seed: number): DenseMatrix {
  const random = new Random(seed)
  return stack(
    Array.from({ length: rows }, () => Float64Array.from({ length: cols }, () => random.normal())),
    cols,
  )
}

describe.each(['f64', 'f32'] as const)('%s', (element) => {
  const rounded = <M extends DenseMatrix>(matrix: M): M =>
    element === 'f32' ? { ...matrix, ...roundedToF32(matrix) } : matrix

  test('every kind of keys as their own queries', async () => {
    await fc.assert(
      fc.asyncProperty(anyKeys({ maxRows: 70, maxCols: 8 }), epsilons, async (drawn, epsilon) => {
        const keys = rounded(drawn)
        await check(keys, keys, { epsilon, element, queryElement: element })
      }),
      { numRuns: tiered(10, 30) },
    )
  })

  test('every kind of keys, queries from a row on, every p', async () => {
    await fc.assert(
      fc.asyncProperty(
        anyKeys({ maxRows: 60, maxCols: 6 }),
        epsilons,
        fc.constantFrom(2, 0.5, 1, 3, 4, 8),
        fc.nat(),
        async (drawn, epsilon, p, draw) => {
          const keys = rounded(drawn)
          const queryStart = draw % (keys.rows + 1)
          const queries = gaussian(keys.rows - queryStart, keys.cols, draw)
          await check(keys, rounded(queries), { epsilon, p, element, queryElement: element, queryStart })
        },
      ),
      { numRuns: tiered(10, 30) },
    )
  })
})

test.each([
  ['grow', 100],
  ['fall', -100],
  ['grow far', 400],
])('rows that %s in size, where the scales of a prefix are not those of the whole', async (_, octaves) => {
  await fc.assert(
    fc.asyncProperty(anyKeys({ maxRows: 60, maxCols: 5 }), epsilons, async (drawn, epsilon) => {
      const data = drawn.data.map((x, i) => x * 2 ** Math.round((octaves * i) / drawn.data.length))
      const keys = { ...drawn, data }
      await check(keys, drawn, { epsilon })
    }),
    { numRuns: tiered(6, 20) },
  )
})

test('queries that aim at one key, or at the direction that vanishes, of their own prefix', async () => {
  const drawnKeys = anyKeys({ minRows: 100, maxRows: 200, maxCols: 5 })
  await fc.assert(
    fc.asyncProperty(drawnKeys, fc.constantFrom(0.5, 0.1, 0.01), fc.nat(), async (keys, epsilon, draw) => {
      const random = new Random(draw)
      const queryStart = random.below(keys.rows)
      const rows: Float64Array[] = []
      for (let position = queryStart; position < keys.rows; position++) {
        const rowCount = position + 1
        const prefix = { ...keys, rows: rowCount, data: keys.data.subarray(0, rowCount * keys.cols) }
        const aimed = sensitivityQueries(prefix, 4)
        const vanishing = smallestSingularVectors(prefix, 1)
        rows.push(random.uniform() < 0.3 ? vanishing[0] : aimed[random.below(aimed.length)])
      }
      await check(keys, stack(rows, keys.cols), { epsilon, queryStart })
    }),
    { numRuns: tiered(5, 25) },
  )
})

test('many blocks and shards: queries are settled by their prefix', async () => {
  const keys = roundedToF32(gaussian(4400, 4, 1))
  const queries = roundedToF32(gaussian(400, 4, 2))
  const options = { epsilon: 0.01, element: 'f32', queryElement: 'f32', shardRows: 4096 } as const
  const found = await check(keys, queries, { ...options, queryStart: 4000 })
  expect(found.stats.queriesExactPass).toBe(0)
  expect(found.universal.rowIds.length).toBeLessThan(3000)
})

test('a key that later rows would excuse is kept for the queries before them', async () => {
  // Copies of row 600 come from row 700 on: over all keys it has a share of 1/300, over those up to 699 nearly 1.
  const rows = Array.from({ length: 1000 }, (_, i) => row(gaussian(1, 4, i), 0).map((x) => 1e-3 * x))
  for (const i of [600, ...Array.from({ length: 300 }, (_, j) => 700 + j)])
    rows[i] = Float64Array.of(1, 2, 3, 4)
  const keys = stack(rows, 4)
  const found = await check(keys, keys, { epsilon: 0.1 })
  expect(found.pairs.some(({ query, key }) => query === 690 && key === 600)).toBe(true)
})
