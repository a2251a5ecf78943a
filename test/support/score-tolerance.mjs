// @ts-check
/** The accuracy that theory.md section 8 promises of a score, p = 2. */

/** @typedef {import('./oracle.ts').DenseMatrix} DenseMatrix */

/**
 * (query, key) -> 1e-9 + 4 p d u Σ D_a|q_a| / |Kq| + 2 p d u |q||k| / |<q,k>|, relative.
 * @param {DenseMatrix} keys
 * @param {DenseMatrix} queries
 * @returns {(query: number, key: number) => number}
 */
export function scoreTolerance(keys, queries) {
  const { rows, cols } = keys
  const u = 2 ** -53
  const columnNorms = new Float64Array(cols)
  for (let i = 0; i < rows; i++) for (let a = 0; a < cols; a++) columnNorms[a] += keys.data[i * cols + a] ** 2
  /** @type {Map<number, number>} */
  const perQuery = new Map()
  const queryPart = (/** @type {number} */ query) => {
    const q = row(queries, query)
    let rowSum = 0
    for (let i = 0; i < rows; i++) rowSum += dot(q, row(keys, i)) ** 2
    const size = q.reduce((sum, value, a) => sum + Math.sqrt(columnNorms[a]) * Math.abs(value), 0)
    return (8 * cols * u * size) / Math.sqrt(rowSum)
  }
  return (query, key) => {
    if (!perQuery.has(query)) perQuery.set(query, queryPart(query))
    const q = row(queries, query)
    const k = row(keys, key)
    const pairPart = (4 * cols * u * Math.sqrt(dot(q, q) * dot(k, k))) / Math.abs(dot(q, k))
    return 1e-9 + (perQuery.get(query) ?? 0) + pairPart
  }
}

/**
 * @param {DenseMatrix} matrix
 * @param {number} index
 */
function row({ cols, data }, index) {
  return data.subarray(index * cols, (index + 1) * cols)
}

/**
 * @param {Float64Array} a
 * @param {Float64Array} b
 */
function dot(a, b) {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i]
  return sum
}
