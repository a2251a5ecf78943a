// Catches: a "lower bound" above the true value (in exact arithmetic for small dim), a bound needlessly far below
// it, a singular or NaN matrix that gets one. Cannot catch, above dim 6, an excess below an SVD's own error.
import { qrUpper, smallestSingularValueBound } from '@levattention/core/internal'
import * as fc from 'fast-check'
import { SingularValueDecomposition } from 'ml-matrix'
import { describe, expect, test } from 'vitest'
import { exceedsSingularValue } from './exact.ts'
import {
  DIMS,
  UNIT,
  anyKind,
  anyMatrix,
  identity,
  matrixOf,
  norm,
  sameBits,
  toMl,
  unitColumns,
  withSingularValues,
} from './matrices.ts'

/** R with unit columns of a square matrix. */
function unitUpper(matrix: Float64Array, dim: number): Float64Array {
  return unitColumns(qrUpper(matrix, dim, dim), dim)
}

function smallestBySvd(upper: Float64Array, dim: number): number {
  return new SingularValueDecomposition(toMl(upper, dim, dim)).diagonal[dim - 1]
}

test('never above the exact smallest singular value (integers, dim up to 6)', () => {
  fc.assert(
    fc.property(anyKind, fc.integer({ min: 1, max: 6 }), fc.nat(), (kind, dim, seed) => {
      const upper = unitUpper(matrixOf(kind, dim, seed), dim)
      const bound = smallestSingularValueBound(upper, dim)
      expect(bound).toBeGreaterThanOrEqual(0)
      if (bound > 0) expect(exceedsSingularValue(upper, dim, bound)).toBe(true)
    }),
    { numRuns: 300 },
  )
})

test('the exact oracle itself tells 1/2 from a little more', () => {
  const half = Float64Array.of(1, 0, 0, 0.5)
  expect(exceedsSingularValue(half, 2, 0.5 - UNIT)).toBe(true)
  expect(exceedsSingularValue(half, 2, 0.5)).toBe(false)
})

test('[[1, cos], [0, sin]]: at most sqrt(1 - cos), and at least that over sqrt 2', () => {
  for (const angle of [1.5, 1, 0.1, 1e-3, 1e-6, 1e-9, 1e-12]) {
    const upper = Float64Array.of(1, Math.cos(angle), 0, Math.sin(angle))
    const exact = Math.sin(angle) / Math.sqrt(1 + Math.cos(angle))
    const bound = smallestSingularValueBound(upper, 2)
    expect(bound).toBeLessThanOrEqual(exact * (1 + (8 * UNIT) / angle))
    expect(bound).toBeGreaterThanOrEqual((exact / Math.SQRT2) * (1 - 1e-2))
  }
})

test('any R of unit columns: at most what an SVD says', () => {
  fc.assert(
    fc.property(anyMatrix, ({ dim, matrix }) => {
      fc.pre(dim > 0)
      const upper = unitUpper(matrix, dim)
      const svdError = 30 * dim * UNIT * norm(upper)
      expect(smallestSingularValueBound(upper, dim)).toBeLessThanOrEqual(smallestBySvd(upper, dim) + svdError)
    }),
  )
})

describe.each([...DIMS, 256])('dim %i', (dim) => {
  test('known singular values 1 .. 1e-6: within sqrt(dim) of the smallest', () => {
    const singular = Float64Array.from({ length: dim }, (_, a) => 10 ** ((-6 * a) / Math.max(1, dim - 1)))
    const upper = qrUpper(withSingularValues(singular, dim), dim, dim)
    const smallest = singular[dim - 1]
    const bound = smallestSingularValueBound(upper, dim)
    // The construction itself is off by some dim u.
    expect(bound).toBeLessThanOrEqual(smallest + 100 * dim * UNIT)
    expect(bound).toBeGreaterThanOrEqual((smallest / Math.sqrt(dim)) * (1 - 1e-3))
  })

  test('an orthogonal R: 1, up to rounding', () => {
    expect(smallestSingularValueBound(identity(dim), dim)).toBeGreaterThan(1 - 1e-9)
    expect(smallestSingularValueBound(identity(dim), dim)).toBeLessThanOrEqual(1)
  })

  test('twice the same bits', () => {
    const upper = unitUpper(matrixOf('random', dim, 3), dim)
    const [first, second] = [0, 1].map(() => Float64Array.of(smallestSingularValueBound(upper, dim)))
    expect(sameBits(first, second)).toBe(true)
  })
})

test('certifies a tiny pivot, because the residual bound is componentwise', () => {
  expect(smallestSingularValueBound(Float64Array.of(1, 1, 0, 2 ** -60), 2)).toBeGreaterThan(2 ** -61)
  expect(exceedsSingularValue(Float64Array.of(1, 1, 0, 2 ** -60), 2, 2 ** -60 / Math.SQRT2)).toBe(true)
})

test('0 where R is singular, next to singular, or not finite', () => {
  expect(smallestSingularValueBound(Float64Array.of(1, 1, 0, 0), 2)).toBe(0)
  // 1 on and -1 above the diagonal: the inverse grows to 2^(dim - 2), the smallest singular value falls below u
  const growing = identity(64).map((x, k) => (k % 64 > Math.floor(k / 64) ? -1 : x))
  expect(smallestSingularValueBound(unitColumns(growing, 64), 64)).toBe(0)
  expect(smallestSingularValueBound(new Float64Array(9), 3)).toBe(0)
  for (const value of [NaN, Infinity]) {
    for (const k of [0, 1, 3]) {
      const upper = identity(2)
      upper[k] = value
      expect(smallestSingularValueBound(upper, 2)).toBe(0)
    }
  }
})

test('below the diagonal nothing is read; empty gives Infinity; a wrong shape is refused', () => {
  expect(smallestSingularValueBound(Float64Array.of(1, 0.5, NaN, 1), 2)).toBeGreaterThan(0)
  expect(smallestSingularValueBound(new Float64Array(0), 0)).toBe(Infinity)
  expect(() => smallestSingularValueBound(new Float64Array(3), 2)).toThrow(/^upper holds 3/)
})
