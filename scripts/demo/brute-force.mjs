// @ts-check
// Brute force as fair as we can make it: our own float32 kernel over all keys, threshold folded into the queries.
import { compileKernels, openMatrix, wasmKernels } from '@levattention/core/internal'

/**
 * @typedef {import('@levattention/core/internal').Kernels} Kernels
 * @typedef {import('@levattention/core').MatrixSource} MatrixSource
 */

const KEY_BLOCK = 2048

/**
 * Seconds of finding every pair of `sampled` queries with score >= epsilon among all keys, on this thread.
 * @param {string} keysPath
 * @param {string} queriesPath
 * @param {number} sampled
 * @param {number} epsilon
 */
export async function bruteForceSeconds(keysPath, queriesPath, sampled, epsilon) {
  const kernels = wasmKernels(await compileKernels())
  const keys = openMatrix(keysPath)
  const queries = openMatrix(queriesPath)
  const dim = keys.cols
  const start = performance.now()
  const scaled = scaledQueries(kernels, keys, queries, sampled, epsilon)
  const block = kernels.f32(KEY_BLOCK * dim)
  const hits = kernels.u32(2 * sampled * KEY_BLOCK)
  for (let row = 0; row < keys.rows; row += KEY_BLOCK) {
    const count = Math.min(KEY_BLOCK, keys.rows - row)
    keys.readRows(row, row + count, block.subarray(0, count * dim))
    kernels.dotsAtLeastOne(hits, scaled, sampled, block, count, dim)
  }
  const seconds = (performance.now() - start) / 1000
  keys.close()
  queries.close()
  return seconds
}

/**
 * Queries [sampled, dim] divided by the root of epsilon times their row sum, which the Gram of the keys gives.
 * @param {Kernels} kernels
 * @param {MatrixSource} keys
 * @param {MatrixSource} queries
 * @param {number} sampled
 * @param {number} epsilon
 */
function scaledQueries(kernels, keys, queries, sampled, epsilon) {
  const dim = keys.cols
  const gram = kernels.f64(dim * dim)
  const block = kernels.f32(4096 * dim)
  for (let row = 0; row < keys.rows; row += 4096) {
    const count = Math.min(4096, keys.rows - row)
    keys.readRows(row, row + count, block.subarray(0, count * dim))
    kernels.addGram(gram, block.subarray(0, count * dim), count, dim)
  }
  const scaled = kernels.f32(sampled * dim)
  queries.readRows(0, sampled, scaled)
  for (let q = 0; q < sampled; q++) {
    const query = scaled.subarray(q * dim, (q + 1) * dim)
    let rowSum = 0
    for (let a = 0; a < dim; a++) {
      for (let b = a; b < dim; b++) rowSum += (a === b ? 1 : 2) * query[a] * query[b] * gram[a * dim + b]
    }
    const factor = 1 / Math.sqrt(epsilon * rowSum)
    query.forEach((value, a) => (query[a] = value * factor))
  }
  return scaled
}
