import { solveLower, solveLowerTranspose } from '../linalg/triangular.ts'
import { innerProduct, symmetricTimesVector } from './sign-probes.ts'

const ITERATIONS = 4

/**
 * Nearly the smallest eigenvalue of N⁻¹MN⁻¹, and never below it but for rounding: a Rayleigh quotient, found by inverse
 * iteration with `lower` lowerᵀ, which is M or near it. `upper` [dim, dim]: M's upper triangle; `norms` [dim]: N's diagonal.
 * Infinity where numbers leave their range. O(dim²).
 */
export function leastEigenvalue(upper: Float64Array, lower: Float64Array, norms: Float64Array): number {
  const dim = norms.length
  let vector: Float64Array = Float64Array.from({ length: dim }, (_, a) => 1 + ((a * 7) % 11) / 11)
  let least = Infinity
  for (let i = 0; i < ITERATIONS; i++) {
    const wide = vector.map((value, a) => value * norms[a])
    const solved = solveLowerTranspose(lower, solveLower(lower, wide, dim), dim)
    const image = solved.map((value, a) => value * norms[a])
    const size = Math.sqrt(innerProduct(image, image))
    vector = image.map((value) => value / size)
    const narrow = vector.map((value, a) => value / norms[a])
    const quotient = innerProduct(narrow, symmetricTimesVector(upper, narrow)) / innerProduct(vector, vector)
    if (!Number.isFinite(quotient)) return least
    least = Math.min(least, quotient)
  }
  return least
}
