// Catches: wrong or unsorted values, vectors that are not orthonormal or belong to other values, NaN on graded input,
// dependence on scale, non-determinism. Cannot catch: an error below 30 dim u |A| (LAPACK's acceptance level),
// which a small eigenvalue of a large matrix may have; smallest-eigenvalue.test.ts is about those.
import { LevError, isLevError, symmetricEigen, symmetricEigenvalues } from '@levattention/core/internal'
import * as fc from 'fast-check'
import { EigenvalueDecomposition } from 'ml-matrix'
import { describe, expect, test } from 'vitest'
import {
  DIMS,
  UNIT,
  anyMatrix,
  difference,
  identity,
  multiply,
  norm,
  randomNumbers,
  sameBits,
  symmetrised,
  toMl,
  transposed,
  withExactSpectrum,
} from './matrices.ts'

/** LAPACK's test threshold: its drivers pass where a residual is below 30 dim u |A|. */
function tolerance(matrix: Float64Array, dim: number): number {
  return 30 * dim * UNIT * norm(matrix)
}

/** |VᵀV - I|: how far `vectors` V [dim, dim], in columns, are from orthogonal. */
function orthogonalityDefect(vectors: Float64Array, dim: number): number {
  const products = multiply(transposed(vectors, dim, dim), vectors, dim, dim, dim)
  return norm(difference(products, identity(dim)))
}

function expectDecomposition(matrix: Float64Array, dim: number): void {
  const { values, vectors } = symmetricEigen(matrix, dim)
  const image = multiply(matrix, vectors, dim, dim, dim)
  const residual = image.map((x, k) => x - values[k % dim] * vectors[k])
  expect(norm(residual)).toBeLessThanOrEqual(tolerance(matrix, dim))
  expect(orthogonalityDefect(vectors, dim)).toBeLessThanOrEqual(30 * dim * UNIT * Math.sqrt(dim))
  for (let a = 1; a < dim; a++) expect(values[a]).toBeGreaterThanOrEqual(values[a - 1])
  expect(sameBits(symmetricEigenvalues(matrix, dim), values)).toBe(true)
}

describe.each([...DIMS, 256])('symmetricEigen of [%i, %i]', (dim) => {
  const matrix = symmetrised(randomNumbers(dim * dim, dim), dim)

  test('A V = V diag(values), V orthogonal, ascending', () => {
    expectDecomposition(matrix, dim)
  })

  test('twice the same bits, the input untouched', () => {
    const before = matrix.slice()
    const first = symmetricEigen(matrix, dim)
    const second = symmetricEigen(matrix, dim)
    expect(sameBits(first.values, second.values)).toBe(true)
    expect(sameBits(first.vectors, second.vectors)).toBe(true)
    expect(sameBits(matrix, before)).toBe(true)
  })

  test('agrees with ml-matrix', () => {
    const oracle = new EigenvalueDecomposition(toMl(matrix, dim, dim), { assumeSymmetric: true })
    const expected = Float64Array.from(oracle.realEigenvalues).sort()
    expect(norm(difference(symmetricEigenvalues(matrix, dim), expected))).toBeLessThanOrEqual(
      2 * tolerance(matrix, dim),
    )
  })
})

test('any symmetric matrix decomposes: ill-conditioned, graded, singular, Hilbert, clustered', () => {
  fc.assert(fc.property(anyMatrix, ({ dim, matrix }) => expectDecomposition(symmetrised(matrix, dim), dim)))
})

test('a power of two scales the values and changes no bit of the vectors', () => {
  fc.assert(
    fc.property(anyMatrix, fc.integer({ min: -400, max: 400 }), ({ kind, dim, matrix }, exponent) => {
      fc.pre(kind !== 'graded') // there small entries underflow
      const symmetric = symmetrised(matrix, dim)
      const plain = symmetricEigen(symmetric, dim)
      const scaled = symmetricEigen(
        symmetric.map((x) => x * 2 ** exponent),
        dim,
      )
      expect(sameBits(scaled.vectors, plain.vectors)).toBe(true)
      expect(
        sameBits(
          scaled.values,
          plain.values.map((x) => x * 2 ** exponent),
        ),
      ).toBe(true)
    }),
  )
})

test.each([1e-300, 1e-150, 1, 1e150, 1e300, 5e-324])(
  'entries graded down from %d give finite, ordered values',
  (top) => {
    for (const dim of [2, 3, 17, 40]) {
      for (const ascending of [true, false]) {
        const graded = symmetrised(randomNumbers(dim * dim, dim), dim).map((x, k) => {
          const steps = Math.floor(k / dim) + (k % dim)
          return x * top * 10 ** (((ascending ? steps - 2 * (dim - 1) : -steps) * 225) / (dim - 1))
        })
        const { values, vectors } = symmetricEigen(graded, dim)
        expect(values.every(Number.isFinite)).toBe(true)
        expect(values).toEqual(values.slice().sort())
        expect(orthogonalityDefect(vectors, dim)).toBeLessThanOrEqual(30 * dim * UNIT * Math.sqrt(dim))
        const scale = 1 / (norm(graded) || 1)
        if (scale < Infinity)
          expectDecomposition(
            graded.map((x) => x * scale),
            dim,
          )
      }
    }
  },
)

test('entries over 1e-300 .. 1e150 in one matrix', () => {
  const matrix = Float64Array.from([1e150, 1e-150, 1e-300, 1e-150, 1e-300, 1e-150, 1e-300, 1e-150, 1e-200])
  const { values } = symmetricEigen(matrix, 3)
  expect(values[2]).toBe(1e150)
  expect(values[1]).toBeCloseTo(0, 100)
})

test.each([2, 8, 64])('exact spectrum with repeated eigenvalues, dim %i', (dim) => {
  const spectrum = Float64Array.from({ length: dim }, (_, a) => [1, 1, 4, 0][a % 4])
  const matrix = withExactSpectrum(spectrum)
  expectDecomposition(matrix, dim)
  const error = norm(difference(symmetricEigenvalues(matrix, dim), spectrum.sort()))
  expect(error).toBeLessThanOrEqual(tolerance(matrix, dim))
})

test('second difference matrix: 2 - 2 cos(a pi / (dim + 1))', () => {
  const dim = 50
  const matrix = new Float64Array(dim * dim)
  for (let i = 0; i < dim; i++) matrix[i * dim + i] = 2
  for (let i = 1; i < dim; i++) matrix[i * dim + i - 1] = matrix[(i - 1) * dim + i] = -1
  symmetricEigenvalues(matrix, dim).forEach((value, a) => {
    const exact = 4 * Math.sin(((a + 1) * Math.PI) / (2 * (dim + 1))) ** 2
    expect(Math.abs(value - exact)).toBeLessThanOrEqual(30 * dim * UNIT * 4)
  })
})

test('zero diagonal, where only an absolute test can deflate: a path has the values 2 cos(a pi / (dim + 1))', () => {
  const dim = 33
  const matrix = new Float64Array(dim * dim)
  for (let i = 1; i < dim; i++) matrix[i * dim + i - 1] = matrix[(i - 1) * dim + i] = 1
  symmetricEigenvalues(matrix, dim).forEach((value, a) => {
    const exact = -2 * Math.cos(((a + 1) * Math.PI) / (dim + 1))
    expect(Math.abs(value - exact)).toBeLessThanOrEqual(30 * dim * UNIT * 2)
  })
})

test('defined answers: empty, one by one, zero, diagonal', () => {
  expect(symmetricEigen(new Float64Array(0), 0)).toEqual({
    values: new Float64Array(0),
    vectors: new Float64Array(0),
  })
  expect(symmetricEigen(Float64Array.of(-3), 1)).toEqual({
    values: Float64Array.of(-3),
    vectors: Float64Array.of(1),
  })
  expect(symmetricEigen(new Float64Array(9), 3)).toEqual({
    values: new Float64Array(3),
    vectors: identity(3),
  })
  const diagonal = symmetricEigen(Float64Array.of(3, 0, 0, 0, 1, 0, 0, 0, 2), 3)
  expect(diagonal.values).toEqual(Float64Array.of(1, 2, 3))
  expect(diagonal.vectors).toEqual(Float64Array.of(0, 0, 1, 1, 0, 0, 0, 1, 0)) // column a belongs to values[a]
})

test('the upper triangle is not read', () => {
  expect(symmetricEigenvalues(Float64Array.of(1, NaN, 2, 1), 2)).toEqual(
    symmetricEigenvalues(Float64Array.of(1, 2, 2, 1), 2),
  )
})

test.each([NaN, Infinity, -Infinity])('%d is named with its row and column', (value) => {
  const matrix = identity(4)
  matrix[2 * 4 + 1] = value
  for (const solve of [symmetricEigen, symmetricEigenvalues]) {
    let caught: unknown
    try {
      solve(matrix, 4)
    } catch (error) {
      caught = error
    }
    expect(isLevError(caught, 'Internal')).toBe(true)
    expect(caught instanceof LevError && caught.place).toEqual({ row: 2, column: 1 })
  }
})
