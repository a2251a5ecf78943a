/**
 * Catches: a U of exactly dependent columns that is larger than the bounds allow or lacks a key, a heavy pair that is missed, bytes
 * that depend on the workers. Cannot catch: what the certificate claims of single queries (laws/exact-bounds.test.ts).
 * The oracle drops the columns that follow from others and scores by an SVD of the rest.
 */
import { describe, expect, test } from 'vitest'
import { findUniversalSet } from '#coordinator/keys/universal'
import { adversarialQueries, stack } from '../../support/matrices.ts'
import { bruteForceHeavy, type DenseMatrix, leverageOracle, row } from '../../support/oracle.ts'
import { Random } from '../../support/random.mjs'
import { runInline, sourceOf } from '../../support/run-inline.ts'
import { withContext } from '../jobs/support.ts'

/** Rows [n, d], and how many of their first columns the others follow from. */
interface Table {
  readonly keys: DenseMatrix
  readonly independent: number
}

function tableOf(rows: number, cols: number, independent: number, fill: (r: number) => number[]): Table {
  const data = new Float64Array(rows * cols)
  for (let r = 0; r < rows; r++) data.set(fill(r), r * cols)
  return { keys: { rows, cols, data }, independent }
}

const oneHot = (choice: number, of: number) => Array.from({ length: of }, (_, i) => (i === choice ? 1 : 0))

/** An intercept and six of seven weekdays; a polynomial in time with outliers; the seventh day. */
function births(rows: number): Table {
  const random = new Random(7)
  return tableOf(rows, 16, 15, (r) => {
    const t = (2 * r) / rows - 1
    const powers = Array.from({ length: 8 }, (_, k) =>
      random.uniform() < 0.01 ? 6 * random.normal() : t ** (k + 1),
    )
    const days = oneHot(r % 7, 7)
    return [1, ...days.slice(0, 6), ...powers, days[6]]
  })
}

/** Heavy-tailed columns, five of them twice. */
function duplicated(rows: number): Table {
  const random = new Random(8)
  return tableOf(rows, 17, 12, () => {
    const own = Array.from({ length: 12 }, () => random.normal() / (0.05 + random.uniform()))
    return [...own, ...own.slice(0, 5)]
  })
}

/** Three columns that copy others to a relative 2^-bits, beside three exact copies. */
function copied(rows: number, bits: number): Table {
  const random = new Random(bits)
  return tableOf(rows, 14, 11, () => {
    const own = Array.from({ length: 8 }, () => random.normal() / (0.1 + random.uniform()))
    const near = own.slice(3, 6).map((x) => x * (1 + random.normal() * 2 ** -bits))
    return [...own, ...near, ...own.slice(0, 3)]
  })
}

function truthOf({ keys, independent }: Table): Float64Array {
  const data = new Float64Array(keys.rows * independent)
  for (let r = 0; r < keys.rows; r++)
    data.set(keys.data.subarray(r * keys.cols, r * keys.cols + independent), r * independent)
  return leverageOracle({ rows: keys.rows, cols: independent, data }).leverage
}

const tables: [string, Table][] = [
  ['one-hot columns beside an intercept and a polynomial', births(1500)],
  ['columns that stand twice', duplicated(1200)],
  ['copies to 2^-20', copied(900, 20)],
]

describe.each(tables)('%s', (_name, table) => {
  test.each([0.05, 0.02, 0.01])('epsilon %d: U is the exact one but for .3 %%', async (epsilon) => {
    const leverage = truthOf(table)
    const { universal } = await withContext((context) =>
      findUniversalSet(sourceOf(table.keys), { epsilon }, context),
    )
    expect(universal.factor.isTight).toBe(true)
    const rowIds = new Set(universal.rowIds)
    leverage.forEach((tau, j) => {
      if (tau >= epsilon * (1 + 1e-6)) expect(rowIds.has(j), `key ${j}, score ${tau}`).toBe(true)
      if (tau < epsilon * (1 - 0.0031)) expect(rowIds.has(j), `key ${j}, score ${tau}`).toBe(false)
    })
    universal.bounds.forEach((bound, slot) => {
      const tau = leverage[universal.rowIds[slot]]
      expect(bound).toBeGreaterThanOrEqual(Math.min(1, tau * (1 - 1e-6)))
      expect(bound).toBeLessThanOrEqual(tau * 1.0031)
    })
  })

  test('no heavy pair is missed, of queries like keys, at random, and that nearly vanish on all of them', async () => {
    const { keys } = table
    const random = new Random(9)
    const general = adversarialQueries(keys, 4)
    const others = Array.from({ length: 20 }, () =>
      Float64Array.from({ length: keys.cols }, () => random.normal()),
    )
    const queries = stack(
      [...others, ...Array.from({ length: general.rows }, (_, q) => row(general, q))],
      keys.cols,
    )
    const { pairs } = await runInline(keys, queries, { epsilon: 0.02 })
    const reported = new Set(pairs.map(({ query, key }) => `${query}:${key}`))
    const sure = bruteForceHeavy(queries, keys, 0.02 * (1 + 1e-6)).pairs
    expect(sure.filter(({ query, key }) => !reported.has(`${query}:${key}`))).toEqual([])
    expect(sure.length).toBeGreaterThan(0)
  })
})

test('near copies of 1e-8 to 1e-11 beside exact ones: as large as the exact set, or a share of .3 % more', async () => {
  for (const bits of [27, 30, 33, 36]) {
    const table = copied(900, bits)
    const { universal } = await withContext((context) =>
      findUniversalSet(sourceOf(table.keys), { epsilon: 0.02 }, context),
    )
    const size = universal.rowIds.length
    const leverage = differencesOf(table)
    expect(size).toBeGreaterThanOrEqual(leverage.filter((tau) => tau >= 0.02 * (1 + 1e-4)).length)
    expect(size).toBeLessThanOrEqual(leverage.filter((tau) => tau >= 0.02 * (1 - 0.004)).length)
  }
})

/** Scores where a near copy is replaced by its difference from the column it copies, which spans the same and is well conditioned. */
function differencesOf({ keys, independent }: Table): Float64Array {
  const data = keys.data.slice()
  for (let r = 0; r < keys.rows; r++) {
    for (let a = 8; a < independent; a++) data[r * keys.cols + a] -= data[r * keys.cols + a - 5]
  }
  return truthOf({ keys: { ...keys, data }, independent })
}
