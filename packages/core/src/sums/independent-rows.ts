import { columnMaxima, exponentOf, NO_EXPONENT, scaleColumns } from '../arithmetic/column-exponents.ts'
import { denseBy } from '../kernels/dense.ts'
import type { Kernels } from '../kernels/kernels.ts'
import { withScratch } from '../kernels/with-scratch.ts'

/** The least eigenvalue of the rows' equilibrated Gram that shows them to be independent: 250 times what rounding makes of 0. */
const APART = 1e-6

/**
 * Whether `rows` [n, d], n <= d, are linearly independent, as far as float64 shows it: then each has leverage 1, whatever it holds. False
 * where it does not show it, or where an entry is NaN or infinite.
 *
 * Columns are scaled by powers of two first, which changes neither dependence nor, as long as no entry becomes too small, a bit: so
 * what is shown does not depend on the units of the columns. Of rows scaled to length 1 (however well: scaling a row leaves it independent) an entry of the Gram [n, n] is off by gamma_{d+2}, its
 * eigenvalues so by n gamma_{d+2} < 1.9e-9 for n, d <= 4096. Cholesky of G - 1e-6 succeeds only where that is positive up to
 * gamma_{n+1}/(1 - gamma_{n+1}) trace, its trace at most n (Higham 2002, Theorem 10.3; smallest-eigenvalue.ts): 1.9e-9 again. So where
 * it does the least eigenvalue is above 9.9e-7.
 */
export function areIndependent(
  kernels: Kernels,
  rows: Float32Array | Float64Array,
  n: number,
  d: number,
): boolean {
  const scaled = inScaledColumns(rows, n, d)
  if (scaled === undefined) return false
  return withScratch(kernels, () => {
    const turned = kernels.f64(n * d)
    for (let i = 0; i < n; i++) {
      const length = lengthOf(scaled, i * d, d, 1)
      if (!(length > 0 && length < Infinity)) return false
      for (let a = 0; a < d; a++) turned[a * n + i] = scaled[i * d + a] / length
    }
    const gram = rowGram(kernels, turned, n, d)
    for (let i = 0; i < n; i++) gram[i * (n + 1)] -= APART
    return kernels.cholesky(kernels.f64(n * n), gram, n) < 0
  })
}

/** Entries below it would lose bits when they are scaled again. */
const SMALLEST = 2 ** -900

/** `rows` [n, d] with the largest entry of each column from 1/2 to 1, exactly; undefined where an entry is not finite, or too small for that. */
export function inScaledColumns(
  rows: Float32Array | Float64Array,
  n: number,
  d: number,
): Float64Array | undefined {
  const maxima = new Float64Array(d)
  const scaled = Float64Array.from(rows)
  columnMaxima(maxima, scaled, n)
  if (maxima.includes(Infinity)) return undefined
  scaleColumns(
    scaled,
    n,
    Int32Array.from(maxima, (largest) => (largest === 0 ? NO_EXPONENT : exponentOf(largest))),
  )
  const isTooSmall = (x: number, at: number) => Math.abs(x) < SMALLEST && rows[at] !== 0
  return scaled.some(isTooSmall) ? undefined : scaled
}

/** The Gram [n, n] of `rows` [n, d]. */
export function gramAmongRows(kernels: Kernels, rows: Float64Array, n: number, d: number): Float64Array {
  return withScratch(kernels, () => {
    const turned = kernels.f64(n * d)
    for (let i = 0; i < n; i++) for (let a = 0; a < d; a++) turned[a * n + i] = rows[i * d + a]
    return rowGram(kernels, turned, n, d).slice()
  })
}

/** The eigenvalues [n], ascending, of K D⁻¹ D⁻¹ Kᵀ for K = `rows` [n, d] of finite numbers, D the lengths of its columns: those of H but for d - n zeros. */
export function eigenvaluesOfRows(
  kernels: Kernels,
  rows: Float32Array | Float64Array,
  n: number,
  d: number,
): Float64Array {
  return withScratch(kernels, () => {
    const turned = kernels.f64(n * d)
    for (let a = 0; a < d; a++) {
      const length = lengthOf(rows, a, n, d)
      if (length > 0) for (let i = 0; i < n; i++) turned[a * n + i] = rows[i * d + a] / length
    }
    return denseBy(kernels).eigenvalues(rowGram(kernels, turned, n, d), n)
  })
}

/** Kᵀ's Gram [n, n], both triangles, of K turned, [d, n]; in scratch. */
function rowGram(kernels: Kernels, turned: Float64Array, n: number, d: number): Float64Array {
  const gram = kernels.f64(n * n)
  kernels.addGram(gram, turned, d, n)
  for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) gram[i * n + j] = gram[j * n + i]
  return gram
}

/** Of `count` entries from `start`, `step` apart; by the largest of them, so that no square is beyond float64. */
function lengthOf(values: Float32Array | Float64Array, start: number, count: number, step: number): number {
  const end = start + count * step
  let largest = 0
  for (let at = start; at < end; at += step) largest = Math.max(largest, Math.abs(values[at]))
  if (!(largest > 0 && largest < Infinity)) return largest
  let sum = 0
  for (let at = start; at < end; at += step) sum += (values[at] / largest) ** 2
  return largest * Math.sqrt(sum)
}
