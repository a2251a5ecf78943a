import { gamma } from '../arithmetic/numeric.ts'
import { requireShape } from './require-shape.ts'
import { transpose } from './transpose.ts'
import { invertLower } from './triangular.ts'

/** More than all underflows can add to the residual's norm, a part for each entry: see the derivation. */
const UNDERFLOW_PER_ENTRY = 2 ** -1000

/**
 * A certified lower bound >= 0 of the smallest singular value of `upper` R ([dim, dim], upper triangular, below
 * the diagonal not read; columns of norm about 1, entries below 2^60). Infinity for dim = 0.
 *
 * L = R^T has the same singular values. Its computed inverse X has L X = I + F with |F| <= gamma_dim |L| |X| entry
 * by entry (`invertLower`), so |F|_2 <= |F|_F <= e := gamma_dim | |L| |X| |_F. Where e < 1, I + F is invertible and
 * L^-1 = X (I + F)^-1, so
 *
 *     sigma_min(R) = 1 / |L^-1|_2 >= (1 - e) / |X|_2 >= (1 - e) / min(|X|_F, sqrt(|X|_1 |X|_inf)).
 *
 * e and the norms are sums of nonnegative terms: each computed one is at least (1 - gamma_{dim^2+2dim+8}) of the
 * exact one, which `inflate` makes up for. Underflow in X or in a product adds below 2^-1000 for each entry of F.
 * 0 where e >= 1/2, which takes | |L| |L^-1| |_F above 1 / (2 dim u): the matrix is not told from a singular one (a
 * small pivot alone does not do that); 0 also where R has a zero on the diagonal, a NaN or an infinity. Otherwise
 * within sqrt(dim) / (1 - 2e) of the truth, as |X|_F <= sqrt(dim) |X|_2. Throws LevError('ShapeMismatch').
 */
export function smallestSingularValueBound(upper: Float64Array, dim: number): number {
  requireShape('upper', upper, dim, dim)
  const lower = transpose(upper, dim)
  const inverse = invertLower(lower, dim)
  const inflate = 1 + 2 * gamma(dim * dim + 2 * dim + 8)
  const residual = gamma(dim) * productNorm(lower, inverse, dim) * inflate + dim * dim * UNDERFLOW_PER_ENTRY
  if (!(residual < 0.5)) return 0
  const bound = (1 - residual) / (inverseNorm(inverse, dim) * inflate)
  return Number.isNaN(bound) ? 0 : bound * (1 - 2 ** -50)
}

/** | |lower| |inverse| |_F, both [dim, dim] lower triangular, row by row. */
function productNorm(lower: Float64Array, inverse: Float64Array, dim: number): number {
  const sums = new Float64Array(dim)
  let squares = 0
  for (let i = 0; i < dim; i++) {
    sums.fill(0)
    for (let k = 0; k <= i; k++) {
      const factor = Math.abs(lower[i * dim + k])
      for (let j = 0; j <= k; j++) sums[j] += factor * Math.abs(inverse[k * dim + j])
    }
    for (let j = 0; j <= i; j++) squares += sums[j] * sums[j]
  }
  return Math.sqrt(squares)
}

/** An upper bound of the 2-norm of `inverse` ([dim, dim]): the smaller of |X|_F and sqrt(|X|_1 |X|_inf). */
function inverseNorm(inverse: Float64Array, dim: number): number {
  const columnSums = new Float64Array(dim)
  let largestRow = 0
  let squares = 0
  for (let i = 0; i < dim; i++) {
    let rowSum = 0
    for (let j = 0; j <= i; j++) {
      const entry = Math.abs(inverse[i * dim + j])
      rowSum += entry
      columnSums[j] += entry
      squares += entry * entry
    }
    largestRow = Math.max(largestRow, rowSum)
  }
  let largestColumn = 0
  for (let j = 0; j < dim; j++) largestColumn = Math.max(largestColumn, columnSums[j])
  return Math.min(Math.sqrt(squares), Math.sqrt(largestColumn * largestRow))
}
