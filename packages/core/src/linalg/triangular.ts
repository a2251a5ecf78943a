import { dotRange } from './dot.ts'
import { requireShape } from './require-shape.ts'

/**
 * The solution x ([dim]) of L x = vector for `lower` L ([dim, dim], strict upper triangle not read).
 *
 * (L + E) x = vector exactly, with |E| <= gamma_dim |L| (Higham 2002, Theorem 8.5). A zero on the diagonal gives
 * infinities or NaN, as IEEE has it; a factor of `cholesky` has none. Throws LevError('ShapeMismatch').
 */
export function solveLower(lower: Float64Array, vector: Float64Array, dim: number): Float64Array {
  requireShape('lower', lower, dim, dim)
  requireShape('vector', vector, 1, dim)
  const solution = new Float64Array(dim)
  for (let i = 0; i < dim; i++) {
    const row = i * dim
    solution[i] = (vector[i] - dotRange(lower, row, solution, 0, i)) / lower[row + i]
  }
  return solution
}

/**
 * The solution x ([dim]) of L^T x = vector for `lower` L ([dim, dim], strict upper triangle not read).
 *
 * Bound, zero pivots and errors as for `solveLower`; walks the rows of L, so memory is read in order.
 */
export function solveLowerTranspose(lower: Float64Array, vector: Float64Array, dim: number): Float64Array {
  requireShape('lower', lower, dim, dim)
  requireShape('vector', vector, 1, dim)
  const solution = vector.slice()
  for (let i = dim - 1; i >= 0; i--) {
    const row = i * dim
    const known = solution[i] / lower[row + i]
    solution[i] = known
    for (let k = 0; k < i; k++) solution[k] -= known * lower[row + k]
  }
  return solution
}

/**
 * The inverse X ([dim, dim], strict upper triangle zero) of `lower` L ([dim, dim], strict upper not read).
 *
 * Each column solves L x = e_j, so |L X - I| <= gamma_dim |L| |X| entry by entry (Theorem 8.5 column by column;
 * Higham 2002, section 14.2), a residual on the right; on the left nothing so good is claimed. All columns go forward together, row by row.
 * A zero on the diagonal gives infinities or NaN. Throws LevError('ShapeMismatch').
 */
export function invertLower(lower: Float64Array, dim: number): Float64Array {
  requireShape('lower', lower, dim, dim)
  const inverse = new Float64Array(dim * dim)
  for (let i = 0; i < dim; i++) {
    const row = i * dim
    let k = 0
    // Row k of X ends at column k; up to column k + 1 the zeros above the diagonal change nothing.
    for (; k + 1 < i; k += 2) subtractTwoRows(inverse, row, lower[row + k], lower[row + k + 1], k, dim)
    if (k < i) subtractRow(inverse, row, lower[row + k], k, dim)
    const pivot = lower[row + i]
    for (let j = 0; j < i; j++) inverse[row + j] /= pivot
    inverse[row + i] = 1 / pivot
  }
  return inverse
}

/** Row at `row` of X -= factor * (row k of X), of which k + 1 entries count. */
function subtractRow(inverse: Float64Array, row: number, factor: number, k: number, dim: number): void {
  const other = k * dim
  for (let j = 0; j <= k; j++) inverse[row + j] -= factor * inverse[other + j]
}

/** The same for rows k and k + 1, in this order. */
function subtractTwoRows(
  inverse: Float64Array,
  row: number,
  factor: number,
  nextFactor: number,
  k: number,
  dim: number,
): void {
  const other = k * dim
  const next = other + dim
  for (let j = 0; j <= k + 1; j++) {
    inverse[row + j] = inverse[row + j] - factor * inverse[other + j] - nextFactor * inverse[next + j]
  }
}
