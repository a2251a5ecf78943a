/**
 * Catches: scores that are not the oracle's, are out of order across tasks, or depend on workers; a ridge that is not told;
 * a file left behind by a failure. Cannot catch: relative errors below 1e-9.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { scores, writeScores } from '#coordinator/jobs/scores'
import { withJob } from '#coordinator/job/job'
import { anyKeys, untoldRank } from '../../support/matrices.ts'
import { readNpy } from '../../support/npy.mjs'
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
import { tiered } from '../../support/tier.ts'

async function scoresIn(keys: DenseMatrix) {
  return await withContext(async (context) => {
    const tau: number[] = []
    const sink = { write: (piece: ArrayLike<number>) => void tau.push(...Array.from(piece)) }
    const facts = await writeScores(sourceOf(keys), {}, context, sink)
    return { ...facts, tau, warnings: context.stats.warnings.map(({ code }) => code) }
  })
}

async function scoreFile(options: Parameters<typeof scores>[0], workers = 0) {
  return await withJob({ workers }, (job) => scores(options, job))
}

describe('scores', () => {
  test('are the leverage scores of any keys, or ridge scores below them with a warning', async () => {
    await fc.assert(
      fc.asyncProperty(anyKeys({ maxRows: 120, maxCols: 8 }), async (keys) => {
        const { leverage, rank, singularValues } = leverageOracle(keys)
        const found = await scoresIn(keys)
        expect(found.tau).toHaveLength(keys.rows)
        // The oracle itself is no better than its condition.
        const condition = singularValues[0] / (singularValues[rank - 1] ?? 1)
        const isRidge = found.warnings.includes('ridge-scores')
        // A direction that the oracle takes for rounding counts as the numbers stand: scores may hold some of it.
        const isCut = (singularValues[rank] ?? 0) > 1e-15 * singularValues[0]
        found.tau.forEach((tau, j) => {
          const room = 1e-9 + 1e-14 * condition
          // Of a ridge score float64 keeps fewer digits: its matrix is nearly singular.
          const most = isCut ? 1 : isRidge ? leverage[j] * (1 + 1e-4) + room : leverage[j] + room
          expect(tau).toBeLessThanOrEqual(Math.min(1, most))
          if (!isRidge) expect(tau).toBeGreaterThanOrEqual(leverage[j] - room)
        })
        if (!isRidge && !isCut) expect(Math.abs(found.scoreSum - rank)).toBeLessThan(1e-8 + 1e-13 * condition)
        expect(Math.abs(found.scoreSum - found.tau.reduce((sum, tau) => sum + tau, 0))).toBeLessThan(1e-9)
      }),
      { numRuns: tiered(24, 60) },
    )
  })

  test('of columns whose rank float64 cannot tell come with a warning, of others without', async () => {
    expect((await scoresIn(gaussian(50, 3))).warnings).toEqual([])
    expect((await scoresIn(untoldRank(60))).warnings).toEqual(['ridge-scores'])
  })

  test('of columns that depend on others but for rounding are those of the numbers, and say what others would count', async () => {
    const { data } = gaussian(60, 3)
    for (let i = 0; i < 180; i += 3)
      data[i + 2] = Math.round(1e4 * (0.3 * data[i] + 0.7 * data[i + 1])) * 1e-4
    const coarse = await scoresIn({ rows: 60, cols: 3, data })
    expect(coarse).toMatchObject({ rank: 3, warnings: [] })
    for (let i = 0; i < 180; i += 3) data[i + 2] = 0.3 * data[i] + 0.7 * data[i + 1]
    const fine = await scoresIn({ rows: 60, cols: 3, data })
    expect(fine).toMatchObject({ rank: 3, warnings: ['nearly-dependent'] })
  })

  test('of columns that depend on others by no simple fractions are leverage scores too', async () => {
    // The third is 7/37 and 11/37 of the others: no fractions that are tried.
    const { data } = gaussian(50, 3)
    for (let i = 0; i < 150; i += 3) {
      const [a, b] = [Math.round(99 * data[i]), Math.round(99 * data[i + 1])]
      data.set([37 * a, 37 * b, 7 * a + 11 * b], i)
    }
    const found = await scoresIn({ rows: 50, cols: 3, data })
    expect(found.warnings).toEqual([])
    expect(found.rank).toBe(2)
    expect(Math.abs(found.scoreSum - 2)).toBeLessThan(2 * (found.thresholdSlack ?? 0))
    const { leverage } = leverageOracle({ rows: 50, cols: 2, data: data.filter((_, i) => i % 3 < 2) })
    found.tau.forEach((tau, j) => expect(Math.abs(tau - leverage[j])).toBeLessThan(1e-10))
  })

  test('of columns that depend on others exactly are those without them, and come without a warning', async () => {
    const { data } = gaussian(60, 3)
    const rows = Array.from({ length: 60 }, (_, i) => {
      const [x, y] = [Math.round(100 * data[3 * i]) / 64, data[3 * i + 1]]
      return [1, i % 3 === 0 ? 1 : 0, i % 3 === 1 ? 1 : 0, i % 3 === 2 ? 1 : 0, x, y, 2 * x, 0, 3 * x - 1]
    })
    const all = { rows: 60, cols: 9, data: Float64Array.from(rows.flat()) }
    const few = { rows: 60, cols: 5, data: Float64Array.from(rows.flatMap((row) => row.slice(1, 6))) }
    const [found, wanted] = [await scoresIn(all), await scoresIn(few)]
    expect(found).toMatchObject({ warnings: [], rank: 5, d: 9 })
    found.tau.forEach((tau, i) => expect(Math.abs(tau - wanted.tau[i])).toBeLessThan(1e-12))
  })

  test('of fewer independent rows than columns are 1, found without factors', async () => {
    const found = await scoresIn(gaussian(40, 700))
    expect(found).toMatchObject({ warnings: ['few-rows'], rank: 40, scoreSum: 40, topRows: [] })
    expect(found.tau).toEqual(Array.from({ length: 40 }, () => 1))
    const twice = gaussian(4, 6)
    twice.data.copyWithin(6, 0, 6)
    const dependent = await scoresIn(twice)
    expect(dependent.warnings).toEqual(['dependent-rows'])
    expect(dependent.tau[0]).toBeCloseTo(0.5, 12)
  })

  test('of no rows, zero rows, one row and one column are defined', async () => {
    expect(await scoresIn({ rows: 0, cols: 3, data: new Float64Array(0) })).toMatchObject({
      tau: [],
      scoreSum: 0,
    })
    expect(await scoresIn({ rows: 3, cols: 2, data: new Float64Array(6) })).toMatchObject({
      tau: [0, 0, 0],
      rank: 0,
    })
    const one = await scoresIn({ rows: 1, cols: 1, data: Float64Array.of(-3) })
    expect(one.tau[0]).toBeCloseTo(1, 10)
    const column = await scoresIn({ rows: 4, cols: 1, data: Float64Array.of(1, 2, 0, -2) })
    ;[1 / 9, 4 / 9, 0, 4 / 9].forEach((tau, j) => expect(column.tau[j]).toBeCloseTo(tau, 12))
  })

  test('go to a float64 .npy, the same bytes with every number of workers, in row order across tasks', async () => {
    const folder = testFolder()
    const keys = gaussian(140_000, 2)
    const path = writeMatrix(join(folder, 'K.npy'), keys, 'f4')
    const files: Buffer[] = []
    for (const workers of WORKERS) {
      const out = join(folder, `tau${workers}.npy`)
      const summary = await scoreFile({ keys: [path], out }, workers)
      expect(summary).toMatchObject({ command: 'scores', n: 140_000, d: 2, rank: 2, outputs: [out] })
      files.push(readFileSync(out))
    }
    expect(files.map((file) => file.equals(files[0]))).toEqual(WORKERS.map(() => true))
    const { shape, dtype, data } = readNpy(join(folder, 'tau0.npy'))
    expect([shape, dtype]).toEqual([[140_000], '<f8'])
    // G is about n times the identity: tau_j is about |k_j|² / n.
    for (const j of [0, 65_535, 65_536, 131_072, 139_999]) {
      const norm = keys.data[2 * j] ** 2 + keys.data[2 * j + 1] ** 2
      expect(Math.abs((data[j] * 140_000) / norm - 1)).toBeLessThan(0.05)
    }
  })

  test('leave no file where the keys hold a NaN, and refuse one that stands', async () => {
    const folder = testFolder()
    const keys = gaussian(9000, 2)
    keys.data[17_001] = Number.NaN
    const path = writeMatrix(join(folder, 'K.npy'), keys)
    const out = join(folder, 'tau.npy')
    const error = await rejection(scoreFile({ keys: [path], out }), 'Content')
    expect(error.place).toMatchObject({ row: 8500, column: 1 })
    expect(namesIn(folder)).toEqual(['K.npy'])
    writeMatrix(path, gaussian(10, 2))
    await scoreFile({ keys: [path], out })
    await rejection(scoreFile({ keys: [path], out }), 'CannotWrite')
    await rejection(scoreFile({ keys: [path], out: path, force: true }), 'Option')
    await scoreFile({ keys: [path], out, force: true })
    expect(namesIn(folder)).toEqual(['K.npy', 'tau.npy'])
  })
})
