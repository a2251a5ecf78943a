// For each key k of K the query G⁻¹k, G = KᵀK, which gives it the largest share of |q.k|² attention that any query can.
import { readFileSync, writeFileSync } from 'node:fs'

/** Row-major float32 of a version 1.0 .npy [rows, cols]. */
function readRows(path) {
  const bytes = readFileSync(path)
  const start = 10 + bytes.readUInt16LE(8)
  const header = bytes.subarray(0, start)
  const [, rows, cols] = /\((\d+), (\d+)\)/.exec(header.toString('latin1')).map(Number)
  return { header, rows, cols, data: new Float32Array(Uint8Array.from(bytes.subarray(start)).buffer) }
}

/** L [cols, cols], lower triangular, of G = L Lᵀ. */
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

/** x of L Lᵀ x = key. */
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

export function writeBestQueries(keysPath, queriesPath) {
  const keys = readRows(keysPath)
  const { header, rows, cols, data } = keys
  const factor = gramFactor(keys)
  const queries = new Float32Array(rows * cols)
  for (let row = 0; row < rows; row++) {
    queries.set(solve(factor, cols, data.subarray(row * cols, (row + 1) * cols)), row * cols)
  }
  writeFileSync(queriesPath, Buffer.concat([header, Buffer.from(queries.buffer)]))
}
