// @ts-check

/**
 * The solution of a linear system [dim, dim] by Gauss elimination with pivots: for scripts that try others' algebra.
 * @param {Float64Array} matrixGiven
 * @param {Float64Array} right
 * @param {number} dim
 */
export function solve(matrixGiven, right, dim) {
  const m = Float64Array.from(matrixGiven)
  const x = Float64Array.from(right)
  for (let k = 0; k < dim; k++) {
    let pivot = k
    for (let i = k + 1; i < dim; i++) if (Math.abs(m[i * dim + k]) > Math.abs(m[pivot * dim + k])) pivot = i
    for (let j = 0; j < dim; j++) [m[k * dim + j], m[pivot * dim + j]] = [m[pivot * dim + j], m[k * dim + j]]
    ;[x[k], x[pivot]] = [x[pivot], x[k]]
    for (let i = k + 1; i < dim; i++) {
      const factor = m[i * dim + k] / m[k * dim + k]
      for (let j = k; j < dim; j++) m[i * dim + j] -= factor * m[k * dim + j]
      x[i] -= factor * x[k]
    }
  }
  for (let k = dim - 1; k >= 0; k--) {
    for (let j = k + 1; j < dim; j++) x[k] -= m[k * dim + j] * x[j]
    x[k] /= m[k * dim + k]
  }
  return x
}
