import { exponentOf, powerOfTwo } from './power-of-two'

// linalg/symmetric-eigen.ts: what comes before the reduction.

/** The largest size in the lower triangle of `matrix` [dim, dim]; NaN where it has one. */
export function largest_of_lower(matrix: usize, dim: usize): f64 {
  let largest: f64 = 0
  for (let i: usize = 0; i < dim; i++) {
    const row = matrix + ((i * dim) << 3)
    for (let j: usize = 0; j <= i; j++) largest = max(largest, abs(load<f64>(row + (j << 3))))
  }
  return largest
}

/**
 * The lower triangle of `matrix` times the power of two that brings `largest`, of it, into [1, 2), to `work` [dim, dim]; returns what
 * undoes it.
 */
export function scale_lower(work: usize, matrix: usize, dim: usize, largest: f64): f64 {
  const exponent = largest === 0 ? 0 : max(-1022, min(1022, exponentOf(largest)))
  const scale = powerOfTwo(-exponent)
  for (let i: usize = 0; i < dim; i++) {
    const start = (i * dim) << 3
    const end = start + (i << 3)
    for (let at = start; at <= end; at += 8) store<f64>(work + at, load<f64>(matrix + at) * scale)
  }
  return powerOfTwo(exponent)
}
