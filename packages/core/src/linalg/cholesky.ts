import { dotRange } from './dot.ts'
import { requireShape } from './require-shape.ts'

/** Either the factor, or the first pivot that was not a positive finite number. */
export type CholeskyResult =
  | { readonly ok: true; readonly lower: Float64Array } // [dim, dim], strict upper triangle zero
  | { readonly ok: false; readonly pivotIndex: number; readonly pivot: number }

/**
 * Cholesky factor L of the symmetric `matrix` ([dim, dim], only the lower triangle is read): L L^T = matrix.
 *
 * Never clamps or shifts a pivot: a pivot that is zero, negative, NaN or infinite ends the work with
 * `ok: false`, its index and its value. A NaN or infinity anywhere in the lower triangle reaches a pivot of its
 * row at the latest, so it always ends so.
 *
 * Where ok: L L^T = matrix + E with |E| <= gamma_{dim+1} |L| |L^T| entry by entry, for any order of summation
 * (Higham 2002, Theorem 10.3), barring underflow. It is sure to be ok where the equilibrated matrix (unit
 * diagonal) has lambda_min > dim gamma_{dim+1} / (1 - gamma_{dim+1}) (Theorem 10.7).
 *
 * Throws LevError('ShapeMismatch') where matrix is not [dim, dim].
 */
export function cholesky(matrix: Float64Array, dim: number): CholeskyResult {
  requireShape('matrix', matrix, dim, dim)
  const lower = new Float64Array(dim * dim)
  for (let i = 0; i < dim; i++) {
    const row = i * dim
    for (let j = 0; j < i; j++) {
      const column = j * dim
      const rest = matrix[row + j] - dotRange(lower, row, lower, column, j)
      lower[row + j] = rest / lower[column + j]
    }
    const pivot = matrix[row + i] - dotRange(lower, row, lower, row, i)
    if (!(pivot > 0 && pivot < Infinity)) return { ok: false, pivotIndex: i, pivot }
    lower[row + i] = Math.sqrt(pivot)
  }
  return { ok: true, lower }
}
