// @ts-check
// node train.mjs [STEPS]: a layer of attention learns to find the marked tokens of a sequence, three times from the same weights: with
// TensorFlow.js's own attention, with the operation over all keys, and over a quarter of them. Exit code 1 where one does not learn. It
// shows that gradients train; the task is made for few keys, so it says nothing about the rule.
import {
  losses,
  matMul,
  randomNormal,
  reshape,
  tensor,
  tidy,
  train,
  transpose,
  variable,
} from '@tensorflow/tfjs-core'
import { attendOp } from './attend-op.mjs'
import { useBackend } from './backends.mjs'
import { fullAttention } from './own-attention.mjs'

/**
 * @typedef {import('@tensorflow/tfjs-core').Tensor} Tensor
 * @typedef {import('@tensorflow/tfjs-core').Scalar} Scalar
 * @typedef {import('@tensorflow/tfjs-core').Variable} Variable
 * @typedef {(queries: Tensor, keys: Tensor, values: Tensor) => Tensor} Attention
 * @typedef {Record<'queries' | 'keys' | 'values' | 'output', Variable>} Weights
 */

const SEQUENCES = 16
const TOKENS = 24
const MARKED = 3
const CONTENT = 4
/** Content, the mark, and 1. */
const WIDTH = CONTENT + 2
const HEADS = 2
const DIM = 4
const LEARNING_RATE = 0.03

const steps = Number(process.argv[2] ?? 120)
await useBackend('cpu')

/** @type {Readonly<Record<string, Attention>>} */
const ATTENTIONS = {
  'own attention': fullAttention,
  'operation, all keys': (q, k, v) => attendOp(q, k, v, { selection: { full: true } }).output,
  'operation, leverage 6': (q, k, v) =>
    attendOp(q, k, v, { selection: { rule: 'leverage', keep: 6 } }).output,
}

console.log('mean squared error before the first step, half way, and at the end (0.33: nothing learnt)')
const curves = Object.entries(ATTENTIONS).map(([name, attention]) => {
  const curve = trained(attention)
  const shown = [0, steps / 2, steps].map((step) => meanAround(curve, Math.floor(step)).toFixed(4))
  console.log(`${name.padEnd(24)}${shown.join('  ')}`)
  return curve
})
const [own, full, few] = curves.map((curve) => meanAround(curve, steps))
if (!(Math.abs(full - own) <= 0.02 * own)) fail('over all keys it does not end where its own attention does')
if (!(few <= 0.3 * meanAround(curves[2], 0))) fail('over few keys it does not learn')

/**
 * The loss of every step, each on sequences of its own.
 * @param {Attention} attention
 */
function trained(attention) {
  const weights = firstWeights()
  const optimizer = train.adam(LEARNING_RATE)
  const curve = Array.from({ length: steps }, (_, step) =>
    tidy(() => {
      const { tokens, wanted } = sequences(step)
      /** @returns {Scalar} */
      const loss = () => losses.meanSquaredError(wanted, answered(tokens, weights, attention))
      return optimizer.minimize(loss, true, Object.values(weights))?.dataSync()[0] ?? NaN
    }),
  )
  optimizer.dispose()
  for (const weight of Object.values(weights)) weight.dispose()
  return curve
}

/** @returns {Weights} */
function firstWeights() {
  const drawn = (/** @type {number} */ rows, /** @type {number} */ cols, /** @type {number} */ seed) =>
    variable(randomNormal([rows, cols], 0, 0.5, 'float32', seed))
  return {
    queries: drawn(WIDTH, HEADS * DIM, 1),
    keys: drawn(WIDTH, HEADS * DIM, 2),
    values: drawn(WIDTH, HEADS * DIM, 3),
    output: drawn(HEADS * DIM, CONTENT, 4),
  }
}

/**
 * Tokens [sequences, tokens, width] to answers [sequences * tokens, content].
 * @param {Tensor} tokens
 * @param {Weights} weights
 * @param {Attention} attention
 */
function answered(tokens, { queries, keys, values, output }, attention) {
  const rows = reshape(tokens, [SEQUENCES * TOKENS, WIDTH])
  const heads = (/** @type {Variable} */ weight) =>
    transpose(reshape(matMul(rows, weight), [SEQUENCES, TOKENS, HEADS, DIM]), [0, 2, 1, 3])
  const attended = transpose(attention(heads(queries), heads(keys), heads(values)), [0, 2, 1, 3])
  return matMul(reshape(attended, [SEQUENCES * TOKENS, HEADS * DIM]), output)
}

/**
 * Tokens of normal content, some of them marked; what is wanted of every token is the mean content of the marked ones.
 * @param {number} step
 */
function sequences(step) {
  const content = randomNormal([SEQUENCES, TOKENS, CONTENT], 0, 1, 'float32', step + 1).dataSync()
  const tokens = new Float32Array(SEQUENCES * TOKENS * WIDTH)
  const wanted = new Float32Array(SEQUENCES * TOKENS * CONTENT)
  for (let s = 0; s < SEQUENCES; s++) {
    // Marks move from step to step and from sequence to sequence; 7 and 24 have no common factor, so no two fall on one token.
    const marked = new Set(Array.from({ length: MARKED }, (_, i) => (step * 5 + s * 11 + i * 7) % TOKENS))
    for (let t = 0; t < TOKENS; t++) {
      const row = s * TOKENS + t
      tokens.set(
        [...content.slice(row * CONTENT, (row + 1) * CONTENT), marked.has(t) ? 1 : 0, 1],
        row * WIDTH,
      )
    }
    for (let t = 0; t < TOKENS; t++)
      for (const other of marked)
        for (let c = 0; c < CONTENT; c++)
          wanted[(s * TOKENS + t) * CONTENT + c] += content[(s * TOKENS + other) * CONTENT + c] / MARKED
  }
  return {
    tokens: tensor(tokens, [SEQUENCES, TOKENS, WIDTH]),
    wanted: tensor(wanted, [SEQUENCES * TOKENS, CONTENT]),
  }
}

/**
 * The mean of up to eleven steps around one.
 * @param {readonly number[]} curve
 * @param {number} step
 */
function meanAround(curve, step) {
  const near = step === 0 ? curve.slice(0, 1) : curve.slice(Math.max(0, step - 6), step + 5)
  return near.reduce((sum, loss) => sum + loss, 0) / near.length
}

/** @param {string} why */
function fail(why) {
  console.log(`WRONG: ${why}`)
  process.exitCode = 1
}
