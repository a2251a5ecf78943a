import { dotRange } from './dot.ts'
import { requireShape } from './require-shape.ts'
import { transpose } from './transpose.ts'

/**
 * |V^T V - I|_F, computed, for `vectors` V ([dim, dim], vectors in columns): how far V is from orthogonal.
 *
 * The computed number differs from the exact one by at most gamma_{dim+1} |V|_F^2 (each entry of V^T V is a dot
 * product, Higham 2002 eq. (3.5)) plus gamma_{dim^2+2} of itself. Throws LevError('ShapeMismatch').
 */
export function orthogonalityDefect(vectors: Float64Array, dim: number): number {
  requireShape('vectors', vectors, dim, dim)
  const rows = transpose(vectors, dim)
  let onDiagonal = 0
  let below = 0
  for (let i = 0; i < dim; i++) {
    for (let j = 0; j < i; j++) below += dotRange(rows, i * dim, rows, j * dim, dim) ** 2
    onDiagonal += (dotRange(rows, i * dim, rows, i * dim, dim) - 1) ** 2
  }
  return Math.sqrt(onDiagonal + 2 * below)
}
