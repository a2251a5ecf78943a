/**
 * Catches: probabilities that are not min(1, c tau) or do not sum to S, estimates that are biased, rows that hang together,
 * a certain row that is missing, bytes that depend on workers, shards or files, a file left behind by a failure. Cannot
 * catch: a bias below what four hundred seeds show.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { levattention } from '@levattention/coordinator'
import { rowSampleOf, sample, withJob, type RowsOptions } from '@levattention/coordinator/internal'
import { matrix } from '@levattention/core'
import { anyKeys } from '../../support/matrices.ts'
import { readNpz } from '../../support/npy.ts'
import { leverageOracle, type DenseMatrix } from '../../support/oracle.ts'
import {
  gaussian,
  namesIn,
  rejection,
  sourceOf,
  testFolder,
  withContext,
  WORKERS,
  writeMatrix,
} from './support.ts'

/** Threads start in seconds on a busy machine. */
const SLOW = { timeout: 120_000 }

async function sampleIn(keys: DenseMatrix, options: RowsOptions) {
  return await withContext(async (context) => ({
    ...(await rowSampleOf(sourceOf(keys), options, context)),
    warnings: context.stats.warnings.map(({ code }) => code),
  }))
}

async function sampleFile(options: Parameters<typeof sample>[0], workers = 0) {
  return await withJob({ workers }, (job) => sample(options, job))
}

/** p_j = min(1, c tau_j) with Σ p_j = rows, c by bisection: slow, and nothing of the product in it. */
function probabilitiesOf(leverage: Float64Array, rows: number): Float64Array {
  const at = (c: number) => leverage.map((tau) => Math.min(1, c * tau))
  const sum = (values: Float64Array) => values.reduce((total, value) => total + value, 0)
  let [low, high] = [0, 1]
  while (sum(at(high)) < rows) high *= 2
  for (let step = 0; step < 200; step++) {
    const middle = (low + high) / 2
    if (sum(at(middle)) < rows) low = middle
    else high = middle
  }
  return at(high)
}

/** 300 Gaussian rows, five of them long, ten copies of one, twenty zero. */
function mixed(): DenseMatrix {
  const keys = gaussian(300, 3, 8)
  for (let a = 0; a < 3; a++) {
    for (const j of [0, 60, 120, 180, 299]) keys.data[3 * j + a] *= 25
    for (let j = 200; j < 210; j++) keys.data[3 * j + a] = keys.data[600 + a]
    for (let j = 100; j < 120; j++) keys.data[3 * j + a] = 0
  }
  return keys
}

/** Bernstein: a sum of independent terms of total `variance`, each within `most` of its mean, is farther off than this
 * with a probability of 1e-9 at most. */
function bernstein(variance: number, most: number): number {
  const log = Math.log(2e9)
  return Math.sqrt(2 * variance * log) + (most * log) / 3
}

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
      { numRuns: 60 },
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
    const flat = { rows: 200, cols: 2, data: Float64Array.from({ length: 400 }, (_, i) => 1 + (i >> 1)) }
    const found = await sampleIn(flat, { rows: 20 })
    expect(found).toMatchObject({ scores: 'ridge', warnings: ['ridge-scores'], rowsExpected: 20 })
    expect(Math.abs(found.probabilitySum - 20)).toBeLessThan(1e-9)
  })
})

describe('the file', () => {
  test('has the same bytes for any workers, shards and cut into files, the rows in order', SLOW, async () => {
    const folder = testFolder()
    const keys = gaussian(140_000, 2)
    for (let j = 0; j < 30; j++) keys.data[2 * (4001 * j)] *= 300
    const path = writeMatrix(join(folder, 'K.npy'), keys, 'f4')
    const parts = [
      [0, 50_000],
      [50_000, 50_001],
      [50_001, 140_000],
    ].map(([start, end], i) =>
      writeMatrix(
        join(folder, `part${i}.npy`),
        { rows: end - start, cols: 2, data: keys.data.subarray(2 * start, 2 * end) },
        'f4',
      ),
    )
    const whole = { keys: [path], rows: 2000, seed: 7 }
    const cases = [
      ...WORKERS.map((workers) => ({ options: whole, workers })),
      ...[1, 17].map((shards) => ({ options: { ...whole, shards }, workers: 2 })),
      { options: { ...whole, shardRows: 8192 }, workers: 0 },
      { options: { ...whole, keys: parts, concat: true }, workers: 0 },
    ]
    const files: Buffer[] = []
    for (const [i, { options, workers }] of cases.entries()) {
      const out = join(folder, `s${i}.npz`)
      const summary = await sampleFile({ ...options, out }, workers)
      expect(summary).toMatchObject({
        command: 'sample',
        n: 140_000,
        d: 2,
        rowsExpected: 2000,
        outputs: [out],
      })
      files.push(readFileSync(out))
    }
    files.forEach((file) => expect(file.equals(files[0])).toBe(true))

    const { rowIds, probabilities, weights, rows } = readNpz(join(folder, 's0.npz'))
    const count = rowIds.shape[0]
    expect(Math.abs(count - 2000)).toBeLessThan(bernstein(2000, 1))
    expect([rowIds.dtype, probabilities.dtype, weights.dtype, rows.dtype]).toEqual([
      '<u8',
      '<f8',
      '<f8',
      '<f4',
    ])
    expect(rows.shape).toEqual([count, 2])
    rowIds.data.forEach((rowId, i) => {
      if (i > 0) expect(rowId).toBeGreaterThan(rowIds.data[i - 1])
      expect(rows.data[2 * i + 1]).toBe(Math.fround(keys.data[2 * rowId + 1]))
    })
    const other = join(folder, 'other.npz')
    await sampleFile({ ...whole, seed: 8, out: other })
    expect(readFileSync(other).equals(files[0])).toBe(false)
  })

  test('is not left behind where the keys hold a NaN, and never replaces one unasked', async () => {
    const folder = testFolder()
    const keys = gaussian(9000, 2)
    keys.data[17_001] = Number.NaN
    const path = writeMatrix(join(folder, 'K.npy'), keys)
    const out = join(folder, 's.npz')
    const error = await rejection(sampleFile({ keys: [path], out, rows: 9 }), 'Content')
    expect(error.place).toMatchObject({ row: 8500, column: 1 })
    for (const rows of [0, -1, 0.5, Number.NaN, Infinity])
      expect((await rejection(sampleFile({ keys: [path], out, rows }), 'Option')).place.option).toBe('rows')
    await rejection(sampleFile({ keys: [path], out, rows: 9, seed: -1 }), 'Option')
    await rejection(sampleFile({ keys: [path], out, rows: 9, shards: 0 }), 'Option')
    expect(namesIn(folder)).toEqual(['K.npy'])
    writeMatrix(path, gaussian(10, 2))
    await sampleFile({ keys: [path], out, rows: 9 })
    await rejection(sampleFile({ keys: [path], out, rows: 9 }), 'CannotWrite')
    await rejection(sampleFile({ keys: [path], out: path, rows: 9, force: true }), 'Option')
    expect(namesIn(folder)).toEqual(['K.npy', 's.npz'])
  })
})

test('the library draws what the command draws', async () => {
  const folder = testFolder()
  const keys = mixed()
  const path = writeMatrix(join(folder, 'K.npy'), keys)
  await sampleFile({ keys: [path], out: join(folder, 's.npz'), rows: 30, seed: 5 })
  const file = readNpz(join(folder, 's.npz'))
  const lev = await levattention({ workers: 0 })
  try {
    const found = await lev.sample(matrix(keys.data, { rows: 300, cols: 3 }), { rows: 30, seed: 5 })
    expect(found.count).toBe(file.rowIds.shape[0])
    for (const name of ['rowIds', 'probabilities', 'weights', 'rows'] as const)
      expect([...found[name]]).toEqual([...file[name].data])
    await rejection(lev.sample(matrix(keys.data, { rows: 300, cols: 3 }), { rows: 0 }), 'Option')
  } finally {
    await lev.close()
  }
})
