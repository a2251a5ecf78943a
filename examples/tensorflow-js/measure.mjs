// @ts-check
// node measure.mjs [TOKENS]: milliseconds of one step, forward and gradient, of eight heads of 32 columns: the operation against
// TensorFlow.js's own attention on both backends. Medians, the contenders in turns; run it with nothing beside it.
import { grads, randomNormal, square, sum, tidy } from '@tensorflow/tfjs-core'
import { attendOp } from './attend-op.mjs'
import { BACKENDS, useBackend } from './backends.mjs'
import { fullAttention, pickedAttention } from './own-attention.mjs'

/**
 * @typedef {import('@tensorflow/tfjs-core').Tensor} Tensor
 * @typedef {(queries: Tensor, keys: Tensor, values: Tensor) => Tensor} Attention
 */

const tokens = Number(process.argv[2] ?? 197)
const [SEQUENCES, HEADS, DIM, KEEP, TURNS] = [2, 4, 32, 32, 9]
const LEVERAGE = /** @type {const} */ ({ selection: { rule: 'leverage', keep: KEEP } })

console.log(
  `[${SEQUENCES}, ${HEADS}, ${tokens}, ${DIM}] float32, ms a step: median of ${TURNS} (least to most)`,
)
for (const backend of BACKENDS) {
  await useBackend(backend)
  tidy(() => measure(backend))
}

/**
 * Keys that are known beforehand are picked by a product: with the gradient of `gather` the cpu backend takes seconds.
 * @param {(typeof BACKENDS)[number]} backend
 */
function measure(backend) {
  const [queries, keys, values] = [1, 2, 3].map((seed) =>
    randomNormal([SEQUENCES, HEADS, tokens, DIM], 0, 1, 'float32', seed),
  )
  const { keyIds } = attendOp(queries, keys, values, LEVERAGE)
  /** @type {Readonly<Record<string, Attention>>} */
  const contenders = {
    'own, all keys': fullAttention,
    'operation, all keys': (q, k, v) => attendOp(q, k, v, { selection: { full: true } }).output,
    [`own, ${KEEP} keys known beforehand`]: (q, k, v) => pickedAttention(q, k, v, keyIds),
    [`operation, leverage ${KEEP}`]: (q, k, v) => attendOp(q, k, v, LEVERAGE).output,
  }
  const times = Object.values(contenders).map(() => /** @type {number[]} */ ([]))
  for (let turn = -1; turn < TURNS; turn++)
    Object.values(contenders).forEach((attention, at) => {
      const spent = timeOf(attention, [queries, keys, values])
      if (turn >= 0) times[at].push(spent)
    })
  Object.keys(contenders).forEach((name, at) => {
    const [least, middle, most] = quantiles(times[at]).map((ms) => ms.toFixed(1))
    console.log(`${backend.padEnd(6)}${name.padEnd(32)}${middle.padStart(8)}  (${least} to ${most})`)
  })
}

/**
 * Milliseconds until the gradients can be read.
 * @param {Attention} attention
 * @param {readonly Tensor[]} inputs
 */
function timeOf(attention, [queries, keys, values]) {
  return tidy(() => {
    const start = performance.now()
    const found = grads((q, k, v) => sum(square(attention(q, k, v))))([queries, keys, values])
    for (const gradient of found) gradient.dataSync()
    return performance.now() - start
  })
}

/** @param {number[]} numbers */
function quantiles(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b)
  return [sorted[0], sorted[Math.floor(sorted.length / 2)], sorted[sorted.length - 1]]
}
