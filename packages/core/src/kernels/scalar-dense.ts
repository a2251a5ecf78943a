import { isLevError } from '../errors/errors.ts'
import { cholesky } from '../linalg/cholesky.ts'
import { symmetricEigenvalues } from '../linalg/symmetric-eigen.ts'
import { solveLower, solveLowerTranspose } from '../linalg/triangular.ts'

/** See Kernels.cholesky. */
export function choleskyInto(lower: Float64Array, matrix: Float64Array, dim: number): number {
  const result = cholesky(matrix.subarray(0, dim * dim), dim)
  if (result.ok) {
    lower.set(result.lower)
    return -1
  }
  lower[result.pivotIndex * (dim + 1)] = result.pivot
  return result.pivotIndex
}

/** See Kernels.solveCholesky. */
export function solveCholesky(x: Float64Array, lower: Float64Array, dim: number): void {
  const factor = lower.subarray(0, dim * dim)
  x.set(solveLowerTranspose(factor, solveLower(factor, x.subarray(0, dim), dim), dim))
}

/** See Kernels.symmetricEigenvalues. */
export function eigenvaluesInto(values: Float64Array, matrix: Float64Array, dim: number): number {
  try {
    values.set(symmetricEigenvalues(matrix.subarray(0, dim * dim), dim))
    return -1
  } catch (error) {
    if (isLevError(error, 'Internal')) return 0
    throw error
  }
}
