/** Queries that bring one key as near to its |q.k|^p sensitivity as a simple search can, written from the definition. */
import { Matrix, pseudoInverse } from 'ml-matrix'
import { attentionRow, row, type DenseMatrix } from './oracle.ts'

/**
 * Iteratively reweighted least squares for min Σ_l |<k_l,y>|^p with <k_j,y> = 1, damped for large p; the best iterate
 * is returned. For p < 1 the problem is not convex, and any iterate is a fair attack all the same.
 */
export function adversarialQuery(keys: DenseMatrix, key: number, p: number, rounds = 12): Float64Array {
  const { rows, cols } = keys
  const target = row(keys, key)
  let weights = new Float64Array(rows).fill(1)
  let best = Float64Array.from(target)
  let bestShare = shareOf(keys, best, key, p)
  for (let round = 0; round < rounds; round++) {
    const gram = new Float64Array(cols * cols)
    for (let j = 0; j < rows; j++) {
      const k = row(keys, j)
      for (let a = 0; a < cols; a++)
        for (let b = 0; b < cols; b++) gram[a * cols + b] += weights[j] * k[a] * k[b]
    }
    const inverse = pseudoInverse(Matrix.from1DArray(cols, cols, gram))
    const y = Float64Array.from(inverse.mmul(Matrix.columnVector(target)).to1DArray())
    const share = shareOf(keys, y, key, p)
    if (share > bestShare) {
      best = y
      bestShare = share
    }
    const dots = Float64Array.from({ length: rows }, (_, j) => Math.abs(dot(row(keys, j), y)))
    const largest = Math.max(...dots)
    if (!(largest > 0)) break
    const step = p > 3 ? 1 / (p - 2) : 1
    const wanted = dots.map((size) => Math.max(size / largest, 1e-6) ** (p - 2))
    weights = weights.map((w, j) => w ** (1 - step) * wanted[j] ** step)
  }
  return best
}

/** A_ij of query `y` and key `key`; 0 where undefined. */
export function shareOf(keys: DenseMatrix, y: Float64Array, key: number, p: number): number {
  return attentionRow(y, keys, p)?.[key] ?? 0
}

/** Ids of the keys whose share of query `y` is not within their bound, `room` of it allowed. */
export function keysAboveBounds(
  keys: DenseMatrix,
  y: Float64Array,
  p: number,
  { rowIds, bounds }: { readonly rowIds: Float64Array; readonly bounds: Float64Array },
  room: number,
): number[] {
  const shares = attentionRow(y, keys, p)
  return Array.from(rowIds).filter((key, slot) => !((shares?.[key] ?? 0) <= bounds[slot] * (1 + room)))
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i]
  return sum
}
