import { requireShape } from './require-shape.ts'

/** Tile side: 16 rows of 16 numbers fit the first cache whatever dim is. */
const TILE = 16

/** The transpose of `matrix` ([dim, dim]), a new array, exact. Throws LevError('ShapeMismatch'). */
export function transpose(matrix: Float64Array, dim: number): Float64Array {
  requireShape('matrix', matrix, dim, dim)
  const out = new Float64Array(dim * dim)
  for (let rowStart = 0; rowStart < dim; rowStart += TILE) {
    const rowEnd = Math.min(rowStart + TILE, dim)
    for (let columnStart = 0; columnStart < dim; columnStart += TILE) {
      const columnEnd = Math.min(columnStart + TILE, dim)
      for (let i = rowStart; i < rowEnd; i++) {
        for (let j = columnStart; j < columnEnd; j++) out[j * dim + i] = matrix[i * dim + j]
      }
    }
  }
  return out
}
