// Catches: weights that stop far from Lewis weights or start far from those of the rows before, a weight that the clamp for
// p < 2 should have lifted, a scale that changes a part's bounds. Cannot catch: what weights are worth on hard rows
// (docs/guarantees.md has the sizes).
import {
  GramAccumulator,
  GramSum,
  partScales,
  scalarKernels,
  scaledPart,
  solveLower,
  cholesky,
  weighBlock,
} from '@levattention/core/internal'
import { describe, expect, test } from 'vitest'
import { Random } from '../../../support/random.mjs'

const [ROWS, DIM] = [400, 3]

function gaussian(seed: number, size = 1): Float64Array {
  const random = new Random(seed)
  return Float64Array.from({ length: ROWS * DIM }, () => size * random.normal())
}

function weighed(
  p: number,
  data: Float64Array,
  ridge = 1e-13,
  past = { gram: new GramSum(DIM), weightSum: 0 },
) {
  const kernels = scalarKernels()
  const rows = kernels.f64(data.length)
  rows.set(data)
  const accumulator = new GramAccumulator(kernels, DIM)
  accumulator.addUnscaled(rows, ROWS)
  const plain = accumulator.finish()
  return weighBlock(kernels, p, past, plain, rows, ROWS, kernels.f64(data.length), ridge)
}

/** t of every row by M. */
function scoresBy(gram: GramSum, data: Float64Array): Float64Array {
  const factored = cholesky(gram.symmetric(), DIM)
  if (!factored.ok) throw new Error('M is singular')
  return Float64Array.from({ length: ROWS }, (_, r) =>
    solveLower(factored.lower, data.slice(r * DIM, (r + 1) * DIM), DIM).reduce((sum, x) => sum + x * x, 0),
  )
}

describe('weights of a block', () => {
  test.each([0.8, 1, 1.5, 3, 4, 6])('p = %s: without a past they are near Lewis weights', (p) => {
    const data = gaussian(1)
    const { entryScores, gram, weightSum } = weighed(p, data)
    const ratios = scoresBy(gram, data).map((t, r) => t / entryScores[r])
    expect(Math.max(...ratios)).toBeLessThan(1.3)
    expect(Math.min(...ratios)).toBeGreaterThan(0.7)
    if (p > 1) expect(Math.abs(weightSum / DIM - 1)).toBeLessThan(0.15)
  })

  test('a zero row weighs nothing', () => {
    const data = gaussian(2).fill(0, 3 * DIM, 4 * DIM)
    expect(weighed(3, data).entryScores[3]).toBe(0)
  })

  test.each([0.5, 1])('p = %s: no weight is so small that M would hide a lone row', (p) => {
    const data = gaussian(3).map((x, i) => (i < 2 * DIM ? x * 1e-9 : x))
    const [fine, coarse] = [1e-30, 1e-6].map((ridge) => weighed(p, data, ridge))
    const least = (0.1 / (1e-6 * ROWS)) ** (-2 / (2 - p))
    expect(Math.min(...coarse.entryScores)).toBeGreaterThanOrEqual(least * (1 - 1e-12))
    expect(Math.min(...fine.entryScores)).toBeLessThan(least)
  })
})

describe('scales of parts', () => {
  test.each([2.5, 4, 8])('p = %s: a part’s bounds do not change with its scale', (p) => {
    const data = gaussian(4)
    const { gram, weightSum } = weighed(p, data)
    const bounds = (scale: number) =>
      scoresBy(scaledPart(p, gram, scale), data).map((t) => t ** (p / 2) * (scale * weightSum) ** (p / 2 - 1))
    const wanted = bounds(1)
    bounds(1e-3).forEach((bound, r) => expect(Math.abs(bound / wanted[r] - 1)).toBeLessThan(1e-9))
  })

  test.each([2.5, 4, 8])('p = %s: equal parts get equal scales, and S of all is the rank', (p) => {
    const parts = [5, 6, 7, 8].map((seed) => weighed(p, gaussian(seed)))
    const scales = partScales(p, parts)
    const sum = parts.reduce((total, { weightSum }, i) => total + scales[i] * weightSum, 0)
    expect(Math.max(...scales) / Math.min(...scales)).toBeLessThan(1.2)
    expect(Math.abs(sum / DIM - 1)).toBeLessThan(0.15)
  })

  test('a part of rows a thousand times longer keeps its scale; the other’s falls', () => {
    const p = 4
    const [short, long] = [weighed(p, gaussian(9)), weighed(p, gaussian(10, 1000))]
    const [small, large] = partScales(p, [short, long])
    expect(large).toBeGreaterThan(0.8)
    expect(small).toBeLessThan(1e-3)
  })
})
