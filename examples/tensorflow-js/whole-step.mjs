// @ts-check
// node whole-step.mjs [IMAGES]: CPU seconds of one training step of the vision transformer of ../vision-transformer (197 tokens, 4 blocks,
// 4 heads, attention to all keys) by TensorFlow.js's own operations and gradients on its wasm backend. Beside it: `speed` there.
import {
  add,
  concat,
  div,
  losses,
  matMul,
  mean,
  mul,
  randomNormal,
  reshape,
  slice,
  softmax,
  sqrt,
  square,
  sub,
  tanh,
  tensor2d,
  tidy,
  tile,
  transpose,
  valueAndGrads,
} from '@tensorflow/tfjs-core'
import { useBackend } from './backends.mjs'

/** @typedef {import('@tensorflow/tfjs-core').Tensor} Tensor */

const IMAGES = Number(process.argv[2] ?? 32)
const [TOKENS, DIM, HEADS, BLOCKS, HIDDEN, PIXELS, CLASSES] = [197, 64, 4, 4, 128, 16, 10]

/** Shapes of the weights: patches, class, positions, per block four products and two perceptron layers with biases and gains, classifier. */
const SHAPES = [
  [PIXELS, DIM],
  [1, 1, DIM],
  [TOKENS, DIM],
  ...Array.from({ length: BLOCKS }, () => [
    [DIM],
    [DIM],
    [DIM, 3 * DIM],
    [3 * DIM],
    [DIM, DIM],
    [DIM],
    [DIM],
    [DIM],
    [DIM, HIDDEN],
    [HIDDEN],
    [HIDDEN, DIM],
    [DIM],
  ]).flat(),
  [DIM],
  [DIM],
  [DIM, CLASSES],
]

/** @param {Tensor} x @param {Tensor} gain @param {Tensor} bias */
function normalised(x, gain, bias) {
  const centred = sub(x, mean(x, -1, true))
  const deviation = sqrt(add(mean(square(centred), -1, true), 1e-5))
  return add(mul(div(centred, deviation), gain), bias)
}

/** @param {Tensor} x */
function gelu(x) {
  const inner = mul(Math.sqrt(2 / Math.PI), add(x, mul(0.044715, mul(x, square(x)))))
  return mul(0.5, mul(x, add(1, tanh(inner))))
}

/** x [images, tokens, inputs] times weight [inputs, outputs]. @param {Tensor} x @param {Tensor} weight @param {Tensor} [bias] */
function product(x, weight, bias) {
  const [images, tokens, inputs] = x.shape
  const flat = matMul(reshape(x, [images * tokens, inputs]), weight)
  return reshape(bias ? add(flat, bias) : flat, [images, tokens, -1])
}

/** @param {Tensor} x @param {Tensor[]} weights */
function block(
  x,
  [gain1, bias1, qkv, qkvBias, out, outBias, gain2, bias2, expand, expandBias, contract, contractBias],
) {
  const heads = transpose(
    reshape(product(normalised(x, gain1, bias1), qkv, qkvBias), [IMAGES, TOKENS, 3, HEADS, DIM / HEADS]),
    [2, 0, 3, 1, 4],
  )
  const [queries, keys, values] = [0, 1, 2].map((part) =>
    reshape(slice(heads, [part], [1]), heads.shape.slice(1)),
  )
  const weights = softmax(mul(matMul(queries, keys, false, true), 1 / Math.sqrt(DIM / HEADS)))
  const joined = reshape(transpose(matMul(weights, values), [0, 2, 1, 3]), [IMAGES, TOKENS, DIM])
  const middle = add(x, product(joined, out, outBias))
  const hidden = gelu(product(normalised(middle, gain2, bias2), expand, expandBias))
  return add(middle, product(hidden, contract, contractBias))
}

/** @param {Tensor} images [images, tokens - 1, pixels] @param {Tensor} labels [images, classes] @param {Tensor[]} weights */
function loss(images, labels, [patches, token, positions, ...rest]) {
  const tokens = concat([tile(token, [IMAGES, 1, 1]), product(images, patches)], 1)
  let x = add(tokens, positions)
  for (let b = 0; b < BLOCKS; b++) x = block(x, rest.slice(12 * b, 12 * (b + 1)))
  const [gain, bias, classifier] = rest.slice(12 * BLOCKS)
  const first = reshape(slice(x, [0, 0, 0], [IMAGES, 1, DIM]), [IMAGES, DIM])
  return losses.softmaxCrossEntropy(labels, matMul(normalised(first, gain, bias), classifier))
}

await useBackend('wasm')
const weights = SHAPES.map((shape, i) => randomNormal(shape, 0, 0.1, 'float32', i + 1))
const images = randomNormal([IMAGES, TOKENS - 1, PIXELS], 0, 1, 'float32', 99)
const labels = tensor2d(
  Array.from({ length: IMAGES }, (_, i) =>
    Array.from({ length: CLASSES }, (_c, c) => Number(c === i % CLASSES)),
  ),
)
/** @param {...Tensor} given */
const lossOf = (...given) => loss(images, labels, given)
const spent = []
for (let turn = 0; turn < 4; turn++) {
  const start = process.cpuUsage()
  tidy(() => valueAndGrads(lossOf)(weights).grads.forEach((gradient) => gradient.dataSync()))
  const { user, system } = process.cpuUsage(start)
  if (turn > 0) spent.push((user + system) / 1e6)
}
console.log(`${IMAGES} images: ${spent.sort((a, b) => a - b)[1].toFixed(2)} CPU seconds a step (median of 3)`)
