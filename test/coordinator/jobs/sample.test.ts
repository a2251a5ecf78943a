/**
 * Catches: probabilities that are not min(1, c tau) or do not sum to S, estimates that are biased, rows that hang together,
 * a certain row that is missing. Cannot catch: a bias below what four hundred seeds show; the file (sample-file.test.ts).
 */
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { rowSampleOf } from '#coordinator/jobs/row-sample'
import { anyKeys, untoldRank } from '../../support/matrices.ts'
import { leverageOracle } from '../../support/oracle.ts'
import { gaussian, sourceOf, withContext } from './support.ts'
import { sampleIn, probabilitiesOf, mixed, bernstein } from './sample-support.ts'
import { tiered } from '../../support/tier.ts'

describe('a sample', () => {
  test('has the probabilities min(1, c tau) of its rows, and its certain rows', async () => {
    const keys = mixed()
    const { leverage } = leverageOracle(keys)
    for (const rows of [1, 5, 40, 250]) {
      const wanted = probabilitiesOf(leverage, rows)
      const found = await sampleIn(keys, { rows })
      expect(Math.abs(found.probabilitySum - rows)).toBeLessThan(1e-9)
      expect(found.rowsExpected).toBe(rows)
      expect(found.warnings).toEqual([])
      const certain = [...wanted.keys()].filter((j) => wanted[j] > 1 - 1e-9)
      expect(found.rowsCertain).toBe(certain.length)
      expect([...found.rowIds]).toEqual(expect.arrayContaining(certain))
      found.rowIds.forEach((rowId, i) => {
        expect(Math.abs(found.probabilities[i] / wanted[rowId] - 1)).toBeLessThan(1e-9)
        expect(found.weights[i]).toBe(1 / found.probabilities[i])
        expect(found.rows.slice(3 * i, 3 * i + 3)).toEqual(keys.data.slice(3 * rowId, 3 * rowId + 3))
      })
    }
  })

  test('is unbiased over four hundred seeds: rows one by one, count, first moments and Gram', async () => {
    const keys = mixed()
    const [rows, seeds] = [40, 400]
    const wanted = probabilitiesOf(leverageOracle(keys).leverage, rows)
    const statistics: ((row: ArrayLike<number>) => number)[] = [() => 1]
    for (let a = 0; a < 3; a++) {
      statistics.push((row) => row[a])
      for (let b = a; b < 3; b++) statistics.push((row) => row[a] * row[b])
    }
    const rowAt = (j: number) => keys.data.subarray(3 * j, 3 * j + 3)
    const isZero = (j: number) => rowAt(j).every((x) => x === 0)
    const estimates = statistics.map(() => 0)
    const drawnOf = new Float64Array(keys.rows)
    const counts: number[] = []
    await withContext(async (context) => {
      const source = sourceOf(keys)
      for (let seed = 0; seed < seeds; seed++) {
        const found = await rowSampleOf(source, { rows, seed }, context)
        counts.push(found.count)
        found.rowIds.forEach((rowId, i) => {
          drawnOf[rowId]++
          statistics.forEach((statistic, s) => {
            estimates[s] += statistic(found.rows.subarray(3 * i, 3 * i + 3)) * found.weights[i]
          })
        })
      }
    })
    statistics.forEach((statistic, s) => {
      let [truth, variance, most] = [0, 0, 0]
      for (let j = 0; j < keys.rows; j++) {
        if (isZero(j)) continue
        const x = statistic(rowAt(j))
        truth += x
        variance += (x * x * (1 - wanted[j])) / wanted[j]
        most = Math.max(most, Math.abs(x) / wanted[j])
      }
      expect(Math.abs(estimates[s] - seeds * truth)).toBeLessThan(bernstein(seeds * variance, most) + 1e-6)
    })
    wanted.forEach((p, j) => {
      const room = p > 1 - 1e-12 ? 1e-9 : bernstein(seeds * p * (1 - p), 1)
      expect(Math.abs(drawnOf[j] - seeds * p)).toBeLessThanOrEqual(isZero(j) ? 0 : room)
    })
    // Rows are drawn independently: the counts vary by Σ p (1 - p). Of 400 counts the variance is known to 7 %.
    const variance = wanted.reduce((sum, p) => sum + p * (1 - p), 0)
    const seen = counts.reduce((sum, count) => sum + (count - rows) ** 2, 0) / seeds
    expect(seen / variance).toBeGreaterThan(0.7)
    expect(seen / variance).toBeLessThan(1.35)
  })

  test('of any keys sums to S, is within them, and tells a ridge', async () => {
    await fc.assert(
      fc.asyncProperty(
        anyKeys({ maxRows: 120, maxCols: 8 }),
        fc.integer({ min: 1, max: 140 }),
        async (keys, rows) => {
          const found = await sampleIn(keys, { rows, seed: 3 })
          const nonzero = Array.from({ length: keys.rows }, (_, j) => j).filter((j) =>
            keys.data.subarray(j * keys.cols, (j + 1) * keys.cols).some((x) => x !== 0),
          )
          const expected = Math.min(rows, nonzero.length)
          expect(Math.abs(found.probabilitySum - expected)).toBeLessThan(1e-9)
          expect(found.rowsExpected).toBe(expected)
          expect(nonzero).toEqual(expect.arrayContaining([...found.rowIds]))
          if (rows >= nonzero.length) {
            expect([...found.rowIds]).toEqual(nonzero)
            expect(found.weights.every((weight) => weight === 1)).toBe(true)
          }
          expect(found.warnings.includes('ridge-scores')).toBe(found.scores === 'ridge')
        },
      ),
      { numRuns: tiered(24, 60) },
    )
  })

  test('of more rows under the same seed holds the sample of fewer', async () => {
    const keys = mixed()
    const drawn: Float64Array[] = []
    for (const rows of [1, 2, 10, 11, 12, 60, 279, 280])
      drawn.push((await sampleIn(keys, { rows, seed: 2 })).rowIds)
    drawn.slice(1).forEach((rowIds, i) => expect([...rowIds]).toEqual(expect.arrayContaining([...drawn[i]])))
    expect(drawn[6].length).toBeGreaterThan(270)
  })

  test('gives copies of a row the same probability, and draws each by itself', async () => {
    const keys = gaussian(4000, 2, 4)
    for (let j = 1000; j < 3000; j++) keys.data.copyWithin(2 * j, 0, 2)
    const found = await sampleIn(keys, { rows: 1000 })
    const copies = [...found.rowIds.keys()].filter((i) => found.rowIds[i] >= 1000 && found.rowIds[i] < 3000)
    const p = found.probabilities[copies[0]]
    for (const i of copies) expect(Math.abs(found.probabilities[i] / p - 1)).toBeLessThan(1e-12)
    expect(Math.abs(copies.length - 2000 * p)).toBeLessThan(bernstein(2000 * p * (1 - p), 1))
  })

  test('of no rows, zero rows, S of 1 and S above n is defined', async () => {
    const none = await sampleIn({ rows: 0, cols: 3, data: new Float64Array(0) }, { rows: 5 })
    expect(none).toMatchObject({ count: 0, rowsExpected: 0, rowsCertain: 0, probabilitySum: 0 })
    const zero = await sampleIn({ rows: 30, cols: 2, data: new Float64Array(60) }, { rows: 5 })
    expect(zero).toMatchObject({ count: 0, rowsExpected: 0, probabilitySum: 0 })
    const all = await sampleIn(mixed(), { rows: 1e6 })
    expect(all).toMatchObject({ count: 280, rowsExpected: 280, rowsCertain: 280, probabilitySum: 280 })
    const one = await sampleIn(gaussian(500, 2), { rows: 1, seed: 6 })
    expect(Math.abs(one.probabilitySum - 1)).toBeLessThan(1e-12)
    const single = await sampleIn({ rows: 1, cols: 1, data: Float64Array.of(-3) }, { rows: 1 })
    expect(single).toMatchObject({ count: 1, rowsCertain: 1 })
  })

  test('by ridge scores says so, and sums to S as well', async () => {
    const found = await sampleIn(untoldRank(200), { rows: 20 })
    expect(found).toMatchObject({ scores: 'ridge', warnings: ['ridge-scores'], rowsExpected: 20 })
    expect(Math.abs(found.probabilitySum - 20)).toBeLessThan(1e-9)
  })

  test('of dependent columns is by leverage, and comes without a warning', async () => {
    const flat = { rows: 200, cols: 2, data: Float64Array.from({ length: 400 }, (_, i) => 1 + (i >> 1)) }
    const found = await sampleIn(flat, { rows: 20 })
    expect(found).toMatchObject({ scores: 'leverage', warnings: [], rowsExpected: 20 })
  })
})
