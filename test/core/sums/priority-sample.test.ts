// Catches: an estimate with a bias (the k-th priority for the (k+1)-th gives 2.6 %), a deviation that is promised and not
// kept, a sample that depends on the order in which rows came or were merged. Cannot catch: draws of different seeds that
// depend on one another.
import {
  Candidates,
  expansionOf,
  mergeSamples,
  noSample,
  offerRows,
  type PrioritySample,
} from '@levattention/core/internal'
import { describe, expect, test } from 'vitest'
import { Random } from '../../support/random.mjs'
import { tiered } from '../../support/tier.ts'

const ROWS = 600
const random = new Random(5)
const values = Float64Array.from({ length: ROWS }, () => random.uniform() ** 4)
/** Weights that follow the values only roughly. */
const weights = values.map((value) => value * (0.2 + random.uniform()) + 1e-3)
const total = values.reduce((sum, value) => sum + value, 0)

/** Rows [start, end) with their value as key and as bound of their share. */
function rowsOf(ids: readonly number[]): Candidates {
  const rows = new Candidates(1, 'f64')
  for (const id of ids) rows.push(id, values[id] / total, Float64Array.of(values[id]))
  return rows
}

function offered(sample: PrioritySample, ids: readonly number[]): PrioritySample {
  return offerRows(
    sample,
    rowsOf(ids),
    Float64Array.from(ids, (id) => weights[id]),
  )
}

const all = [...values.keys()]

/**
 * The share of the row sum N by which an estimate of it is off at most, but with probability `delta` over the seed
 * (Chebyshev; theory.md section 4): sqrt(β W / ((rowCount - 1) delta)). 0 where every row was kept.
 */
function sampleDeviation({ rows, rowCount, weightSum, boundRatio }: PrioritySample, delta: number): number {
  return rows.count <= rowCount ? 0 : Math.sqrt((boundRatio * weightSum) / ((rowCount - 1) * delta))
}

function estimate(sample: PrioritySample): number {
  const { keys, factors } = expansionOf(sample)
  return factors.reduce((sum, factor, i) => sum + factor * keys[i], 0)
}

describe('a priority sample', () => {
  test('estimates without bias, and is off as rarely as promised', () => {
    const [seeds, delta] = [tiered(1000, 3000), 0.1]
    const errors = Array.from({ length: seeds }, (_, seed) => {
      const sample = offered(noSample(1, seed, 20), all)
      return { error: estimate(sample) / total - 1, allowed: sampleDeviation(sample, delta) }
    })
    const mean = errors.reduce((sum, { error }) => sum + error, 0) / seeds
    const variance = errors.reduce((sum, { error }) => sum + error ** 2, 0) / seeds
    expect(variance).toBeGreaterThan(1e-3)
    // Four standard errors of the mean: 0.6 % of all honest estimates' sets would fail by chance once in 16,000.
    expect(Math.abs(mean)).toBeLessThan(4 * Math.sqrt(variance / seeds))
    const outside = errors.filter(({ error, allowed }) => Math.abs(error) > allowed).length
    expect(outside).toBeLessThanOrEqual(delta * seeds)
  })

  test('the k-th priority as threshold would not do: the bias shows', () => {
    const seeds = tiered(1000, 3000)
    let sum = 0
    for (let seed = 0; seed < seeds; seed++) {
      const { rows } = offered(noSample(1, seed, 20), all)
      const order = [...rows.bounds.keys()].sort((a, b) => rows.bounds[b] - rows.bounds[a])
      const kept = order.slice(0, 20)
      const threshold = rows.bounds[kept[19]]
      for (const slot of kept) sum += rows.keys[slot] * Math.max(1, threshold / rows.entryScores[slot])
    }
    expect(sum / seeds / total - 1).toBeGreaterThan(0.02)
  })

  test('is the same in any order, in any parts, merged in any tree', () => {
    const whole = offered(noSample(1, 7, 20), all)
    const ids = all.slice().sort((a, b) => ((a * 7919) % 601) - ((b * 7919) % 601))
    const thirds = [0, 1, 2].map((third) => ids.filter((_, i) => i % 3 === third).sort((a, b) => a - b))
    const [a, b, c] = thirds.map((part) => offered(noSample(1, 7, 20), part))
    const step = thirds.reduce((sample, part) => offered(sample, part), noSample(1, 7, 20))
    for (const other of [mergeSamples(mergeSamples(a, b), c), mergeSamples(c, mergeSamples(b, a)), step]) {
      expect(other.rows.rowIds).toEqual(whole.rows.rowIds)
      expect(expansionOf(other)).toEqual(expansionOf(whole))
      expect(other.boundRatio).toBe(whole.boundRatio)
      expect(Math.abs(other.weightSum / whole.weightSum - 1)).toBeLessThan(1e-12)
    }
    expect(whole.rows.count).toBe(21)
  })

  test('of few rows is all of them, without error', () => {
    const sample = offered(noSample(1, 1, 20), all.slice(0, 20))
    expect(expansionOf(sample).factors).toEqual(new Float64Array(20).fill(1))
    expect(sampleDeviation(sample, 1e-9)).toBe(0)
  })

  test.each([
    [noSample(1, 2, 20), /seed/],
    [noSample(1, 1, 30), /size/],
  ])('is not merged with one that was drawn in another way', (other, message) => {
    expect(() => mergeSamples(noSample(1, 1, 20), other)).toThrow(
      expect.objectContaining({
        tag: 'IncompatibleSummary',
        message: expect.stringMatching(message) as string,
      }),
    )
  })
})
