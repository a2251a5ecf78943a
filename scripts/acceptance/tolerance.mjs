const UNIT_ROUNDOFF = 2 ** -53

/**
 * How exact a score can be expected to be (theory.md section 8, p = 2), relative:
 * 1e-9 + 4 p d u (sum_a D_a |q_a|) / |K q| + 2 p d u |q| |k| / |<q, k>|. keys [rows, dim] and queries [m, dim] are row-major.
 */
export function scoreTolerance(keys, queries, dim) {
  const norms = columnNorms(keys, dim)
  const queryParts = new Map()
  return (query, key) => {
    const q = queries.subarray(query * dim, (query + 1) * dim)
    if (!queryParts.has(query)) queryParts.set(query, queryPart(keys, q, norms))
    const k = keys.subarray(key * dim, (key + 1) * dim)
    const pairPart = (4 * dim * UNIT_ROUNDOFF * Math.sqrt(dot(q, q) * dot(k, k))) / Math.abs(dot(q, k))
    return 1e-9 + queryParts.get(query) + pairPart
  }
}

function queryPart(keys, q, norms) {
  const dim = q.length
  let rowSum = 0
  for (let at = 0; at < keys.length; at += dim) rowSum += dot(q, keys.subarray(at, at + dim)) ** 2
  const size = q.reduce((sum, value, a) => sum + norms[a] * Math.abs(value), 0)
  return (8 * dim * UNIT_ROUNDOFF * size) / Math.sqrt(rowSum)
}

function columnNorms(keys, dim) {
  const squares = new Float64Array(dim)
  for (let i = 0; i < keys.length; i++) squares[i % dim] += keys[i] ** 2
  return squares.map(Math.sqrt)
}

function dot(a, b) {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i]
  return sum
}
