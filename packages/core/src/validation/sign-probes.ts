import { solveLower, solveLowerTranspose } from '../linalg/triangular.ts'

/** One that is off in a single entry is always seen; one whose errors cancel for a probe, by the others. */
const PROBES = 4

/**
 * Vectors of signs [dim], fixed: a matrix that is not the one it should be gives another product with them, at the cost of d²
 * instead of d³ operations (Freivalds).
 */
export function signProbes(dim: number): Float64Array[] {
  let state = 0x9e3779b9
  return Array.from({ length: PROBES }, () =>
    Float64Array.from({ length: dim }, () => {
      state ^= state << 13
      state ^= state >>> 17
      state ^= state << 5
      return (state & 1) === 0 ? 1 : -1
    }),
  )
}

/** matrix · vector, [dim, dim] row-major. */
export function timesVector(matrix: Float64Array, vector: Float64Array): Float64Array {
  const dim = vector.length
  return Float64Array.from(vector, (_, a) => {
    let sum = 0
    for (let b = 0; b < dim; b++) sum += matrix[a * dim + b] * vector[b]
    return sum
  })
}

/** matrixᵀ · vector. */
export function transposeTimesVector(matrix: Float64Array, vector: Float64Array): Float64Array {
  const dim = vector.length
  const sums = new Float64Array(dim)
  for (let a = 0; a < dim; a++) for (let b = 0; b < dim; b++) sums[b] += matrix[a * dim + b] * vector[a]
  return sums
}

/** The symmetric matrix whose upper triangle `upper` [dim, dim] holds, times `vector`. */
export function symmetricTimesVector(upper: Float64Array, vector: Float64Array): Float64Array {
  const dim = vector.length
  const sums = new Float64Array(dim)
  for (let a = 0; a < dim; a++) {
    sums[a] += upper[a * dim + a] * vector[a]
    for (let b = a + 1; b < dim; b++) {
      sums[a] += upper[a * dim + b] * vector[b]
      sums[b] += upper[a * dim + b] * vector[a]
    }
  }
  return sums
}

export function innerProduct(x: Float64Array, y: Float64Array): number {
  let sum = 0
  for (let a = 0; a < x.length; a++) sum += x[a] * y[a]
  return sum
}

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
