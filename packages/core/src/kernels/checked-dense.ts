import type { DenseKernels } from './dense-kernels.ts'
import { type Operand, operand } from './operands.ts'

/** `raw`'s algebra behind `check` of its shapes: see checkedKernels. */
export function checkedDense(
  raw: DenseKernels,
  check: (kernel: string, output: Operand[], input: Operand[]) => void,
): DenseKernels {
  const square = (name: string, array: Float64Array, dim: number) => operand(name, array, dim, dim)
  return {
    cholesky(lower, matrix, dim) {
      check('cholesky', [square('lower', lower, dim)], [square('matrix', matrix, dim)])
      return raw.cholesky(lower, matrix, dim)
    },
    solveCholesky(x, lower, dim) {
      check('solveCholesky', [operand('x', x, dim, 1)], [square('lower', lower, dim)])
      raw.solveCholesky(x, lower, dim)
    },
    invertLower(inverse, lower, dim) {
      check('invertLower', [square('inverse', inverse, dim)], [square('lower', lower, dim)])
      raw.invertLower(inverse, lower, dim)
    },
    equilibrate(out, gram, norms, dim) {
      const inputs = [square('gram', gram, dim), operand('norms', norms, dim, 1)]
      check('equilibrate', [square('out', out, dim)], inputs)
      raw.equilibrate(out, gram, norms, dim)
    },
    symmetricEigenvalues(values, matrix, dim) {
      const inputs = [square('matrix', matrix, dim)]
      check('symmetricEigenvalues', [operand('values', values, dim, 1)], inputs)
      return raw.symmetricEigenvalues(values, matrix, dim)
    },
    symmetricEigen(values, vectors, matrix, dim) {
      const outputs = [operand('values', values, dim, 1), square('vectors', vectors, dim)]
      check('symmetricEigen', outputs, [square('matrix', matrix, dim)])
      return raw.symmetricEigen(values, vectors, matrix, dim)
    },
  }
}
