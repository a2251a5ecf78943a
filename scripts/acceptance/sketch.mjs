// @ts-check
import {
  finalThreshold,
  compileKernels,
  factorOf,
  firstStep,
  gramOfRows,
  matrix,
  Scorer,
  selectRows,
  SketchSearch,
  sketchFactor,
  sketchRows,
  sketchTerms,
  universalSetOf,
  wasmKernels,
} from '@levattention/core/internal'
import { require } from './check.mjs'
import { filled } from './random.mjs'
import { solve } from '../solve.mjs'

/**
 * @typedef {import('@levattention/core/internal').Kernels} Kernels
 * @typedef {import('@levattention/core/internal').SketchTerms} SketchTerms
 * @typedef {ReturnType<typeof sourceOf>} Keys
 *
 * The keys, and the same row space in columns that are independent, for exact leverage scores.
 * @typedef {{ whole: Keys, independent: Keys }} KeyPair
 */

const SEEDS = 400
const EPSILON = 0.01
const QUERIES = 40
/** Chance that a right implementation fails one of these checks. */
const FALSE_ALARM = 1e-4

/**
 * How often --method sketch misses a key or a heavy query, against the delta that it was asked for.
 * @type {import('./check.mjs').Concern}
 */
export const sketch = {
  name: 'sketch',
  about: `misses of --method sketch over ${SEEDS} seeds at delta .1 and .01, within the binomial bound`,
  async *checks() {
    const module = await compileKernels()
    for (const { name, keys } of [
      { name: 'coherent keys', keys: coherentKeys() },
      { name: 'rank-deficient keys', keys: rankDeficientKeys() },
    ]) {
      for (const delta of [0.1, 0.01]) {
        const run = () => checkRate(keys, delta, wasmKernels(module))
        yield { what: `${name}, delta ${delta}`, run: () => Promise.resolve(run()) }
      }
    }
  },
}

/**
 * @param {KeyPair} keys
 * @param {number} delta
 * @param {Kernels} kernels
 */
function checkRate({ whole, independent }, delta, kernels) {
  const leverage = leverageOf(independent, kernels)
  const wanted = [...leverage.keys()].filter((j) => leverage[j] >= EPSILON)
  require(wanted.length > 100, `only ${wanted.length} keys reach epsilon`)
  const queries = heavyQueries(whole, independent, wanted)
  const termsOf = (/** @type {number} */ seed) =>
    sketchTerms({ dim: whole.cols, epsilon: EPSILON, queryCount: QUERIES }, delta, seed)
  let misses = 0
  for (let seed = 1; seed <= SEEDS; seed++)
    if (missesSomething(whole, wanted, queries, termsOf(seed), kernels)) misses++
  const most = binomialQuantile(SEEDS, delta, FALSE_ALARM)
  require(misses <=
    most, `${misses} of ${SEEDS} seeds missed something; ${most} at most are credible at ${delta}`)
  const { count, rows, distortion } = termsOf(SEEDS)
  const size = `${count} sketches of ${rows} rows, c = ${distortion.toPrecision(3)}`
  return `${misses} of ${SEEDS} seeds (at most ${most} are credible); ${wanted.length} keys reach epsilon; ${size}`
}

/**
 * Whether a wanted key is not in U, or a query that has a heavy pair is settled without it.
 * @param {Keys} keys
 * @param {readonly number[]} wanted
 * @param {Float64Array} queries
 * @param {SketchTerms} terms
 * @param {Kernels} kernels
 */
function missesSomething(keys, wanted, queries, terms, kernels) {
  const mark = kernels.mark()
  const { sketch: sum, gram } = sketchRows({ source: keys, range: all(keys), kernels }, terms)
  const factor = sketchFactor(kernels, sum, gram)
  const kept = selectRows(
    { source: keys, range: all(keys), kernels },
    factor,
    finalThreshold(factor, EPSILON),
  )
  const ids = new Set(kept.rowIds)
  const universal = universalSetOf(kernels, factor, kept, EPSILON)
  const search = new SketchSearch(kernels, universal, { epsilon: EPSILON })
  const found = search.pairs({ rows: queries, count: QUERIES })
  require(typeof found !== 'number', 'a query is refused')
  kernels.release(mark)
  return !wanted.every((j) => ids.has(j)) || found.uncertified.length < QUERIES
}

/**
 * G⁻¹ k_j of keys that reach epsilon: each of these queries has a heavy pair.
 * @param {Keys} whole
 * @param {Keys} independent
 * @param {readonly number[]} wanted
 */
function heavyQueries(whole, { rows, cols, data }, wanted) {
  const queries = new Float64Array(QUERIES * whole.cols)
  const gram = new Float64Array(cols * cols)
  for (let j = 0; j < rows; j++)
    for (let a = 0; a < cols; a++)
      for (let b = 0; b < cols; b++) gram[a * cols + b] += data[j * cols + a] * data[j * cols + b]
  for (let q = 0; q < QUERIES; q++) {
    const j = wanted[Math.floor((q * wanted.length) / QUERIES)]
    const y = solve(gram, data.slice(j * cols, (j + 1) * cols), cols)
    // The independent columns come first: the others get 0.
    queries.set(y, q * whole.cols)
  }
  return queries
}

/** Copies (99) of each of 8 directions stand just above epsilon, one key owns a direction, the rest is noise. */
function coherentKeys() {
  const cols = 9
  const copies = 99
  const rows = 3000
  const data = filled(Float64Array, rows * cols, 11, (_, normal) => 1e-3 * normal)
  for (let j = 0; j < 8 * copies; j++) data[j * cols + (j % 8)] += j % 3 === 0 ? -1 : 1
  data[(rows - 1) * cols + 8] = 5
  return named(data, rows, cols)
}

/** The same in 14 columns of rank 9: five are sums of two others, exact in float64 as entries are whole numbers. */
function rankDeficientKeys() {
  const { independent } = coherentKeys()
  const { rows, cols } = independent
  const whole = new Float64Array(rows * 14)
  const narrow = independent.data.map((x) => Math.round(x * 2 ** 20))
  for (let j = 0; j < rows; j++) {
    const key = narrow.subarray(j * cols, (j + 1) * cols)
    whole.set(key, j * 14)
    for (let a = 0; a < 5; a++) whole[j * 14 + cols + a] = key[a] + key[a + 4]
  }
  return { whole: sourceOf(whole, rows, 14), independent: sourceOf(narrow, rows, cols) }
}

/**
 * @param {Float64Array} data
 * @param {number} rows
 * @param {number} cols
 */
function named(data, rows, cols) {
  const keys = sourceOf(data, rows, cols)
  return { whole: keys, independent: keys }
}

/**
 * @param {Float64Array} data
 * @param {number} rows
 * @param {number} cols
 */
function sourceOf(data, rows, cols) {
  return Object.assign(matrix(data, { rows, cols }), { data })
}

/**
 * @param {Keys} keys
 * @param {Kernels} kernels
 */
function leverageOf(keys, kernels) {
  const mark = kernels.mark()
  const factor = factorOf(firstStep(gramOfRows({ source: keys, range: all(keys), kernels })), keys.rows)
  require(factor.ridge === 0, 'the independent columns are dependent')
  const rows = kernels.f64(keys.data.length)
  rows.set(keys.data)
  const scorer = new Scorer(kernels, factor, keys.rows)
  const tau = kernels.f64(keys.rows)
  scorer.scale(rows, keys.rows)
  scorer.score(tau, rows, keys.rows)
  const copy = Array.from(tau)
  kernels.release(mark)
  return copy
}

/** @param {{ rows: number }} keys */
function all({ rows }) {
  return { rowStart: 0, rowEnd: rows }
}

/**
 * The least k with P(more than k successes in `count` trials of chance `p`) <= `tail`.
 * @param {number} count
 * @param {number} p
 * @param {number} tail
 */
function binomialQuantile(count, p, tail) {
  let term = (1 - p) ** count
  let above = 1 - term
  let k = 0
  while (above > tail) {
    k++
    term *= ((count - k + 1) / k) * (p / (1 - p))
    above -= term
  }
  return k
}
