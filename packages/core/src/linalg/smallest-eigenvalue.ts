import { UNIT_ROUNDOFF_F64, gamma } from '../arithmetic/numeric.ts'
import { cholesky, type CholeskyResult } from './cholesky.ts'

/** Margins tried below the estimate, in units of the error bound: an eigensolver's error is a few of them at most. */
const MARGINS = [1 / 8, 1, 8, 64]

/** More than all underflows can add, a part for each entry (entries of the matrix below 2^60). */
const UNDERFLOW_PER_ENTRY = 2 ** -1000

/**
 * A certified lower bound of the smallest eigenvalue of the symmetric `matrix` A ([dim, dim], lower triangle read,
 * entries below 2^60), given an `estimate` of it, such as symmetricEigenvalues' first value. -Infinity
 * where no shift near the estimate can be certified (the estimate is too high, or A is not finite).
 *
 * An eigensolver's own error has no usable proven constant; a Cholesky factorisation that succeeds has. Let B = A - s I,
 * as rounded. If cholesky(B) is ok then L L^T = B + E, |E| <= g |L| |L^T|, g = gamma_{dim+1}; so |E|_2 <= g |L|_F^2 =
 * g trace(L L^T) and trace(L L^T) <= trace(B) / (1 - g). L L^T is positive semidefinite, hence
 *
 *     lambda_min(A) >= s - g/(1-g) trace(B) - u max_i |a_ii - s| / (1 - u).
 *
 * (Rump, "Verification of positive definiteness", BIT 46, 2006; Higham 2002, Theorem 10.3.) For a unit diagonal it
 * lies about 1.2 dim (dim + 1) u below the estimate. Throws LevError('ShapeMismatch').
 */
export function smallestEigenvalueBound(
  matrix: Float64Array,
  dim: number,
  estimate: number,
  factorise: (matrix: Float64Array, dim: number) => CholeskyResult = cholesky,
): number {
  for (const margin of MARGINS) {
    const shift = estimate - margin * shiftError(matrix, dim, estimate)
    const shifted = matrix.slice()
    for (let i = 0; i < dim; i++) shifted[i * dim + i] -= shift
    if (!factorise(shifted, dim).ok) continue
    const bound = shift - shiftError(matrix, dim, shift)
    if (bound > -Infinity) return bound
  }
  return -Infinity
}

/** The two error terms above for the shift s, rounded upwards. */
function shiftError(matrix: Float64Array, dim: number, shift: number): number {
  let trace = 0
  let largest = 0
  for (let i = 0; i < dim; i++) {
    const entry = Math.abs(matrix[i * dim + i] - shift)
    trace += entry
    largest = Math.max(largest, entry)
  }
  const g = gamma(dim + 1)
  const rounding = (g / (1 - g)) * trace + UNIT_ROUNDOFF_F64 * largest + UNIT_ROUNDOFF_F64 * Math.abs(shift)
  return rounding * (1 + gamma(2 * dim + 20)) + dim * dim * UNDERFLOW_PER_ENTRY
}
