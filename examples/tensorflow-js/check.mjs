// @ts-check
// node check.mjs: outputs and gradients of the operation against TensorFlow.js's own attention and autodiff, on both backends, and the
// rounding of either against core in float64. Prints a table; exit code 1 where a row is wrong.
import { attendWithGradient } from '@levattention/core'
import { cast, grad, grads, mul, randomNormal, reshape, sum, tidy } from '@tensorflow/tfjs-core'
import { attendOp } from './attend-op.mjs'
import { BACKENDS, useBackend } from './backends.mjs'
import { fullAttention, gatheredAttention, maskedAttention, pickedAttention } from './own-attention.mjs'

/**
 * @typedef {import('@tensorflow/tfjs-core').Tensor} Tensor
 * @typedef {import('@levattention/core').AttendOptions} AttendOptions
 * @typedef {(queries: Tensor, keys: Tensor, values: Tensor, keyIds: readonly Float64Array[]) => Tensor} Own
 *
 * @typedef {object} Case
 * @property {string} name
 * @property {AttendOptions} options
 * @property {Own} own the same attention by operations of TensorFlow.js
 * @property {number} [m] queries; as many as keys where it is absent
 */

/** Of the largest entry of a tensor. Chosen: some ten times what is found; a wrong term is off by 1e-2 and more. */
const MOST = 1e-5

const SHAPE = { batch: 2, heads: 3, n: 24, d: 8, dv: 6 }
const NAMES = ['output', 'dQ', 'dK', 'dV']

/** @type {Own} */
const windowed = (q, k, v, keyIds) =>
  maskedAttention(q, k, v, (head, i, j) => Math.abs(i - j) <= 1 || keyIds[head].includes(j))

/**
 * @param {(typeof BACKENDS)[number]} backend
 * @returns {Case[]}
 */
function casesOf(backend) {
  // The wasm backend has no gradient of `gather`.
  const selected = backend === 'wasm' ? pickedAttention : gatheredAttention
  return [
    { name: 'full', options: { selection: { full: true } }, own: fullAttention },
    { name: 'full, 7 queries', options: { selection: { full: true } }, own: fullAttention, m: 7 },
    { name: 'leverage 6', options: { selection: { rule: 'leverage', keep: 6 } }, own: selected },
    {
      name: 'norm-max 6, 7 queries',
      options: { selection: { rule: 'norm-max', keep: 6 } },
      own: selected,
      m: 7,
    },
    { name: 'random 6', options: { selection: { rule: 'random', keep: 6, seed: 3 } }, own: selected },
    {
      name: 'causal',
      options: { causal: true, selection: { full: true } },
      own: (q, k, v) => maskedAttention(q, k, v, (_, i, j) => j <= i),
    },
    {
      name: 'leverage 6 and local 1',
      options: { selection: { rule: 'leverage', keep: 6, local: 1 } },
      own: windowed,
    },
  ]
}

let mostFound = 0
console.log(`largest difference, of the largest entry; ${MOST} is the most that is right`)
console.log(`${''.padEnd(32)}${NAMES.map((name) => name.padStart(9)).join('')}   rounding: ours, theirs`)
for (const backend of BACKENDS) {
  await useBackend(backend)
  for (const [seed, one] of casesOf(backend).entries()) tidy(() => checkCase(backend, one, seed))
  tidy(() => checkControl(backend))
  tidy(() => checkRefusals(backend))
}
console.log(
  `operation and TensorFlow.js differ by at most ${mostFound.toExponential(1)} of the largest entry`,
)

/**
 * @param {string} backend
 * @param {Case} one
 * @param {number} seed
 */
function checkCase(backend, { name, options, own, m }, seed) {
  const { inputs, slopes } = drawn(seed, m)
  const [queries, keys, values] = inputs
  const { keyIds } = attendOp(queries, keys, values, options)
  const ours = outputAndGradients((q, k, v) => attendOp(q, k, v, options).output, inputs, slopes)
  const theirs = outputAndGradients((q, k, v) => own(q, k, v, keyIds), inputs, slopes)
  const exact = inFloat64(inputs, slopes, options)
  const differences = ours.map((found, at) => difference(found, theirs[at]))
  const roundingOf = (/** @type {readonly ArrayLike<number>[]} */ all) =>
    Math.max(...all.map((found, at) => difference(found, exact[at]))).toExponential(1)
  const holds = differences.every((off) => off <= MOST)
  mostFound = Math.max(mostFound, ...differences)
  say(`${backend}: ${name}`, differences, holds, `${roundingOf(ours)}, ${roundingOf(theirs)}`)
}

/**
 * The comparison can fail: against the keys of another seed it does.
 * @param {string} backend
 */
function checkControl(backend) {
  const { inputs, slopes } = drawn(99)
  const optionsOf = (/** @type {number} */ seed) =>
    /** @type {AttendOptions} */ ({ selection: { rule: 'random', keep: 6, seed } })
  const [ours, others] = [1, 2].map((seed) =>
    outputAndGradients((q, k, v) => attendOp(q, k, v, optionsOf(seed)).output, inputs, slopes),
  )
  const differences = ours.map((found, at) => difference(found, others[at]))
  say(
    `${backend}: control, other keys`,
    differences,
    differences.every((off) => off > 100 * MOST),
  )
}

/**
 * What the operation cannot do is refused: it never gives a wrong number for it.
 * @param {string} backend
 */
function checkRefusals(backend) {
  const [queries, keys, values] = drawn(0).inputs
  const full = /** @type {const} */ ({ selection: { full: true } })
  const total = (/** @type {Tensor} */ k) => sum(attendOp(queries, k, values, full).output)
  /** @type {readonly (readonly [call: () => unknown, message: RegExp])[]} */
  const calls = [
    [() => grad((k) => sum(grad(total)(k)))(keys), /^Cannot compute gradient of y=f\(x\)/],
    [
      () => attendOp(reshape(queries, [6, SHAPE.n, SHAPE.d]), keys, values, full),
      /^queries are \[6, 24, 8\]/,
    ],
    [() => attendOp(cast(queries, 'int32'), keys, values, full), /^queries are int32/],
    [() => attendOp(queries, values, values, full), /^keys are \[2, 3, 24, 6\]/],
  ]
  const taken = calls.filter(([call, message]) => !message.test(messageOf(call)))
  const wanted = taken.map(([, message]) => `not refused: ${message.source}`).join(', ')
  say(`${backend}: ${calls.length} refusals`, [], taken.length === 0, wanted)
}

/**
 * What is thrown; '' where nothing is.
 * @param {() => unknown} call
 */
function messageOf(call) {
  try {
    call()
    return ''
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

/**
 * Queries, keys and values, and dL/dO, of normal numbers.
 * @param {number} seed
 * @param {number} [m]
 */
function drawn(seed, m = SHAPE.n) {
  const { batch, heads, n, d, dv } = SHAPE
  const rows = (/** @type {number} */ count, /** @type {number} */ cols, /** @type {number} */ at) =>
    randomNormal([batch, heads, count, cols], 0, 1, 'float32', 10 * seed + at)
  return { inputs: [rows(m, d, 1), rows(n, d, 2), rows(n, dv, 3)], slopes: rows(m, dv, 4) }
}

/**
 * Output, and the gradient of Σ slopes ∘ output by TensorFlow.js, with respect to queries, keys and values.
 * @param {(queries: Tensor, keys: Tensor, values: Tensor) => Tensor} attention
 * @param {readonly Tensor[]} inputs
 * @param {Tensor} slopes
 */
function outputAndGradients(attention, inputs, slopes) {
  const [queries, keys, values] = inputs
  const gradients = grads((q, k, v) => sum(mul(attention(q, k, v), slopes)))([queries, keys, values])
  return [attention(queries, keys, values), ...gradients].map((tensor) => tensor.dataSync())
}

/**
 * The same numbers by core in float64: the rules read the same keys, so they choose the same.
 * @param {readonly Tensor[]} inputs
 * @param {Tensor} slopes
 * @param {AttendOptions} options
 */
function inFloat64(inputs, slopes, options) {
  const [batch, heads] = inputs[0].shape
  const parts = Array.from({ length: batch * heads }, (_, h) => {
    const [queries, keys, values] = inputs.map((tensor) => matrixOf(tensor, h))
    const attended = attendWithGradient({ queries, keys, values }, options)
    const own = attended.gradient(matrixOf(slopes, h).data)
    return [attended.output, own.queries, own.keys, own.values]
  })
  return NAMES.map((_, at) => Float64Array.from(parts.flatMap((part) => [...part[at]])))
}

/**
 * One head's matrix in float64.
 * @param {Tensor} tensor
 * @param {number} h
 */
function matrixOf(tensor, h) {
  const [, , rows, cols] = tensor.shape
  const all = /** @type {Float32Array} */ (tensor.dataSync())
  return { data: Float64Array.from(all.subarray(h * rows * cols, (h + 1) * rows * cols)), rows, cols }
}

/**
 * Of the largest entry of either; NaN where one is.
 * @param {ArrayLike<number>} found
 * @param {ArrayLike<number>} wanted
 */
function difference(found, wanted) {
  let [most, largest] = [0, 0]
  for (let i = 0; i < Math.max(found.length, wanted.length); i++) {
    most = Math.max(most, Math.abs(found[i] - wanted[i]))
    largest = Math.max(largest, Math.abs(found[i]), Math.abs(wanted[i]))
  }
  return most / largest
}

/**
 * @param {string} what
 * @param {readonly number[]} differences
 * @param {boolean} holds
 * @param {string} [detail]
 */
function say(what, differences, holds, detail = '') {
  const numbers = differences.map((off) => off.toExponential(1).padStart(9)).join('')
  console.log(`${(holds ? what : `WRONG ${what}`).padEnd(32)}${numbers}   ${detail}`.trimEnd())
  if (!holds) process.exitCode = 1
}
