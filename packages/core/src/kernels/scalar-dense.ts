import { isLevError } from '../errors/errors.ts'
import { cholesky } from '../linalg/cholesky.ts'
import { symmetricEigen, symmetricEigenvalues } from '../linalg/symmetric-eigen.ts'
import { invertLower, solveLower, solveLowerTranspose } from '../linalg/triangular.ts'
import { equilibrateInto } from './dense.ts'
import type { DenseKernels } from './dense-kernels.ts'

/** linalg's own routines, into the arrays of a kernel. */
export const scalarDense: DenseKernels = {
  cholesky(lower, matrix, dim) {
    const result = cholesky(matrix.subarray(0, dim * dim), dim)
    if (result.ok) {
      lower.set(result.lower)
      return -1
    }
    lower[result.pivotIndex * (dim + 1)] = result.pivot
    return result.pivotIndex
  },
  solveCholesky(x, lower, dim) {
    const factor = lower.subarray(0, dim * dim)
    x.set(solveLowerTranspose(factor, solveLower(factor, x.subarray(0, dim), dim), dim))
  },
  invertLower(inverse, lower, dim) {
    inverse.set(invertLower(lower.subarray(0, dim * dim), dim))
  },
  equilibrate: equilibrateInto,
  symmetricEigenvalues: (values, matrix, dim) =>
    orNone(() => values.set(symmetricEigenvalues(matrix.subarray(0, dim * dim), dim))),
  symmetricEigen: (values, vectors, matrix, dim) =>
    orNone(() => {
      const found = symmetricEigen(matrix.subarray(0, dim * dim), dim)
      values.set(found.values)
      vectors.set(found.vectors)
    }),
}

/** -1, or 0 where `work` finds a matrix that has no eigenvalues. */
function orNone(work: () => void): number {
  try {
    work()
    return -1
  } catch (error) {
    if (isLevError(error, 'Internal')) return 0
    throw error
  }
}
