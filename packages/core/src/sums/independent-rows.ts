import type { Kernels } from '../kernels/kernels.ts'
import { withScratch } from '../kernels/with-scratch.ts'

/** The least eigenvalue of the rows' equilibrated Gram that shows them to be independent: a thousand times what rounding makes of 0. */
const APART = 1e-6

/**
 * Whether `rows` [n, d], n <= d, are linearly independent, as far as float64 shows it: then each has leverage 1, whatever it holds. False
 * where it does not show it, or where an entry is NaN or infinite.
 *
 * Of rows scaled to length 1 the Gram [n, n] is off by gamma_{d+2} an entry, its eigenvalues so by n gamma_{d+2} < 3e-10 for n, d <= 1024,
 * and Cholesky of G - 1e-6 succeeds only where that is positive up to n gamma_{n+1} (Higham 2002, Theorem 10.3).
 */
export function areIndependent(
  kernels: Kernels,
  rows: Float32Array | Float64Array,
  n: number,
  d: number,
): boolean {
  return withScratch(kernels, () => {
    const turned = kernels.f64(n * d)
    for (let i = 0; i < n; i++) {
      const row = rows.subarray(i * d, (i + 1) * d)
      const length = lengthOf(row)
      if (!(length > 0 && length < Infinity)) return false
      for (let a = 0; a < d; a++) turned[a * n + i] = row[a] / length
    }
    const gram = kernels.f64(n * n)
    kernels.addGram(gram, turned, d, n)
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < i; j++) gram[i * n + j] = gram[j * n + i]
      gram[i * (n + 1)] -= APART
    }
    return kernels.cholesky(kernels.f64(n * n), gram, n) < 0
  })
}

/** By the largest entry first, so that no square is beyond float64. */
function lengthOf(row: Float32Array | Float64Array): number {
  let largest = 0
  for (const x of row) largest = Math.max(largest, Math.abs(x))
  if (!(largest > 0 && largest < Infinity)) return largest
  let sum = 0
  for (const x of row) sum += (x / largest) ** 2
  return largest * Math.sqrt(sum)
}
