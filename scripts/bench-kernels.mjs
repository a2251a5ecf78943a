// @ts-check
// Rates of every kernel, one thread, in about 15 seconds: node scripts/bench-kernels.mjs [native|wasm|scalar]
// Needs a build. The best tenth of the calls counts, so that a busy machine shows less.
import { cpus } from 'node:os'
import {
  compileKernels,
  findNative,
  kernelsOf,
  kernelSource,
  scalarKernels,
} from '@levattention/core/internal'

/**
 * @typedef {import('@levattention/core/internal').Kernels} Kernels
 * @typedef {'f32' | 'f64'} Element
 *
 * The work of a case, in floating-point operations or bytes read, and the call to time.
 * @typedef {[work: number, run: () => unknown]} Prepared
 */

const DIMS = [16, 32, 64, 128, 256]
const CASE_MS = 200
const ROW_BYTES = 2 ** 20
const BLOCK = 512 // queries and keys of the dot kernels
const SOFTMAX_KEYS = 4 * BLOCK

const found = await findNative()
const native = process.argv[2] !== 'wasm' && found.state === 'built' ? found.choice : undefined
const kernels =
  process.argv[2] === 'scalar'
    ? scalarKernels()
    : kernelsOf(kernelSource(await compileKernels(), undefined, native))
if (process.argv[2] === 'native' && !native) throw new Error(`the native kernels are ${found.state}`)

/**
 * @template {Element} E
 * @param {E} element
 * @param {number} length
 * @param {number} [scale]
 * @returns {ReturnType<Kernels[E]>}
 */
function filled(element, length, scale = 1) {
  const array = kernels[element](length)
  for (let i = 0; i < length; i++) array[i] = scale * (Math.random() - 0.5)
  return /** @type {ReturnType<Kernels[E]>} */ (array)
}

/** @param {number} dim */
function lowerFactor(dim) {
  const lower = filled('f64', dim * dim, 1 / dim)
  for (let i = 0; i < dim; i++) lower[i * dim + i] = 1
  return lower
}

/**
 * `n` rows of `dim` columns; undefined where there is no such kernel.
 * @type {Record<string, (element: Element, dim: number, n: number) => Prepared | undefined>}
 */
const cases = {
  'addGram, GF/s': (element, dim, n) => {
    const [gram, rows] = [kernels.f64(dim * dim), filled(element, n * dim)]
    return [n * dim * (dim + 1), () => kernels.addGram(gram, rows, n, dim)]
  },
  'multiply, GF/s': (element, dim, n) => {
    const [out, rows, matrix] = [kernels.f64(n * dim), filled(element, n * dim), lowerFactor(dim)]
    return [2 * n * dim * dim, () => kernels.multiply(out, rows, matrix, n, dim, dim)]
  },
  'leverage, GF/s': (element, dim, n) => {
    const [tau, rows, lower] = [kernels.f64(n), filled(element, n * dim), lowerFactor(dim)]
    return [n * dim * dim, () => kernels.leverage(tau, rows, lower, n, dim)]
  },
  'leverage + whitened': (element, dim, n) => {
    const [tau, rows, lower, x] = [
      kernels.f64(n),
      filled(element, n * dim),
      lowerFactor(dim),
      kernels.f64(n * dim),
    ]
    return [n * dim * dim, () => kernels.leverage(tau, rows, lower, n, dim, x)]
  },
  'weightedNorms, GB/s': (element, dim, n) => {
    const [out, rows, weights] = [kernels.f64(n), filled(element, n * dim), filled('f64', dim)]
    return [rows.byteLength, () => kernels.weightedNorms(out, rows, weights, n, dim)]
  },
  'dotsAtLeastOne, GF/s': (element, dim) => {
    if (element !== 'f32') return undefined
    const hits = kernels.u32(2 * BLOCK * BLOCK)
    const scale = 1 / Math.sqrt(dim)
    const [queries, keys] = [filled('f32', BLOCK * dim, scale), filled('f32', BLOCK * dim, scale)]
    return [2 * BLOCK * BLOCK * dim, () => kernels.dotsAtLeastOne(hits, queries, BLOCK, keys, BLOCK, dim)]
  },
  'compensatedDots, GF/s of plain dots': (element, dim) => {
    const count = BLOCK / 4
    const out = kernels.f64(count * count)
    const [queries, keys] = [filled('f64', count * dim), filled(element, count * dim)]
    return [2 * count * count * dim, () => kernels.compensatedDots(out, queries, count, keys, count, dim)]
  },
  'softmaxPairs, GF/s of the dots': (element, dim) => {
    if (element !== 'f32') return undefined
    const { rows, block, restart } = softmaxBlock(dim)
    const [queries, keys, logits] = [kernels.u32(2 ** 16), kernels.u32(2 ** 16), kernels.f32(2 ** 16)]
    const hits = { queries, keys, logits, capacity: 2 ** 16, progress: kernels.u32(1) }
    const thresholds = kernels.f64(BLOCK).fill(Math.log2(0.01))
    const run = () => {
      restart()
      do kernels.softmaxPairs(hits, rows, thresholds, block)
      while (hits.progress[0] !== 0)
    }
    return [2 * BLOCK * SOFTMAX_KEYS * dim, run]
  },
  'softmaxValues (d columns), GF/s': (element, dim) => {
    if (element !== 'f32') return undefined
    const { rows, block, restart } = softmaxBlock(dim)
    const [sums, values] = [kernels.f64(BLOCK * dim), filled('f32', SOFTMAX_KEYS * dim)]
    const run = () => {
      restart()
      kernels.softmaxValues(sums, rows, block, values, dim)
    }
    return [4 * BLOCK * SOFTMAX_KEYS * dim, run]
  },
}

/**
 * Logits of a standard deviation of 1.4 octaves.
 * @param {number} dim
 */
function softmaxBlock(dim) {
  const queries = filled('f32', BLOCK * dim, 5 / Math.sqrt(dim))
  const keys = filled('f32', SOFTMAX_KEYS * dim, Math.sqrt(12))
  const rows = { shifts: kernels.f64(BLOCK), totals: kernels.f64(BLOCK) }
  const restart = () => {
    rows.shifts.fill(-Infinity)
    rows.totals.fill(0)
  }
  return { rows, block: { queries, queryCount: BLOCK, keys, keyCount: SOFTMAX_KEYS, dim }, restart }
}

/** @param {Prepared} prepared */
function rate([work, run]) {
  const times = []
  const start = performance.now()
  while (performance.now() - start < CASE_MS) {
    const before = performance.now()
    run()
    times.push(performance.now() - before)
  }
  times.sort((a, b) => a - b)
  return work / times[Math.floor(times.length / 10)] / 1e6
}

console.log(`${kernels.name} kernels, Node ${process.version}, ${cpus()[0].model}`)
console.log(['kernel'.padEnd(40), 'rows', ...DIMS.map((dim) => `d=${dim}`.padStart(7))].join(' '))
for (const [name, prepare] of Object.entries(cases)) {
  for (const element of /** @type {const} */ (['f32', 'f64'])) {
    const rates = DIMS.map((dim) => {
      const mark = kernels.mark()
      const prepared = prepare(element, dim, ROW_BYTES / 4 / dim)
      const text = prepared === undefined ? '' : rate(prepared).toFixed(1)
      kernels.release(mark)
      return text.padStart(7)
    })
    if (rates.some((text) => text.trim() !== '')) {
      console.log([name.padEnd(40), element.padEnd(4), ...rates].join(' '))
    }
  }
}
