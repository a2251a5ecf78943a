// @ts-check
// For each key k of K the query G⁻¹k, G = KᵀK, which gives it the largest share of |q.k|² attention that any query can.
import { writeFileSync } from 'node:fs'
import { npyBytes, readNpyMatrix } from '../../test/support/npy.mjs'

/** @typedef {import('../../test/support/oracle.ts').DenseMatrix} DenseMatrix */

/**
 * L [cols, cols], lower triangular, of G = L Lᵀ.
 * @param {DenseMatrix} keys
 */
function gramFactor({ rows, cols, data }) {
  const factor = new Float64Array(cols * cols)
  for (let a = 0; a < cols; a++) {
    for (let b = 0; b <= a; b++) {
      let sum = 0
      for (let row = 0; row < rows; row++) sum += data[row * cols + a] * data[row * cols + b]
      for (let c = 0; c < b; c++) sum -= factor[a * cols + c] * factor[b * cols + c]
      factor[a * cols + b] = a === b ? Math.sqrt(sum) : sum / factor[b * cols + b]
    }
  }
  return factor
}

/**
 * x of L Lᵀ x = key.
 * @param {Float64Array} factor
 * @param {number} cols
 * @param {Float64Array} key
 */
function solve(factor, cols, key) {
  const x = Float64Array.from(key)
  for (let a = 0; a < cols; a++) {
    for (let b = 0; b < a; b++) x[a] -= factor[a * cols + b] * x[b]
    x[a] /= factor[a * cols + a]
  }
  for (let a = cols - 1; a >= 0; a--) {
    for (let b = a + 1; b < cols; b++) x[a] -= factor[b * cols + a] * x[b]
    x[a] /= factor[a * cols + a]
  }
  return x
}

/**
 * @param {string} keysPath
 * @param {string} queriesPath
 */
export function writeBestQueries(keysPath, queriesPath) {
  const keys = readNpyMatrix(keysPath)
  const { rows, cols, data } = keys
  const factor = gramFactor(keys)
  const queries = new Float32Array(rows * cols)
  for (let row = 0; row < rows; row++) {
    queries.set(solve(factor, cols, data.subarray(row * cols, (row + 1) * cols)), row * cols)
  }
  writeFileSync(queriesPath, npyBytes([rows, cols], queries))
}
