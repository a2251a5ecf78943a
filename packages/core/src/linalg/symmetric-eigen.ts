import { LevError } from '../errors/errors.ts'
import { implicitQl } from './implicit-ql.ts'
import { binaryExponent, powerOfTwo } from './power-of-two.ts'
import { requireShape } from './require-shape.ts'
import { accumulateTranspose, reduceToTridiagonal } from './tridiagonal.ts'

export interface SymmetricEigen {
  readonly values: Float64Array // [dim], ascending
  readonly vectors: Float64Array // [dim, dim]; column a is the unit eigenvector of values[a]
}

/**
 * All eigenvalues and eigenvectors of the symmetric `matrix` ([dim, dim], only the lower triangle is read).
 *
 * Householder tridiagonalisation and implicit QL, after scaling by a power of two so that the largest entry is
 * about 1. Backward stable: V is within c dim^2 u of an orthogonal matrix and values are the exact ones of
 * matrix + E, |E|_2 <= c dim^2 u |matrix|_2 (Higham 2002, section 19.3; Golub and Van Loan 2013, section 8.3), so every value
 * is off by at most that (Weyl). In practice a few u |matrix|_2: a small eigenvalue has no relative accuracy.
 * The eigenvectors of close eigenvalues span the right space; singly they are not determined.
 *
 * Throws LevError('ShapeMismatch') where matrix is not [dim, dim]; LevError('Internal') where an entry is NaN or
 * infinite, or the iteration does not converge.
 */
export function symmetricEigen(matrix: Float64Array, dim: number): SymmetricEigen {
  const { work, unscale } = scaledLower(matrix, dim)
  const tridiagonal = reduceToTridiagonal(work, dim)
  const rows = accumulateTranspose(tridiagonal, dim)
  implicitQl(tridiagonal.diagonal, tridiagonal.offDiagonal, dim, rows)
  return sortedColumns(tridiagonal.diagonal, rows, dim, unscale)
}

/** The ascending `values` of symmetricEigen, bit for bit, without the vectors: about a quarter of the work. Same errors. */
export function symmetricEigenvalues(matrix: Float64Array, dim: number): Float64Array {
  const { work, unscale } = scaledLower(matrix, dim)
  const { diagonal, offDiagonal } = reduceToTridiagonal(work, dim)
  implicitQl(diagonal, offDiagonal, dim, undefined)
  return diagonal.sort().map((value) => value * unscale + 0)
}

/** The lower triangle times a power of two that brings its largest entry into [1, 2); `unscale` undoes it. */
function scaledLower(matrix: Float64Array, dim: number): { work: Float64Array; unscale: number } {
  requireShape('matrix', matrix, dim, dim)
  let largest = 0
  for (let i = 0; i < dim; i++) {
    for (let j = 0; j <= i; j++) {
      const entry = Math.abs(matrix[i * dim + j])
      if (!(entry < Infinity)) throw notFinite(matrix[i * dim + j], i, j)
      if (entry > largest) largest = entry
    }
  }
  // 2^+-1022 both have an inverse; beyond, the largest entry is only within 2^52 of 1, which does as well.
  const exponent = largest === 0 ? 0 : Math.max(-1022, Math.min(1022, binaryExponent(largest)))
  const scale = powerOfTwo(-exponent)
  const work = new Float64Array(dim * dim)
  for (let i = 0; i < dim; i++) {
    for (let k = i * dim; k <= i * dim + i; k++) work[k] = matrix[k] * scale
  }
  return { work, unscale: powerOfTwo(exponent) }
}

/** Sort the values (ties keep their order) and turn the rows of V^T into columns. */
function sortedColumns(
  unsorted: Float64Array,
  rows: Float64Array,
  dim: number,
  unscale: number,
): SymmetricEigen {
  const order = Array.from(unsorted, (_, index) => index).sort((a, b) => unsorted[a] - unsorted[b] || a - b)
  const vectors = new Float64Array(dim * dim)
  for (let i = 0; i < dim; i++) {
    for (let a = 0; a < dim; a++) vectors[i * dim + a] = rows[order[a] * dim + i]
  }
  // + 0 makes -0 a 0, so that equal values are equal bits
  return { values: Float64Array.from(order, (index) => unsorted[index] * unscale + 0), vectors }
}

function notFinite(value: number, row: number, column: number): LevError {
  const message =
    `a symmetric matrix has ${value} at row ${row}, column ${column}: it must be finite here. ` +
    `Inputs are checked and scaled before, so this is a defect of ours: please report it.`
  return new LevError('Internal', message, { row, column })
}
