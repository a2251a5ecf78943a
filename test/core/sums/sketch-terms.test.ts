// Catches: a number of sketches other than theory.md's, a promise that its terms do not keep, options out of range.
import { missProbability, sketchTerms, stretchProbability } from '@levattention/core/internal'
import { expect, test } from 'vitest'

test.each([
  [64, 1024, 4],
  [128, 1024, 4],
  [512, 2048, 4],
])(
  'd = %i, epsilon .01, delta 1e-6: %i rows each, %i sketches, as theory.md section 9 counts',
  (dim, rows, count) => {
    const terms = sketchTerms({ dim, epsilon: 0.01 }, 1e-6)
    expect(terms).toMatchObject({ rows, count, seed: 1 })
    expect(terms.distortion).toBeLessThan(1.25)
  },
)

test('the terms keep delta, with and without queries, and hardly more', () => {
  for (const dim of [1, 7, 64, 1024]) {
    for (const epsilon of [1, 0.05, 1e-4]) {
      for (const delta of [0.5, 0.01, 1e-9]) {
        for (const queryCount of [0, 1e6]) {
          const cover = { dim, epsilon, queryCount }
          const terms = sketchTerms(cover, delta)
          expect(terms.rows).toBeGreaterThanOrEqual(Math.max(1024, 4 * dim))
          expect(missProbability(terms, cover, 1)).toBeLessThanOrEqual(delta)
          expect(missProbability(terms, cover, 1)).toBeGreaterThan(0.999 * delta)
        }
      }
    }
  }
})

test('each further filter adds its own chance', () => {
  const cover = { dim: 64, epsilon: 0.01 }
  const terms = sketchTerms(cover, 1e-6)
  expect(missProbability(terms, cover, 3)).toBeCloseTo(3 * missProbability(terms, cover, 1), 15)
  expect(missProbability({ ...terms, count: 1 }, cover, 1e6)).toBe(1)
})

test('one vector: Cantelli, to the power of the sketches', () => {
  expect(stretchProbability({ seed: 1, count: 3, rows: 1024, distortion: 1.25 })).toBeCloseTo(801 ** -3, 12)
})

test.each([0, 1, -0.1, NaN])('delta %d is refused', (delta) => {
  expect(() => sketchTerms({ dim: 4, epsilon: 0.1 }, delta)).toThrow(
    expect.objectContaining({ tag: 'Option', place: { option: 'delta' } }),
  )
})

test('a seed that is none is refused', () => {
  expect(() => sketchTerms({ dim: 4, epsilon: 0.1 }, 0.1, 1.5)).toThrow(/`seed` is 1.5/)
})
