import { copyIn, withScratch } from './with-scratch.ts'
import type { Kernels } from './kernels.ts'
import { cholesky, type CholeskyResult } from '../linalg/cholesky.ts'
import { multiplySquare } from '../linalg/multiply-square.ts'
import { type SymmetricEigen, symmetricEigen, symmetricEigenvalues } from '../linalg/symmetric-eigen.ts'
import { invertLower, solveLower, solveLowerTranspose } from '../linalg/triangular.ts'

/**
 * The loops of dim³ steps that a factor is made of. Both makers give the same bits; by kernels they also run at full speed in
 * a thread that has only begun.
 */
export interface DenseAlgebra {
  /** See `cholesky`. */
  readonly cholesky: (matrix: Float64Array, dim: number) => CholeskyResult
  /** x [dim] of lower lowerᵀ x = vector. */
  readonly solve: (lower: Float64Array, vector: Float64Array, dim: number) => Float64Array
  /** [dim, dim]: gram_ab / norms_a / norms_b with a diagonal of ones; `gram`'s upper triangle is read. */
  readonly equilibrate: (gram: Float64Array, norms: Float64Array, dim: number) => Float64Array
  /** See `symmetricEigenvalues`. */
  readonly eigenvalues: (matrix: Float64Array, dim: number) => Float64Array
  /** See `symmetricEigen`. */
  readonly eigen: (matrix: Float64Array, dim: number) => SymmetricEigen
  /** See `multiplySquare`. */
  readonly multiply: (a: Float64Array, b: Float64Array, dim: number) => Float64Array
  /** See `invertLower`. */
  readonly invertLower: (lower: Float64Array, dim: number) => Float64Array
  /** into += from, of equal lengths. */
  readonly add: (into: Float64Array, from: Float64Array) => void
}

export const plainDense: DenseAlgebra = {
  cholesky,
  solve: (lower, vector, dim) => solveLowerTranspose(lower, solveLower(lower, vector, dim), dim),
  equilibrate(gram, norms, dim) {
    const out = new Float64Array(dim * dim)
    equilibrateInto(out, gram, norms, dim)
    return out
  },
  eigenvalues: symmetricEigenvalues,
  eigen: symmetricEigen,
  multiply: multiplySquare,
  invertLower,
  add(into, from) {
    for (let i = 0; i < into.length; i++) into[i] += from[i]
  },
}

/** By `kernels`, whose scratch is free again after each call. */
export function denseBy(kernels: Kernels): DenseAlgebra {
  const within = <T>(work: () => T): T => withScratch(kernels, work)
  return {
    cholesky: (matrix, dim) =>
      within(() => {
        const lower = kernels.f64(dim * dim)
        const pivotIndex = kernels.cholesky(lower, copyIn(kernels, matrix), dim)
        if (pivotIndex < 0) return { ok: true, lower: copyOut(lower) }
        return { ok: false, pivotIndex, pivot: lower[pivotIndex * (dim + 1)] }
      }),
    solve: (lower, vector, dim) =>
      within(() => {
        const x = copyIn(kernels, vector)
        kernels.solveCholesky(x, copyIn(kernels, lower), dim)
        return copyOut(x)
      }),
    equilibrate: (gram, norms, dim) =>
      within(() => {
        const out = kernels.f64(dim * dim)
        kernels.equilibrate(out, copyIn(kernels, gram), copyIn(kernels, norms), dim)
        return copyOut(out)
      }),
    eigenvalues: (matrix, dim) =>
      within(() => {
        const values = kernels.f64(dim)
        const copy = copyIn(kernels, matrix)
        // The reference says what is wrong.
        if (kernels.symmetricEigenvalues(values, copy, dim) >= 0) return symmetricEigenvalues(matrix, dim)
        return copyOut(values).sort()
      }),
    eigen: (matrix, dim) =>
      within(() => {
        const [values, vectors] = [kernels.f64(dim), kernels.f64(dim * dim)]
        const copy = copyIn(kernels, matrix)
        if (kernels.symmetricEigen(values, vectors, copy, dim) >= 0) return symmetricEigen(matrix, dim)
        return { values: copyOut(values), vectors: copyOut(vectors) }
      }),
    multiply: (a, b, dim) =>
      within(() => {
        const product = kernels.f64(dim * dim)
        kernels.multiply(product, copyIn(kernels, a), copyIn(kernels, b), dim, dim, dim)
        return copyOut(product)
      }),
    invertLower: (lower, dim) =>
      within(() => {
        const inverse = kernels.f64(dim * dim)
        kernels.invertLower(inverse, copyIn(kernels, lower), dim)
        return copyOut(inverse)
      }),
    add: (into, from) =>
      within(() => {
        const sum = copyIn(kernels, into)
        kernels.moveSum(sum, copyIn(kernels, from), into.length)
        into.set(sum)
      }),
  }
}

/** See DenseAlgebra.equilibrate. */
export function equilibrateInto(
  out: Float64Array,
  gram: Float64Array,
  norms: Float64Array,
  dim: number,
): void {
  for (let a = 0; a < dim; a++) {
    for (let b = 0; b < dim; b++) {
      const entry = gram[Math.min(a, b) * dim + Math.max(a, b)]
      out[a * dim + b] = a === b ? 1 : entry / norms[a] / norms[b]
    }
  }
}

/** Out of memory that may be shared with the kernels' next work. */
function copyOut(values: Float64Array): Float64Array {
  return new Float64Array(values)
}
