// @ts-check
// Attention by operations of TensorFlow.js alone, differentiated by its autodiff: what the operation of attend-op.mjs is compared with.
import { add, gather, matMul, mul, reshape, softmax, tensor, tensor1d } from '@tensorflow/tfjs-core'

/** @typedef {import('@tensorflow/tfjs-core').Tensor} Tensor */

/** Added to a logit: its weight is then 0. */
const HIDDEN = -1e9

/**
 * softmax(QKᵀ / sqrt(d)) V of [batch, heads, m, d], [batch, heads, n, d] and [batch, heads, n, dv].
 * @param {Tensor} queries
 * @param {Tensor} keys
 * @param {Tensor} values
 * @returns {Tensor}
 */
export function fullAttention(queries, keys, values) {
  return matMul(softmax(logits(queries, keys)), values)
}

/**
 * The same over the pairs that `isKept` names, the others hidden by a constant mask.
 * @param {Tensor} queries
 * @param {Tensor} keys
 * @param {Tensor} values
 * @param {(head: number, i: number, j: number) => boolean} isKept whether query i of a head attends to key j
 * @returns {Tensor}
 */
export function maskedAttention(queries, keys, values, isKept) {
  const [batch, heads, m] = lengthsOf(queries)
  const [, , n] = lengthsOf(keys)
  const mask = Float32Array.from({ length: batch * heads * m * n }, (_, at) =>
    isKept(Math.floor(at / (m * n)), Math.floor(at / n) % m, at % n) ? 0 : HIDDEN,
  )
  return matMul(softmax(add(logits(queries, keys), tensor(mask, [batch, heads, m, n]))), values)
}

/**
 * The same over the keys `keyIds` of each head, as many in each, gathered as a constant.
 * @param {Tensor} queries
 * @param {Tensor} keys
 * @param {Tensor} values
 * @param {readonly Float64Array[]} keyIds
 * @returns {Tensor}
 */
export function gatheredAttention(queries, keys, values, keyIds) {
  return fullAttention(queries, gathered(keys, keyIds), gathered(values, keyIds))
}

/**
 * The same for backends without a gradient of `gather` (wasm): a product with rows of the identity.
 * @param {Tensor} queries
 * @param {Tensor} keys
 * @param {Tensor} values
 * @param {readonly Float64Array[]} keyIds
 * @returns {Tensor}
 */
export function pickedAttention(queries, keys, values, keyIds) {
  const [batch, heads, n] = lengthsOf(keys)
  const kept = keyIds[0].length
  // Not by `oneHot`: of float32 the wasm backend writes the bits of integers.
  const ones = new Float32Array(batch * heads * kept * n)
  keyIds.flatMap((ids) => [...ids]).forEach((id, row) => (ones[row * n + id] = 1))
  const picks = tensor(ones, [batch, heads, kept, n])
  return fullAttention(queries, matMul(picks, keys), matMul(picks, values))
}

/**
 * Rows `keyIds` of each head: [batch, heads, n, d] to [batch, heads, kept, d].
 * @param {Tensor} rows
 * @param {readonly Float64Array[]} keyIds
 */
function gathered(rows, keyIds) {
  const [batch, heads, n, d] = lengthsOf(rows)
  const ids = keyIds.flatMap((own, head) => [...own].map((id) => head * n + id))
  const kept = gather(reshape(rows, [batch * heads * n, d]), tensor1d(ids, 'int32'))
  return reshape(kept, [batch, heads, keyIds[0].length, d])
}

/**
 * [batch, heads, m, n]
 * @param {Tensor} queries
 * @param {Tensor} keys
 */
function logits(queries, keys) {
  return mul(matMul(queries, keys, false, true), 1 / Math.sqrt(lengthsOf(queries)[3]))
}

/**
 * The shape of a tensor of four axes.
 * @param {Tensor} tensor
 */
function lengthsOf({ shape }) {
  return /** @type {[number, number, number, number]} */ (/** @type {unknown} */ (shape))
}
