// @ts-check
// node scripts/measure-sketch.mjs [--elements 3e7] [--runs 3]: from which d --method sketch pays. One thread, keys in memory
// as float32, epsilon 0.1, delta 1e-6; U by both methods in turn, medians of the seconds of each stage. Well conditioned:
// Gaussian keys; ill conditioned: Gaussian keys around a common mean, as attention heads have. A Markdown table.
import { scriptArguments } from './script-arguments.mjs'
import { compileKernels, matrix, normalOfWord, RandomStream, wasmKernels } from '@levattention/core/internal'
import { findUniversalSet } from '#coordinator/keys/universal'
import { InlineEngine } from '#coordinator/engines/inline-engine'
import { RunStats } from '#coordinator/tasks/run-context'

/**
 * @typedef {Record<'map' | 'reduce' | 'select' | 'total' | 'size', number>} Measured
 * @typedef {import('@levattention/core').MatrixSource} MatrixSource
 */

const DIMS = [32, 64, 128, 256, 512]
const { values: options } = scriptArguments({
  options: { elements: { type: 'string', default: '3e7' }, runs: { type: 'string', default: '3' } },
})

const module = await compileKernels()
console.log(
  '| keys | n | d | exact: read + factor + select = total, s | sketch: the same | exact / sketch | \\|U\\| exact | sketch |',
)
console.log('|---|---|---|---|---|---|---|---|')
for (const { name, mean } of [
  { name: 'well conditioned', mean: 0 },
  { name: 'ill conditioned', mean: 30 },
]) {
  for (const cols of DIMS) {
    const rows = Math.round(Number(options.elements) / cols)
    const keys = keysOf(rows, cols, mean)
    /** @type {Record<'exact' | 'sketch', Measured[]>} */
    const found = { exact: [], sketch: [] }
    for (let run = 0; run < Number(options.runs); run++)
      for (const method of /** @type {const} */ (['exact', 'sketch']))
        found[method].push(await measure(keys, method))
    const [exact, sketch] = [medians(found.exact), medians(found.sketch)]
    const ratio = (exact.total / sketch.total).toFixed(2)
    console.log(
      `| ${name} | ${rows} | ${cols} | ${textOf(exact)} | ${textOf(sketch)} | ${ratio} | ${exact.size} | ${sketch.size} |`,
    )
  }
}

/**
 * @param {MatrixSource} keys
 * @param {'exact' | 'sketch'} method
 * @returns {Promise<Measured>}
 */
async function measure(keys, method) {
  const stats = new RunStats()
  const kernels = () => wasmKernels(module)
  const engine = new InlineEngine(kernels)
  const context = { engine, kernels: kernels(), signal: undefined, onProgress: undefined, stats }
  const start = performance.now()
  const { universal } = await findUniversalSet(keys, { epsilon: 0.1, method }, context)
  const total = (performance.now() - start) / 1000
  await engine.close()
  const seconds = (/** @type {'map' | 'refine' | 'reduce' | 'select'} */ stage) =>
    stats.seconds.get(stage) ?? 0
  return {
    map: seconds('map') + seconds('refine'),
    reduce: seconds('reduce'),
    select: seconds('select'),
    total,
    size: universal.rowIds.length,
  }
}

/**
 * @param {number} rows
 * @param {number} cols
 * @param {number} mean
 */
function keysOf(rows, cols, mean) {
  const data = new Float32Array(new SharedArrayBuffer(4 * rows * cols))
  const stream = new RandomStream(1, 'plantedKeys')
  const words = new Uint32Array(4 * Math.ceil(cols / 4))
  for (let row = 0; row < rows; row++) {
    stream.words(words, row)
    const scale = row % 1000 === 0 ? Math.sqrt((0.2 * rows) / cols) : 1
    for (let a = 0; a < cols; a++) data[row * cols + a] = scale * (normalOfWord(words[a]) + mean)
  }
  return matrix(data, { rows, cols })
}

/**
 * @param {readonly Measured[]} runs
 * @returns {Measured}
 */
function medians(runs) {
  const median = (/** @type {keyof Measured} */ name) =>
    runs.map((run) => run[name]).sort((a, b) => a - b)[Math.floor(runs.length / 2)]
  return {
    map: median('map'),
    reduce: median('reduce'),
    select: median('select'),
    total: median('total'),
    size: median('size'),
  }
}

/** @param {Measured} measured */
function textOf({ map, reduce, select, total }) {
  return `${[map, reduce, select].map((seconds) => seconds.toFixed(2)).join(' + ')} = ${total.toFixed(2)}`
}
