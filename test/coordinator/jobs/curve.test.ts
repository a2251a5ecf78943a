/**
 * Catches: counts that are not those of the oracle's scores, a largest bound that some score exceeds, points past the half,
 * results that depend on workers or shards. Cannot catch: keys within 1e-6 of a threshold counted on the other side.
 * Where the ridge serves no oracle's score is a yardstick (theory.md section 8): there it must agree with U.
 */
import { join } from 'node:path'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { curve, CURVE_EPSILONS, curveOf } from '#coordinator/jobs/curve'
import { findUniversalSet } from '#coordinator/keys/universal'
import { withJob } from '#coordinator/job/job'
import { anyKeys } from '../../support/matrices.ts'
import { leverageOracle, type DenseMatrix } from '../../support/oracle.ts'
import { gaussian, namesIn, sourceOf, testFolder, withContext, WORKERS, writeMatrix } from './support.ts'
import { tiered } from '../../support/tier.ts'

async function curveIn(keys: DenseMatrix) {
  return await withContext(async (context) => ({
    ...(await curveOf(sourceOf(keys), {}, context)),
    warnings: context.stats.warnings.map(({ code }) => code),
  }))
}

describe('curve', () => {
  test('counts the keys whose score reaches each epsilon, and where the ridge serves, says so', async () => {
    await fc.assert(
      fc.asyncProperty(anyKeys({ maxRows: 150, maxCols: 8 }), async (keys) => {
        const { leverage, rank, singularValues } = leverageOracle(keys)
        // The oracle's own rounding: below this its scores, or the rank that it cuts, are not good to 1e-6.
        fc.pre(rank === 0 || singularValues.every((s) => s === 0 || s > 1e-9 * singularValues[0]))
        const found = await curveIn(keys)
        const isRidge = found.warnings.includes('ridge-bounds')
        const room = 1e-6 + (found.thresholdSlack ?? 0)
        found.curve.forEach(({ epsilon, universalSize, universalFraction }, i) => {
          expect(epsilon).toBe(CURVE_EPSILONS[i])
          expect(universalFraction).toBe(universalSize / keys.rows)
          if (isRidge) return
          const least = leverage.filter((tau) => tau >= epsilon * (1 + 1e-6)).length
          const most = leverage.filter((tau) => tau >= epsilon * (1 - room)).length
          expect(universalSize).toBeGreaterThanOrEqual(least)
          expect(universalSize).toBeLessThanOrEqual(most)
        })
        if (isRidge) return
        const largest = Math.max(...leverage)
        expect(found.maxBound).toBeGreaterThanOrEqual(largest * (1 - 1e-6))
        expect(found.maxBound).toBeLessThanOrEqual(largest * (1 + room) + 1e-12)
      }),
      { numRuns: tiered(24, 60) },
    )
  })

  test('agrees with the universal set at each epsilon, where the ridge serves as well', async () => {
    await fc.assert(
      fc.asyncProperty(anyKeys({ maxRows: 60, maxCols: 5 }), async (keys) => {
        const found = await curveIn(keys)
        await withContext(async (context) => {
          for (const { epsilon, universalSize } of found.curve) {
            const { universal } = await findUniversalSet(sourceOf(keys), { epsilon }, context)
            expect(universalSize).toBe(universal.rowIds.length)
          }
        })
      }),
      { numRuns: tiered(8, 15) },
    )
  })

  test('has a dozen epsilons, also where U soon holds all keys', async () => {
    const { curve: points } = await curveIn(gaussian(300, 4))
    expect(points).toHaveLength(12)
    const fractions = points.map(({ universalFraction }) => universalFraction)
    expect(fractions).toEqual(fractions.toSorted((a, b) => a - b))
    expect([fractions[0], fractions.at(-1)]).toEqual([0, 1])
  })

  test('of no rows and of zero rows is empty at every epsilon', async () => {
    for (const rows of [0, 5]) {
      const found = await curveIn({ rows, cols: 3, data: new Float64Array(3 * rows) })
      expect(found.curve).toHaveLength(CURVE_EPSILONS.length)
      expect(
        found.curve.every(({ universalSize, universalFraction }) => universalSize + universalFraction === 0),
      ).toBe(true)
      expect(found.maxBound).toBe(rows === 0 ? undefined : 0)
    }
  })

  test('keys exactly at a threshold count: each basis vector repeated 20 times at 0.05', async () => {
    const data = Float64Array.from({ length: 60 * 3 }, (_, at) => (Math.floor(at / 3) % 3 === at % 3 ? 1 : 0))
    const { curve: points, maxBound } = await curveIn({ rows: 60, cols: 3, data })
    expect(points[3]).toEqual({ epsilon: 0.05, universalSize: 60, universalFraction: 1 })
    expect(points[2].universalSize).toBe(0)
    expect(maxBound).toBeCloseTo(0.05, 12)
  })

  test('writes nothing, and says the same with every number of workers and more shards', async () => {
    const folder = testFolder()
    const path = writeMatrix(join(folder, 'K.npy'), gaussian(30_000, 3), 'f4')
    const found = []
    for (const workers of WORKERS)
      found.push(await withJob({ workers }, (job) => curve({ keys: [path] }, job)))
    expect(found[0]).toMatchObject({ command: 'curve', n: 30_000, d: 3, rank: 3, outputs: [] })
    for (const { curve: points, maxBound } of found) {
      expect([points, maxBound]).toEqual([found[0].curve, found[0].maxBound])
    }
    const cut = await withJob({ workers: 0 }, (job) => curve({ keys: [path], shardRows: 4096 }, job))
    expect(cut.curve).toEqual(found[0].curve)
    expect(namesIn(folder)).toEqual(['K.npy'])
  })
})
