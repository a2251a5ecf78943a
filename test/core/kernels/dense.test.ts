// Catches: a kernel that differs in one bit from linalg's reference, a lost tail, a write past the end, a pivot that is
// clamped, the upper triangle being read. Cannot catch: what is wrong in linalg itself, which test/core/linalg tries.
import {
  cholesky,
  denseBy,
  equilibrateInto,
  invertLower,
  multiplySquare,
  plainDense,
  symmetricEigen,
  symmetricEigenvalues,
} from '@levattention/core/internal'
import { expect, test } from 'vitest'
import { eachKernels } from '../../support/each-kernel.ts'
import { bits, random, SMALL_SIZES } from './values.ts'

const DIMS = [...SMALL_SIZES, 63, 64, 65, 130]
const KINDS = ['spread', 'nearly singular', 'indefinite', 'NaN', 'huge', 'tiny', 'zero'] as const

/** A symmetric matrix [dim, dim] with a poisoned upper triangle where only the lower one may be read. */
function matrixOf(kind: (typeof KINDS)[number], dim: number, poison: boolean): Float64Array {
  const next = random(dim + KINDS.indexOf(kind))
  const size = { huge: 2 ** 500, tiny: 2 ** -520, zero: 0 }[kind as string] ?? 1
  const matrix = new Float64Array(dim * dim)
  for (let a = 0; a < dim; a++) {
    for (let b = 0; b <= a; b++) {
      const value = (next() - 0.5) * size
      matrix[a * dim + b] = value
      matrix[b * dim + a] = poison && a !== b ? NaN : value
    }
    const onDiagonal = { indefinite: 0, 'nearly singular': dim / 7 }[kind as string] ?? dim
    matrix[a * dim + a] += onDiagonal * size
  }
  if (kind === 'NaN' && dim > 0) matrix[(dim - 1) * dim] = NaN
  return matrix
}

eachKernels('algebra of one matrix', (kernels) => {
  const dense = denseBy(kernels)

  test.each(KINDS)('%s: the Cholesky factor, or the pivot at which it ends', (kind) => {
    for (const dim of DIMS) {
      const matrix = matrixOf(kind, dim, true)
      const [found, want] = [dense.cholesky(matrix, dim), cholesky(matrix, dim)]
      expect(found.ok).toBe(want.ok)
      if (found.ok && want.ok) expect(bits(found.lower)).toBe(bits(want.lower))
      else expect(found).toEqual(want)
    }
  })

  test('the solution by a factor, whose upper triangle is not read', () => {
    for (const dim of DIMS) {
      const lower = matrixOf('spread', dim, true)
      const vector = Float64Array.from({ length: dim }, random(3 * dim))
      expect(bits(dense.solve(lower, vector, dim))).toBe(bits(plainDense.solve(lower, vector, dim)))
    }
  })

  test('a matrix over the norms of its columns, from the upper triangle', () => {
    for (const dim of DIMS) {
      const gram = matrixOf('spread', dim, false)
      for (let a = 0; a < dim; a++) for (let b = 0; b < a; b++) gram[a * dim + b] = NaN
      const norms = Float64Array.from({ length: dim }, random(dim + 9))
      const want = new Float64Array(dim * dim)
      equilibrateInto(want, gram, norms, dim)
      expect(bits(dense.equilibrate(gram, norms, dim))).toBe(bits(want))
    }
  })

  test.each(KINDS)('%s: the eigenvalues, or the error of a matrix that has none', (kind) => {
    for (const dim of DIMS) {
      const matrix = matrixOf(kind, dim, true)
      if (kind === 'NaN' && dim > 0) {
        expect(() => dense.eigenvalues(matrix, dim)).toThrow(/must be finite/)
      } else expect(bits(dense.eigenvalues(matrix, dim))).toBe(bits(symmetricEigenvalues(matrix, dim)))
    }
  })

  test('eigenvalues of matrices that fall apart, repeat, or are diagonal', () => {
    for (const dim of DIMS) {
      const blocks = matrixOf('zero', dim, false)
      for (let a = 0; a < dim; a++) blocks[a * dim + a] = Math.floor(a / 3) - 1
      for (let a = 1; a < dim; a += 2) blocks[a * dim + a - 1] = 0.5
      const ones = new Float64Array(dim * dim).fill(1)
      for (const matrix of [blocks, ones, matrixOf('zero', dim, false)])
        expect(bits(dense.eigenvalues(matrix, dim))).toBe(bits(symmetricEigenvalues(matrix, dim)))
    }
  })

  test.each(KINDS)('%s: values and vectors, or the error of a matrix that has none', (kind) => {
    for (const dim of DIMS) {
      const matrix = matrixOf(kind, dim, true)
      if (kind === 'NaN' && dim > 0) {
        expect(() => dense.eigen(matrix, dim)).toThrow(/must be finite/)
        continue
      }
      const [found, want] = [dense.eigen(matrix, dim), symmetricEigen(matrix, dim)]
      expect(bits(found.values)).toBe(bits(want.values))
      expect(bits(found.vectors)).toBe(bits(want.vectors))
    }
  })

  test('a product, and the inverse of a factor whose upper triangle is not read', () => {
    for (const dim of DIMS) {
      const [a, b] = [matrixOf('spread', dim, false), matrixOf('indefinite', dim, false)]
      expect(bits(dense.multiply(a, b, dim))).toBe(bits(multiplySquare(a, b, dim)))
      const lower = matrixOf('spread', dim, true)
      expect(bits(dense.invertLower(lower, dim))).toBe(bits(invertLower(lower, dim)))
    }
  })

  test('one array added to another', () => {
    for (const length of DIMS) {
      const [sum, other] = [1, 2].map((seed) => Float64Array.from({ length }, random(seed)))
      const want = sum.map((value, i) => value + other[i])
      dense.add(sum, other)
      expect(bits(sum)).toBe(bits(want))
    }
  })

  test('nothing past the end of an array is written, and the scratch is free again', () => {
    const mark = kernels.mark()
    for (const dim of DIMS) {
      const [lower, x, norms] = [kernels.f64(dim * dim + 3), kernels.f64(dim + 3), kernels.f64(dim + 3)]
      const matrix = kernels.f64(dim * dim)
      matrix.set(matrixOf('spread', dim, false))
      const ends = [lower.subarray(dim * dim), x.subarray(dim), norms.subarray(dim)]
      for (const end of ends) end.fill(7)
      kernels.cholesky(lower, matrix, dim)
      kernels.solveCholesky(x, lower, dim)
      kernels.symmetricEigenvalues(norms, matrix, dim)
      for (const end of ends) expect([...end]).toEqual([7, 7, 7])
      dense.cholesky(matrixOf('zero', dim, false), dim)
      kernels.release(mark)
    }
    expect(kernels.mark()).toBe(mark)
  })
})
