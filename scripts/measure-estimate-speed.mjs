// @ts-check
// node scripts/measure-estimate-speed.mjs [--rows 1000000 --cols 64] [--m 10000] [--exact 512] [--p 3] [--epsilon .01] [--delta 1e-6]: what row sums by
// --scores estimate take against sums over all keys, in CPU seconds of one thread, and how many more pairs are told than are heavy. Planted
// float32 keys in memory. Exact passes are made for the first so many queries, and counted for all.
import { scriptArguments } from './script-arguments.mjs'
import {
  compileKernels,
  matrix,
  plantedKeys,
  plantedModel,
  plantedQueries,
  wasmKernels,
} from '@levattention/core/internal'
import { findHeavyPairs } from '#coordinator/queries/heavy'
import { findUniversalSet } from '#coordinator/keys/universal'
import { InlineEngine } from '#coordinator/engines/inline-engine'
import { RunStats } from '#coordinator/tasks/run-context'

const { values } = scriptArguments({
  options: {
    rows: { type: 'string', default: '1000000' },
    cols: { type: 'string', default: '64' },
    m: { type: 'string', default: '10000' },
    exact: { type: 'string', default: '512' },
    p: { type: 'string', default: '3' },
    epsilon: { type: 'string', default: '.01' },
    delta: { type: 'string', default: '1e-6' },
  },
})
const [rows, cols, m, few] = [values.rows, values.cols, values.m, values.exact].map(Number)
const [p, epsilon, delta] = [values.p, values.epsilon, values.delta].map(Number)
const module = await compileKernels()
const makeKernels = () => wasmKernels(module)
const model = plantedModel({ rowCount: rows, dim: cols, queryCount: m })
const keys = shared(rows, (start, end) => plantedKeys(model, { rowStart: start, rowEnd: end }))
const queries = shared(m, (start, end) => plantedQueries(model, { rowStart: start, rowEnd: end }))
const context = contextOf()
const found = await cpu(() => findUniversalSet(keys, { epsilon, p }, context))
const { universal } = found.result

/** Every other query, so that those near a planted key and those anywhere are as many. */
const some = firstOf(few)
const exact = await cpu(() => pairsOf(some, 'exact'))
const estimate = await cpu(() => pairsOf(queries, 'estimate'))
const told = [...estimate.result].filter((pair) => Number(pair.split(':')[0]) % Math.floor(m / few) === 0)
const heavy = new Set(
  [...exact.result].map(
    (pair) => `${Number(pair.split(':')[0]) * Math.floor(m / few)}:${pair.split(':')[1]}`,
  ),
)
const missed = [...heavy].filter((pair) => !estimate.result.has(pair)).length
const known = told.filter((pair) => Number(pair.split(':')[0]) < few * Math.floor(m / few)).length
const whole = (exact.seconds * m) / few
console.log(
  `keys [${rows}, ${cols}], p ${p}, epsilon ${epsilon}, delta ${delta}, ${m} queries; |U| ${universal.rowIds.length}, found in ${found.seconds.toFixed(1)} s`,
)
console.log(`exact: ${exact.seconds.toFixed(1)} s for ${few} queries, ${whole.toFixed(0)} s for all`)
console.log(
  `estimate: ${estimate.seconds.toFixed(1)} s for all, ${((100 * estimate.seconds) / whole).toFixed(2)} % of that`,
)
console.log(`of the ${few}: heavy ${heavy.size}, told ${known}, missed ${missed}`)

/**
 * @param {typeof keys} asked
 * @param {'exact' | 'estimate'} scores
 */
async function pairsOf(asked, scores) {
  const options = {
    epsilon,
    p,
    keys,
    scores,
    ...(scores === 'estimate' ? { estimate: { delta, seed: 1 } } : {}),
  }
  /** @type {Set<string>} */
  const pairs = new Set()
  for await (const { queryStart, queryCount, offsets, keyIds } of findHeavyPairs(
    universal,
    asked,
    options,
    contextOf(),
  ))
    for (let i = 0; i < queryCount; i++)
      for (let at = offsets[i]; at < offsets[i + 1]; at++) pairs.add(`${queryStart + i}:${keyIds[at]}`)
  return pairs
}

/**
 * @template T
 * @param {() => Promise<T>} work
 */
async function cpu(work) {
  const before = process.cpuUsage()
  const result = await work()
  const { user, system } = process.cpuUsage(before)
  return { result, seconds: (user + system) / 1e6 }
}

function contextOf() {
  const engine = new InlineEngine(makeKernels)
  return { engine, kernels: makeKernels(), signal: undefined, onProgress: undefined, stats: new RunStats() }
}

/** @param {number} count */
function firstOf(count) {
  const step = Math.floor(m / count)
  const data = new Float32Array(new SharedArrayBuffer(4 * count * cols))
  for (let i = 0; i < count; i++)
    queries.readRows(i * step, i * step + 1, data.subarray(i * cols, (i + 1) * cols))
  return matrix(data, { rows: count, cols })
}

/**
 * @param {number} count
 * @param {(start: number, end: number) => Float32Array} make
 */
function shared(count, make) {
  const data = new Float32Array(new SharedArrayBuffer(4 * count * cols))
  for (let start = 0; start < count; start += 65_536) {
    const end = Math.min(count, start + 65_536)
    data.set(make(start, end), start * cols)
  }
  return matrix(data, { rows: count, cols })
}
