// @ts-check
// node scripts/measure-moments.mjs [--rows 100000 --cols 16] [--m 2000] [--few 512] [--epsilon .01] [--judged 16]: what exact scores of p = 4
// take by the keys' fourth moments against passes over the keys, in CPU seconds of one thread, and that both tell the same pairs. Planted
// float32 keys in memory. Passes over the keys are made for the first so many queries, and counted for all that have a pair that may be heavy.
import { scriptArguments } from './script-arguments.mjs'
import {
  compileKernels,
  exactDot,
  matrix,
  MomentRowSums,
  plantedKeys,
  plantedModel,
  plantedQueries,
  scaleQueries,
  sumError,
  wasmKernels,
} from '@levattention/core/internal'
import { findHeavyPairs } from '#coordinator/queries/heavy'
import { findUniversalSet } from '#coordinator/keys/universal'
import { sumFourthMoments } from '#coordinator/keys/fourth-moments'
import { InlineEngine } from '#coordinator/engines/inline-engine'
import { RunStats } from '#coordinator/tasks/run-context'

const { values } = scriptArguments({
  options: {
    rows: { type: 'string', default: '100000' },
    cols: { type: 'string', default: '16' },
    m: { type: 'string', default: '2000' },
    few: { type: 'string', default: '512' },
    epsilon: { type: 'string', default: '.01' },
    judged: { type: 'string', default: '16' },
  },
})
const judged = Number(values.judged)
const [rows, cols, m, few, epsilon] = [values.rows, values.cols, values.m, values.few, values.epsilon].map(
  Number,
)
const p = 4
const module = await compileKernels()
const makeKernels = () => wasmKernels(module)
const model = plantedModel({ rowCount: rows, dim: cols, queryCount: m })
const keys = shared(rows, (start, end) => plantedKeys(model, { rowStart: start, rowEnd: end }))
const queries = shared(m, (start, end) => plantedQueries(model, { rowStart: start, rowEnd: end }))
const found = await cpu((context) => findUniversalSet(keys, { epsilon, p }, context))
const { universal } = found.result

const pass = await cpu((context) => sumFourthMoments(universal, keys, { p }, context))
const by = await cpu((context) => pairsOf(queries, true, context))
const some = firstOf(Math.min(few, m))
const exact = await cpu((context) => pairsOf(some, false, context))
const open = exact.stats.queriesExactPass
const aQuery = exact.seconds / Math.max(1, open)
const both = [...exact.result].filter(([pair]) => by.result.has(pair))
const worst = both.reduce(
  (most, [pair, score]) => Math.max(most, Math.abs((by.result.get(pair) ?? 0) / score - 1)),
  0,
)
const other = [...by.result.keys()].filter(
  (pair) => Number(pair.split(':')[0]) < some.rows && !exact.result.has(pair),
)
const whole = aQuery * m
console.log(
  `keys [${rows}, ${cols}], p 4, epsilon ${epsilon}, ${m} queries; |U| ${universal.rowIds.length}, found in ${found.seconds.toFixed(2)} s`,
)
console.log(
  `passes over the keys: ${exact.seconds.toFixed(2)} s for ${some.rows} queries, of which ${open} have one (${((1e9 * aQuery) / rows).toFixed(2)} ns a query and key): ${whole.toFixed(1)} s for all`,
)
console.log(
  `moments: ${pass.seconds.toFixed(2)} s to sum them (${((1e9 * pass.seconds) / rows).toFixed(0)} ns a key), ${by.seconds.toFixed(2)} s with all queries, of which ${by.stats.queriesExactPass} need a pass: ${(whole / by.seconds).toFixed(1)} times less; they pay from ${Math.ceil(pass.seconds / aQuery)} queries`,
)
console.log(
  `of the first ${some.rows}: ${exact.result.size} pairs, ${exact.result.size - both.length} missing, ${other.length} more, scores apart by ${worst.toExponential(1)} at most; largest slack ${by.slack.toExponential(1)} (passes: ${exact.slack.toExponential(1)})`,
)
if (pass.result && judged > 0) console.log(errorsText(pass.result))

/**
 * Row sums against dots rounded once.
 * @param {NonNullable<typeof pass.result>} moments
 */
function errorsText(moments) {
  const count = Math.min(judged, m)
  const asked = firstOf(count)
  const data = new Float32Array(count * cols)
  asked.readRows(0, count, data)
  const scaled = new Float64Array(count * cols)
  scaleQueries(universal.factor, data, count, scaled, new Int32Array(count))
  const queriesOf = Array.from({ length: count }, (_, i) => scaled.subarray(i * cols, (i + 1) * cols))
  const all = new Float32Array(rows * cols)
  keys.readRows(0, rows, all)
  const shares = new MomentRowSums(makeKernels(), moments).of(queriesOf).map(({ rowSum, error }, i) => {
    const wanted = trueRowSum(queriesOf[i], all)
    return { error: Math.abs(rowSum / wanted - 1), share: Math.abs(rowSum / wanted - 1) / error }
  })
  const sorted = (/** @type {'error' | 'share'} */ name) =>
    shares.map((one) => one[name]).sort((x, y) => x - y)
  const told = (/** @type {number[]} */ ascending) =>
    [0.5, 0.9, 1].map((q) => ascending[Math.ceil(q * count) - 1].toExponential(1)).join(', ')
  return `row sums of ${count} queries: error ${told(sorted('error'))} (median, 90 %, largest), over its bound ${told(sorted('share'))}`
}

/**
 * @param {Float64Array} query
 * @param {Float32Array} all
 */
function trueRowSum(query, all) {
  let [sum, rest] = [0, 0]
  for (let key = 0; key < rows; key++) {
    const term = exactDot(query, 0, all, key * cols, cols) ** 4
    const next = sum + term
    rest += sumError(sum, term, next)
    sum = next
  }
  return sum + rest
}

/**
 * @param {typeof keys} asked
 * @param {boolean} moments
 * @param {ReturnType<typeof contextOf>} context
 */
async function pairsOf(asked, moments, context) {
  /** @type {Map<string, number>} */
  const pairs = new Map()
  let slack = 0
  for await (const batch of findHeavyPairs(
    universal,
    asked,
    { epsilon, p, keys, scores: 'exact', moments },
    context,
  )) {
    const { queryStart, queryCount, offsets, keyIds, scores } = batch
    for (let q = 0; q < queryCount; q++)
      for (let i = offsets[q]; i < offsets[q + 1]; i++) pairs.set(`${queryStart + q}:${keyIds[i]}`, scores[i])
    slack = batch.slack.reduce((a, b) => Math.max(a, b), slack)
  }
  return { pairs, slack }
}

/** @template T @param {(context: ReturnType<typeof contextOf>) => Promise<T>} work */
async function cpu(work) {
  const context = contextOf()
  const before = process.cpuUsage()
  const done = /** @type {any} */ (await work(context))
  const { user, system } = process.cpuUsage(before)
  return {
    result: done?.pairs ?? done,
    slack: done?.slack ?? 0,
    seconds: (user + system) / 1e6,
    stats: context.stats,
  }
}

function contextOf() {
  const kernels = makeKernels()
  return {
    engine: new InlineEngine(makeKernels),
    kernels,
    signal: undefined,
    onProgress: undefined,
    stats: new RunStats(),
  }
}

/** @param {number} count */
function firstOf(count) {
  const data = new Float32Array(count * cols)
  queries.readRows(0, count, data)
  return matrix(data, { rows: count, cols })
}

/** @param {number} count @param {(start: number, end: number) => Float32Array} make */
function shared(count, make) {
  const data = new Float32Array(new SharedArrayBuffer(count * cols * 4))
  for (let start = 0; start < count; start += 4096)
    data.set(make(start, Math.min(count, start + 4096)), start * cols)
  return matrix(data, { rows: count, cols })
}
