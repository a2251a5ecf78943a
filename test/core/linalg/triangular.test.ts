// Catches: a solve or inverse outside its componentwise bound, the wrong triangle read, a sum in another order, a
// tail of the unrolled loops. Cannot catch: an error below the bound.
import {
  gamma,
  invertLower,
  multiplySquare,
  solveLower,
  solveLowerTranspose,
  transpose,
} from '@levattention/core/internal'
import * as fc from 'fast-check'
import { Matrix, solve } from 'ml-matrix'
import { describe, expect, test } from 'vitest'
import {
  DIMS,
  absolute,
  anyMatrix,
  difference,
  identity,
  multiply,
  norm,
  randomNumbers,
  sameBits,
  toMl,
  transposed,
  worstRatio,
} from './matrices.ts'

/** The lower triangle of a; a diagonal entry that is zero becomes 1, and with `dominant` all are at least 1. */
function lowerOf(a: Float64Array, dim: number, dominant: boolean): Float64Array {
  return a.map((x, k) => {
    const row = Math.floor(k / dim)
    const column = k % dim
    if (column > row) return 0
    if (column < row) return dominant ? x / dim : x
    return dominant ? 1 + Math.abs(x) : x || 1
  })
}

/** |b - T x| over gamma_dim |T||x|, plus what the check itself may err. */
function residualRatio(triangle: Float64Array, x: Float64Array, b: Float64Array, dim: number): number {
  const sizes = multiply(absolute(triangle), absolute(x), dim, dim, 1)
  const bound = sizes.map((size, k) => size * (gamma(dim) + gamma(dim + 1)) + 2 ** -53 * Math.abs(b[k]))
  return worstRatio(difference(b, multiply(triangle, x, dim, dim, 1)), bound)
}

function expectTriangular(lower: Float64Array, dim: number): void {
  const b = randomNumbers(dim, dim)
  expect(residualRatio(lower, solveLower(lower, b, dim), b, dim)).toBeLessThanOrEqual(1)
  const x = solveLowerTranspose(lower, b, dim)
  expect(residualRatio(transposed(lower, dim, dim), x, b, dim)).toBeLessThanOrEqual(1)

  const inverse = invertLower(lower, dim)
  const sizes = multiply(absolute(lower), absolute(inverse), dim, dim, dim)
  const residual = difference(multiply(lower, inverse, dim, dim, dim), identity(dim))
  const bound = sizes.map((size) => size * (gamma(dim) + gamma(dim + 1)))
  expect(worstRatio(residual, bound)).toBeLessThanOrEqual(1)
  inverse.forEach((entry, k) => {
    if (k % dim > Math.floor(k / dim)) expect(entry).toBe(0)
  })
}

describe.each([...DIMS, 256])('triangular [%i, %i]', (dim) => {
  const lower = lowerOf(randomNumbers(dim * dim, dim), dim, true)

  test('solves and inverse are within their componentwise bounds', () => {
    expectTriangular(lower, dim)
  })

  test('solves agree with ml-matrix', () => {
    const b = randomNumbers(dim, 7)
    const column = Matrix.columnVector(Array.from(b))
    // Diagonal >= 1, off-diagonal row and column sums <= 1: |inv L| stays below e, so the condition is small.
    const tolerance = 100 * dim * 2 ** -53 * norm(b)
    const oracle = Float64Array.from(solve(toMl(lower, dim, dim), column).to1DArray())
    expect(norm(difference(solveLower(lower, b, dim), oracle))).toBeLessThanOrEqual(tolerance)
    const oracleT = Float64Array.from(solve(toMl(lower, dim, dim).transpose(), column).to1DArray())
    expect(norm(difference(solveLowerTranspose(lower, b, dim), oracleT))).toBeLessThanOrEqual(tolerance)
  })

  test('the strict upper triangle is not read, nothing is written to the inputs', () => {
    const dirty = lower.map((x, k) => (k % dim > Math.floor(k / dim) ? NaN : x))
    const b = randomNumbers(dim, 8)
    expect(sameBits(solveLower(dirty, b, dim), solveLower(lower, b, dim))).toBe(true)
    expect(sameBits(solveLowerTranspose(dirty, b, dim), solveLowerTranspose(lower, b, dim))).toBe(true)
    expect(sameBits(invertLower(dirty, dim), invertLower(lower, dim))).toBe(true)
    expect(sameBits(b, randomNumbers(dim, 8))).toBe(true)
  })
})

test('any triangle, however conditioned, is within the bounds', () => {
  fc.assert(
    fc.property(anyMatrix, fc.boolean(), ({ kind, dim, matrix }, dominant) => {
      fc.pre(kind !== 'graded' || dominant) // undominated, the inverse of 2^-200 overflows
      expectTriangular(lowerOf(matrix, dim, dominant), dim)
    }),
  )
})

test('small exact cases', () => {
  const lower = Float64Array.of(2, 0, 6, 4)
  expect(solveLower(lower, Float64Array.of(2, 14), 2)).toEqual(Float64Array.of(1, 2))
  expect(solveLowerTranspose(lower, Float64Array.of(14, 8), 2)).toEqual(Float64Array.of(1, 2))
  expect(invertLower(lower, 2)).toEqual(Float64Array.of(0.5, 0, -0.75, 0.25))
  expect(solveLower(new Float64Array(0), new Float64Array(0), 0)).toEqual(new Float64Array(0))
  expect(invertLower(new Float64Array(0), 0)).toEqual(new Float64Array(0))
})

describe.each([0, 4, 5, 6, 7, 127, 129, ...DIMS])('multiplySquare of dim %i', (dim) => {
  test('is the ascending sum of rounded products, bit for bit', () => {
    const a = randomNumbers(dim * dim, 1)
    const b = randomNumbers(dim * dim, 2).map((x) => x * 1e3)
    const expected = Float64Array.from({ length: dim * dim }, (_, entry) => {
      let sum = 0
      for (let k = 0; k < dim; k++) sum += a[Math.floor(entry / dim) * dim + k] * b[k * dim + (entry % dim)]
      return sum
    })
    expect(sameBits(multiplySquare(a, b, dim), expected)).toBe(true)
  })
})

test.each([0, 1, 15, 16, 17, 33, 128])('transpose of dim %i moves every entry', (dim) => {
  const a = randomNumbers(dim * dim, dim)
  expect(sameBits(transpose(a, dim), transposed(a, dim, dim))).toBe(true)
})

test('wrong lengths are refused by name', () => {
  const two = new Float64Array(2)
  const four = new Float64Array(4)
  expect(() => solveLower(four, four, 2)).toThrow(/^vector holds 4/)
  expect(() => solveLowerTranspose(two, two, 2)).toThrow(/^lower holds 2/)
  expect(() => invertLower(two, 2)).toThrow(/^lower holds 2/)
  expect(() => multiplySquare(four, two, 2)).toThrow(/^b holds 2/)
  expect(() => transpose(two, 2)).toThrow(/^matrix holds 2/)
})
