// Catches: a factor outside its backward error bound, a clamped or shifted pivot, a NaN that gets through, a wrong
// pivot index, the upper triangle being read, the input being changed. Cannot catch: an error below the bound.
import { cholesky, gamma, isLevError, symmetricEigenvalues } from '@levattention/core/internal'
import * as fc from 'fast-check'
import { CholeskyDecomposition } from 'ml-matrix'
import { describe, expect, test } from 'vitest'
import {
  DIMS,
  absolute,
  anyMatrix,
  difference,
  gramOf,
  hilbert,
  identity,
  multiply,
  norm,
  randomNumbers,
  sameBits,
  toMl,
  transposed,
  worstRatio,
} from './matrices.ts'

function factor(matrix: Float64Array, dim: number): Float64Array {
  const result = cholesky(matrix, dim)
  if (!result.ok) throw new Error(`pivot ${result.pivotIndex} is ${result.pivot}`)
  return result.lower
}

/** |L L^T - A| over its bound; the check's own product may err by gamma_dim |L||L^T| more, and u |A| to subtract. */
function backwardErrorRatio(lower: Float64Array, matrix: Float64Array, dim: number): number {
  const t = transposed(lower, dim, dim)
  const sizes = multiply(absolute(lower), absolute(t), dim, dim, dim)
  const bound = sizes.map((x) => x * (gamma(dim + 1) + gamma(dim + 2)))
  return worstRatio(difference(multiply(lower, t, dim, dim, dim), matrix), bound)
}

function wellConditioned(dim: number): Float64Array {
  return gramOf(randomNumbers(2 * dim * dim, dim), 2 * dim, dim).map((x, k) =>
    k % (dim + 1) === 0 ? x + 1 : x,
  )
}

describe.each([...DIMS, 256])('cholesky of [%i, %i]', (dim) => {
  const matrix = wellConditioned(dim)
  const before = matrix.slice()
  const lower = factor(matrix, dim)

  test('backward error is within gamma_{dim+1} |L||L^T|', () => {
    expect(backwardErrorRatio(lower, matrix, dim)).toBeLessThanOrEqual(1)
  })

  test('strict upper triangle is zero, the input is untouched, twice the same bits', () => {
    for (let i = 0; i < dim; i++)
      expect(lower.subarray(i * dim + i + 1, i * dim + dim).every((x) => x === 0)).toBe(true)
    expect(sameBits(matrix, before)).toBe(true)
    expect(sameBits(factor(matrix, dim), lower)).toBe(true)
  })

  test('agrees with ml-matrix to the condition number', () => {
    const oracle = Float64Array.from(
      new CholeskyDecomposition(toMl(matrix, dim, dim)).lowerTriangularMatrix.to1DArray(),
    )
    const values = symmetricEigenvalues(matrix, dim)
    const condition = values[dim - 1] / values[0]
    // Sun 1991: |dL|_F <= condition |E|_F / (sqrt 2 |A|_2) |L|_F; |E|_F <= gamma_{dim+1} dim |A|_2 for each of the two.
    const bound = Math.SQRT2 * condition * gamma(dim + 1) * dim * norm(lower)
    expect(norm(difference(lower, oracle))).toBeLessThanOrEqual(bound)
  })
})

test('whatever the matrix, the factor is within its bound or a pivot is named', () => {
  fc.assert(
    fc.property(anyMatrix, ({ dim, matrix }) => {
      const gram = gramOf(matrix, dim, dim)
      const result = cholesky(gram, dim)
      if (result.ok) expect(backwardErrorRatio(result.lower, gram, dim)).toBeLessThanOrEqual(1)
      else {
        expect(result.pivot).toBeLessThanOrEqual(0)
        expect(result.pivotIndex).toBeLessThan(dim)
      }
    }),
  )
})

test('Hilbert matrices factor up to order 12 and are refused, not repaired, at order 40', () => {
  for (let dim = 1; dim <= 12; dim++) expect(cholesky(hilbert(dim), dim).ok).toBe(true)
  expect(cholesky(hilbert(40), 40).ok).toBe(false)
})

test.each([
  { name: 'indefinite', matrix: [1, 2, 2, 1], pivotIndex: 1, pivot: -3 },
  { name: 'exactly singular', matrix: [1, 1, 1, 1], pivotIndex: 1, pivot: 0 },
  { name: 'zero', matrix: [0, 0, 0, 0], pivotIndex: 0, pivot: 0 },
  { name: 'negative', matrix: [-4, 0, 0, 1], pivotIndex: 0, pivot: -4 },
  { name: 'infinite', matrix: [1, 0, 0, Infinity], pivotIndex: 1, pivot: Infinity },
])('$name: not ok, with pivot $pivot at $pivotIndex', ({ matrix, pivotIndex, pivot }) => {
  expect(cholesky(Float64Array.from(matrix), 2)).toEqual({ ok: false, pivotIndex, pivot })
})

test('a NaN or infinity anywhere in the lower triangle fails at the pivot of its row', () => {
  const lowerPlace = fc.integer({ min: 1, max: 40 }).chain((dim) =>
    fc.integer({ min: 0, max: dim - 1 }).chain((row) =>
      fc.record({
        dim: fc.constant(dim),
        row: fc.constant(row),
        column: fc.integer({ min: 0, max: row }),
        value: fc.constantFrom(NaN, Infinity, -Infinity),
      }),
    ),
  )
  fc.assert(
    fc.property(lowerPlace, ({ dim, row, column, value }) => {
      const matrix = identity(dim)
      matrix[row * dim + column] = value
      expect(cholesky(matrix, dim)).toMatchObject({ ok: false, pivotIndex: row })
    }),
  )
})

test('the upper triangle is not read', () => {
  expect(factor(Float64Array.from([4, NaN, 2, 2]), 2)).toEqual(Float64Array.from([2, 0, 1, 1]))
})

test('1e-300 I and 1e300 I factor, and so does the empty matrix', () => {
  for (const size of [1e-300, 1e300]) {
    expect(factor(Float64Array.from([size, 0, 0, size]), 2)[3]).toBe(Math.sqrt(size))
  }
  expect(factor(new Float64Array(0), 0)).toEqual(new Float64Array(0))
})

test.each([
  [3, 2],
  [4, 3],
  [1, 1.5],
  [1, -1],
])('%i numbers are not a matrix of dim %d: ShapeMismatch', (count, dim) => {
  let caught: unknown
  try {
    cholesky(new Float64Array(count), dim)
  } catch (error) {
    caught = error
  }
  expect(isLevError(caught, 'ShapeMismatch')).toBe(true)
})
