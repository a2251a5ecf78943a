/** Algebra of one matrix [dim, dim], dim³ operations or so: linalg's, bit for bit, in blocks that fit the caches. */
export interface DenseKernels {
  /**
   * The Cholesky factor `lower` of `matrix`, both [dim, dim]: linalg's `cholesky`. Returns -1, or the first row whose pivot is
   * not positive and finite: then that pivot is on `lower`'s diagonal, and its other entries mean nothing.
   */
  cholesky(lower: Float64Array, matrix: Float64Array, dim: number): number

  /** x [dim] = lower⁻ᵀ lower⁻¹ x: linalg's `solveLower` and `solveLowerTranspose`. */
  solveCholesky(x: Float64Array, lower: Float64Array, dim: number): void

  /** The inverse [dim, dim] of `lower`, whose upper triangle is not read: linalg's `invertLower`. */
  invertLower(inverse: Float64Array, lower: Float64Array, dim: number): void

  /** out_ab = gram_ab / norms_a / norms_b, 1 on the diagonal; of `gram` [dim, dim] the upper triangle is read. */
  equilibrate(out: Float64Array, gram: Float64Array, norms: Float64Array, dim: number): void

  /**
   * The eigenvalues [dim] of `matrix` [dim, dim] (lower triangle read), those of linalg's `symmetricEigenvalues` but for their
   * order. Returns -1, or a number of at least 0 where that throws: then `values` mean nothing.
   */
  symmetricEigenvalues(values: Float64Array, matrix: Float64Array, dim: number): number

  /**
   * Values [dim] and vectors [dim, dim] of `matrix` [dim, dim] (lower triangle read), those of linalg's `symmetricEigen`.
   * Returns as `symmetricEigenvalues`.
   */
  symmetricEigen(values: Float64Array, vectors: Float64Array, matrix: Float64Array, dim: number): number
}
