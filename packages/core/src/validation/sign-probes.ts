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
