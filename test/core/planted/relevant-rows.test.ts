// Catches: relevant keys with another norm, cosine or leverage than theory.md section 10 says, rows that depend on the cut,
// queries that no relevant key is heavy for, numbers out of range. Cannot catch: an error that the prediction shares with
// the derivation.
import { describe, expect, test } from 'vitest'
import {
  plantedKeys,
  plantedModel,
  plantedQueries,
  predictedLeverage,
  type PlantedModel,
} from '@levattention/core/internal'
import { bruteForceHeavy, leverageOracle } from '../../support/oracle.ts'

function modelOf(coherence: number, noise: number, plantedCount = 6, rowCount = 2000, dim = 8): PlantedModel {
  return plantedModel({
    rowCount,
    dim,
    queryCount: 40,
    plantedCount,
    seed: 5,
    relevant: { coherence, noise },
  })
}

function keysOf(model: PlantedModel) {
  const data = Float64Array.from(plantedKeys(model, { rowStart: 0, rowEnd: model.rowCount }))
  return { rows: model.rowCount, cols: model.dim, data }
}

describe.each([
  [0, 1e-5],
  [0, 1e-3],
  [2.5, 1e-4],
  [4.9, 1e-5],
])('coherence %d, noise %d', (coherence, noise) => {
  const model = modelOf(coherence, noise)
  const keys = keysOf(model)
  const ids = [...model.plantedIds]
  const key = (id: number) => keys.data.subarray(id * keys.cols, (id + 1) * keys.cols)
  const dot = (i: number, j: number) => key(i).reduce((sum, value, a) => sum + value * key(j)[a], 0)

  test('relevant keys have norm 1, and squared cosines that sum to the coherence', () => {
    for (const id of ids) {
      expect(dot(id, id)).toBeCloseTo(1, 5)
      const others = ids.filter((other) => other !== id)
      expect(others.reduce((sum, other) => sum + dot(id, other) ** 2, 0)).toBeCloseTo(coherence, 4)
    }
  })

  test('their leverage is the predicted one, and no noise key’s is above its own', () => {
    const { leverage } = leverageOracle(keys)
    const predicted = predictedLeverage(model.relevant!, keys.rows, keys.cols, ids.length)
    for (const id of ids) {
      expect(Math.abs(leverage[id] / predicted.relevant - 1)).toBeLessThan(0.1)
      expect(leverage[id]).toBeGreaterThan(predicted.relevantAtLeast * 0.95)
    }
    const noiseMost = Math.max(...leverage.filter((_, j) => !ids.includes(j)))
    expect(noiseMost).toBeLessThan(1.3 * predicted.noiseAtMost)
    expect(noiseMost).toBeGreaterThan(predicted.noiseAtMost / 4)
  })
})

test('the bound from the coherence alone is met where relevant keys are orthogonal', () => {
  const { relevant, relevantAtLeast } = predictedLeverage({ noise: 1e-3, cosine: 0 }, 1000, 8, 5)
  expect(relevant).toBeCloseTo(relevantAtLeast, 12)
})

test('the first half of the queries each have relevant keys that are heavy, and the rest hardly', () => {
  const model = modelOf(1, 1e-5)
  const data = Float64Array.from(plantedQueries(model, { rowStart: 0, rowEnd: 40 }))
  const { pairs } = bruteForceHeavy({ rows: 40, cols: 8, data }, keysOf(model), 0.1)
  const ids = new Set(model.plantedIds)
  for (let query = 0; query < 20; query++)
    expect(pairs.some((pair) => pair.query === query && ids.has(pair.key))).toBe(true)
})

test('rows do not depend on the range that they are made in', () => {
  const model = modelOf(2, 1e-3)
  for (const make of [plantedKeys, plantedQueries]) {
    const whole = make(model, { rowStart: 0, rowEnd: 40 })
    const parts = [make(model, { rowStart: 0, rowEnd: 7 }), make(model, { rowStart: 7, rowEnd: 40 })]
    expect([...parts[0], ...parts[1]]).toEqual([...whole])
  }
})

test.each([
  [{ coherence: -0.1 }, 'coherence'],
  [{ coherence: 5.5 }, 'coherence'],
  [{ noise: 0 }, 'noise'],
  [{ noise: NaN }, 'noise'],
])('%o is refused', (relevant, option) => {
  const shape = { rowCount: 100, dim: 8, queryCount: 0, plantedCount: 6 }
  expect(() => plantedModel({ ...shape, relevant })).toThrow(
    expect.objectContaining({ tag: 'Option', place: { option } }),
  )
  expect(() => plantedModel({ ...shape, plantedCount: 8, relevant: {} })).toThrow(/at most d - 1, 7/)
})
