// @ts-check
// Attention over selected keys as an operation of TensorFlow.js with a gradient of its own: core's `attendWithGradient`, head by head.
import { attendWithGradient } from '@levattention/core'
import { customGrad, tensor } from '@tensorflow/tfjs-core'

/**
 * @typedef {import('@tensorflow/tfjs-core').Tensor} Tensor
 * @typedef {import('@levattention/core').AttendOptions} AttendOptions
 * @typedef {import('@levattention/core').AttendedWithGradient} AttendedWithGradient
 *
 * `keyIds`: of each head the fixed set, row ids, ascending.
 * @typedef {{ readonly output: Tensor, readonly keyIds: readonly Float64Array[] }} Attended
 */

/**
 * softmax(scale Q Kᵀ) V of every head, over the keys that `options.selection` keeps. Queries [batch, heads, m, d], keys
 * [batch, heads, n, d], values [batch, heads, n, dv], output [batch, heads, m, dv], all float32. Differentiable once with respect to
 * all three, the chosen keys a constant; a second derivative is refused by TensorFlow.js. It reads the tensors synchronously
 * (`dataSync`), so it is for backends that can: cpu and wasm. `options` are those of core's `attend`, one for all heads; with
 * `seed` all heads draw the same rows. Throws LevError as core does, and TypeError for other shapes and types.
 *
 * @param {Tensor} queries
 * @param {Tensor} keys
 * @param {Tensor} values
 * @param {AttendOptions} options
 * @returns {Attended}
 */
export function attendOp(queries, keys, values, options) {
  const shape = shapeOf(queries, keys, values)
  const attended = headsOf([queries, keys, values], shape).map((head) => attendWithGradient(head, options))
  // Forward and gradient are core's, on arrays that outlive the tensors: nothing is saved in TensorFlow.js.
  const operation = customGrad(() => ({
    value: outputOf(attended, shape),
    gradFunc: (/** @type {Tensor} */ dOutput) => gradientsOf(attended, dOutput, shape),
  }))
  return { output: operation(queries, keys, values), keyIds: attended.map((head) => head.keyIds) }
}

/**
 * @typedef {object} Shape
 * @property {number} batch
 * @property {number} count of heads in each
 * @property {number} m queries
 * @property {number} n keys
 * @property {number} d
 * @property {number} dv
 */

/**
 * Throws TypeError where the tensors do not fit together.
 * @param {Tensor} queries
 * @param {Tensor} keys
 * @param {Tensor} values
 * @returns {Shape}
 */
function shapeOf(queries, keys, values) {
  for (const [name, { shape, dtype }] of Object.entries({ queries, keys, values })) {
    if (shape.length !== 4)
      throw new TypeError(`${name} are [${shape.join(', ')}]; reshape them to [batch, heads, rows, columns]`)
    if (dtype !== 'float32') throw new TypeError(`${name} are ${dtype}; cast them to float32`)
  }
  const [batch, count, m, d] = queries.shape
  const [, , n, dv] = values.shape
  requireShape('keys', keys.shape, [batch, count, n, d])
  requireShape('values', values.shape, [batch, count, n, dv])
  return { batch, count, m, n, d, dv }
}

/**
 * @param {string} name
 * @param {readonly number[]} found
 * @param {readonly number[]} wanted
 */
function requireShape(name, found, wanted) {
  if (wanted.every((length, axis) => found[axis] === length)) return
  throw new TypeError(
    `${name} are [${found.join(', ')}]; beside these queries and values [${wanted.join(', ')}] fit`,
  )
}

/**
 * Queries, keys and values of each head, read in place.
 * @param {readonly Tensor[]} tensors
 * @param {Shape} shape
 * @returns {import('@levattention/core').DenseHead[]}
 */
function headsOf(tensors, { batch, count, m, n, d, dv }) {
  const [queries, keys, values] = tensors.map(numbersOf)
  const matrix = (
    /** @type {Float32Array} */ all,
    /** @type {number} */ h,
    /** @type {number} */ rows,
    /** @type {number} */ cols,
  ) => ({
    data: all.subarray(h * rows * cols, (h + 1) * rows * cols),
    rows,
    cols,
  })
  return Array.from({ length: batch * count }, (_, h) => ({
    queries: matrix(queries, h, m, d),
    keys: matrix(keys, h, n, d),
    values: matrix(values, h, n, dv),
  }))
}

/**
 * [batch, heads, m, dv]
 * @param {readonly AttendedWithGradient[]} attended
 * @param {Shape} shape
 */
function outputOf(attended, { batch, count, m, dv }) {
  return tensor(joined(attended.map(({ output }) => output)), [batch, count, m, dv], 'float32')
}

/**
 * dL/dQ, dL/dK and dL/dV, each of its tensor's shape.
 * @param {readonly AttendedWithGradient[]} attended
 * @param {Tensor} dOutput dL/dO [batch, heads, m, dv]
 * @param {Shape} shape
 */
function gradientsOf(attended, dOutput, { batch, count, m, n, d, dv }) {
  const slopes = numbersOf(dOutput)
  const heads = attended.map((head, h) => head.gradient(slopes.subarray(h * m * dv, (h + 1) * m * dv)))
  return [
    tensor(joined(heads.map(({ queries }) => queries)), [batch, count, m, d], 'float32'),
    tensor(joined(heads.map(({ keys }) => keys)), [batch, count, n, d], 'float32'),
    tensor(joined(heads.map(({ values }) => values)), [batch, count, n, dv], 'float32'),
  ]
}

/** @param {Tensor} given */
function numbersOf(given) {
  return /** @type {Float32Array} */ (given.dataSync())
}

/** @param {readonly import('@levattention/core').Floats[]} parts of one length */
function joined(parts) {
  const all = new Float32Array(parts.length * (parts[0]?.length ?? 0))
  parts.forEach((part, at) => all.set(part, at * part.length))
  return all
}
