/**
 * Catches: p other than 2 and columns that depend on one another, exactly or nearly: a heavy pair of a query that counts as certified
 * and is missed, and a U that dependence alone makes large. Cannot catch: a U that is too large beside independent columns as well.
 * The oracle is brute force, and U of the columns that the others follow from.
 */
import { describe, expect, test } from 'vitest'
import { stack } from '../../support/matrices.ts'
import { bruteForceHeavy, type DenseMatrix } from '../../support/oracle.ts'
import { Random } from '../../support/random.mjs'
import { runInline } from '../../support/run-inline.ts'

const NO_QUERIES = (cols: number): DenseMatrix => ({ rows: 0, cols, data: new Float64Array(0) })

/**
 * A disc of short rows, one row along (1, 1) that is 300 times longer and one along (1, -1); the third column is their sum but for a
 * relative `noise`. Weighted keys have other correlations than the keys: by the wrong ones the row along (1, -1) counts as light.
 */
function disc(rows: number, noise: number, seed: number): DenseMatrix {
  const random = new Random(seed)
  const short = Array.from({ length: rows }, () => {
    const [angle, length] = [2 * Math.PI * random.uniform(), 0.55 * Math.sqrt(random.uniform())]
    return [length * Math.cos(angle), length * Math.sin(angle)]
  })
  const all = [...short, [110, 110], [1.1, -1.1]]
  return stack(
    all.map(([x, y]) => Float64Array.of(x, y, (x + y) * (1 + noise * random.normal()))),
    3,
  )
}

/** What does not depend: levels but the first, a column of ones, powers of time; then the first level, and a column that stands twice. */
function levels(rows: number): { keys: DenseMatrix; independent: DenseMatrix } {
  const random = new Random(3)
  const own = Array.from({ length: rows }, (_, r) => {
    const days = Array.from({ length: 6 }, (_day, day) => (r % 7 === day + 1 ? 1 : 0))
    const size = Math.exp(2 * random.normal())
    return [1, ...days, size * random.normal(), size * random.normal()]
  })
  const all = own.map((row, r) => [...row, r % 7 === 0 ? 1 : 0, row[7]])
  const dense = (table: number[][]) =>
    stack(
      table.map((row) => Float64Array.from(row)),
      table[0].length,
    )
  return { keys: dense(all), independent: dense(own) }
}

const seeds = [8, 9, 10]

describe.each([0, 1e-13, 1e-12, 1e-11, 3e-10])('a third column that is a sum to %d', (noise) => {
  test.each(seeds.flatMap((seed) => [1.5, 4, 40].map((p) => [p, seed])))(
    'misses no heavy pair at p = %d, seed %d',
    async (p, seed) => {
      const keys = disc(2000, noise, seed)
      const queries = stack(
        [
          [1, -1, 0],
          [1, 1, 0],
          [1, 0, 0],
          [0, 1, 0],
          [1, 1, -1],
        ].map((query) => Float64Array.from(query)),
        3,
      )
      const { pairs, uncertified } = await runInline(keys, queries, { epsilon: 0.1, p, keysGone: true })
      const told = new Set(pairs.map(({ query, key }) => `${query} ${key}`))
      const open = new Set(uncertified)
      const missed = bruteForceHeavy(queries, keys, 0.1, p).pairs.filter(
        ({ query, key, score }) =>
          score > 0.1 * (1 + 1e-6) && !open.has(query) && !told.has(`${query} ${key}`),
      )
      expect(missed).toEqual([])
    },
  )
})

describe('levels beside a column of ones', () => {
  test.each([0.5, 1, 1.5, 3])('have the universal set of independent columns at p = %d', async (p) => {
    const { keys, independent } = levels(2100)
    const terms = { epsilon: 0.05, p }
    const { universal } = await runInline(keys, NO_QUERIES(keys.cols), terms)
    const { universal: wanted } = await runInline(independent, NO_QUERIES(independent.cols), terms)
    const ids = new Set(universal.rowIds)
    expect([...wanted.rowIds].filter((id) => !ids.has(id))).toEqual([])
    expect(universal.rowIds.length).toBeLessThanOrEqual(1.1 * wanted.rowIds.length + 2)
  })
})

// By weights above 1 the largest power would leave nothing of a ridge that covers a query.
describe.each([40, 300, 1000, 5000])('keys along one line at p = %d', (p) => {
  test.each(
    [
      [
        [20, 28],
        [45, 63],
      ],
      [
        [45, 63],
        [20, 28],
        [-45, -63],
      ],
      [
        [1, 2, 3, 4],
        [2, 4, 6, 8],
        [2.5, 5, 7.5, 10],
        [0, 0, 0, 0],
      ],
    ].map((table) => [table]),
  )('%j: all heavy pairs', async (table) => {
    const cols = table[0].length
    const stacked = (rows: readonly (readonly number[])[]) =>
      stack(
        rows.map((row) => Float64Array.from(row)),
        cols,
      )
    const keys = stacked(table)
    const queries = stacked([
      [1, 0, 0, 0].slice(0, cols),
      [1, 1, 1, 1].slice(0, cols),
      [-3, 1, 5, 0].slice(0, cols),
    ])
    const { pairs, uncertified } = await runInline(keys, queries, { epsilon: 0.1, p })
    const wanted = bruteForceHeavy(queries, keys, 0.1, p).pairs
    expect(uncertified).toEqual([])
    expect(pairs.map(({ query, key }) => [query, key])).toEqual(wanted.map(({ query, key }) => [query, key]))
  })
})
