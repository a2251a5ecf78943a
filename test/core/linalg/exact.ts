// Exact arithmetic on float64 matrices: every finite float64 is an integer times a power of two.

interface Dyadic {
  readonly mantissa: bigint
  readonly exponent: number
}

function dyadic(value: number): Dyadic {
  if (!Number.isFinite(value)) throw new RangeError(`${value} has no exact form`)
  let exponent = 0
  let mantissa = value
  while (!Number.isInteger(mantissa)) {
    mantissa *= 2
    exponent--
  }
  return { mantissa: BigInt(mantissa), exponent }
}

/** The numbers as integers over one common power of two, 2^-shift. */
function integers(values: Float64Array): { numbers: bigint[]; shift: number } {
  const parts = Array.from(values, dyadic)
  const shift = -Math.min(0, ...parts.map((p) => p.exponent))
  return { numbers: parts.map((p) => p.mantissa << BigInt(p.exponent + shift)), shift }
}

/** True where the symmetric integer matrix [dim, dim] is positive definite: all leading minors > 0 (Bareiss). */
function isPositiveDefinite(matrix: bigint[], dim: number): boolean {
  const a = matrix.slice()
  let previous = 1n
  for (let k = 0; k < dim; k++) {
    if (a[k * dim + k] <= 0n) return false
    for (let i = k + 1; i < dim; i++) {
      for (let j = k + 1; j < dim; j++) {
        a[i * dim + j] = (a[i * dim + j] * a[k * dim + k] - a[i * dim + k] * a[k * dim + j]) / previous
      }
    }
    previous = a[k * dim + k]
  }
  return true
}

/** Is lambda_min(matrix) > floor, in exact arithmetic? `matrix` [dim, dim] symmetric. */
export function exceedsEigenvalue(matrix: Float64Array, dim: number, floor: number): boolean {
  const { numbers } = integers(Float64Array.from([...matrix, floor]))
  const shift = numbers[dim * dim]
  return isPositiveDefinite(
    numbers.slice(0, -1).map((x, k) => (k % (dim + 1) === 0 ? x - shift : x)),
    dim,
  )
}

/** Is sigma_min(matrix) > floor, in exact arithmetic? `matrix` [dim, dim]. */
export function exceedsSingularValue(matrix: Float64Array, dim: number, floor: number): boolean {
  const { numbers } = integers(Float64Array.from([...matrix, floor]))
  const gram = Array.from({ length: dim * dim }, (_, k) => {
    const i = Math.floor(k / dim)
    const j = k % dim
    let sum = 0n
    for (let r = 0; r < dim; r++) sum += numbers[r * dim + i] * numbers[r * dim + j]
    return i === j ? sum - numbers[dim * dim] ** 2n : sum
  })
  return isPositiveDefinite(gram, dim)
}
