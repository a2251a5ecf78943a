// @ts-check
// node scripts/measure-slack.mjs [--rows 3000 --cols 24 --m 160] [--epsilon .01] [--mode TEXT]: how far answers are from the truth, as a share
// of the slack that certifies them, for every mode. Scores are judged by brute force over all keys with dots that are rounded once, bounds
// by exact fractions of whole numbers; for p other than 2 by the largest share that a search finds ("slack" is the bound). Where ends certify a score (interval, estimate) the share is that of the half-width from the middle.
// One line a mode and kind of keys; then how many estimates are off by more than 3 standard errors. Exit code 1 where a share is above 1.
import { scriptArguments } from './script-arguments.mjs'
import { KeySummary, matrix } from '@levattention/core'
import { boundSlackOf, exactDot } from '@levattention/core/internal'
import { levattention } from '@levattention/coordinator'
import { Random } from '../test/support/random.mjs'
import { exactLeverage } from '../test/support/exact-leverage.mjs'
import { solve } from './solve.mjs'

/**
 * @typedef {Pick<import('@levattention/core').HeavyBatch, 'queryStart' | 'queryCount' | 'offsets' | 'keyIds' | 'scores' | 'scoreLow' | 'scoreHigh' | 'slack'>} PairBatch
 * @typedef {import('@levattention/core/internal').UniversalSet} InternalSet
 * @typedef {{ rows: number, cols: number, data: Float64Array }} Dense
 * @typedef {{ name: string, keys: Dense, queries: Dense }} Input
 * @typedef {{ shares: number[], slacks: number[] }} Found of each score: its error over its slack, and that slack
 */

const { values } = scriptArguments({
  options: {
    rows: { type: 'string', default: '3000' },
    cols: { type: 'string', default: '24' },
    m: { type: 'string', default: '160' },
    epsilon: { type: 'string', default: '.01' },
    mode: { type: 'string', default: '' },
  },
})
const [n, d, m, epsilon] = [values.rows, values.cols, values.m, values.epsilon].map(Number)
const random = new Random(17)
/** Least squares for a bound's direction. */
const ROUNDS = 60
/** Where sums are flat few keys are heavy. */
const epsilonOf = (/** @type {number} */ p) => (p <= 1 ? epsilon / 5 : epsilon)
const lev = await levattention({ workers: 0 })

/** @param {number} rows @param {number} cols @returns {Dense} */
const normal = (rows, cols) => ({
  rows,
  cols,
  data: Float64Array.from({ length: rows * cols }, () => random.normal()),
})

/**
 * Rows of which one in fifty is ten times as long, through columns that `shape` makes of independent ones.
 * @param {string} name
 * @param {(row: Float64Array) => void} shape
 * @param {number} cols
 * @returns {Input}
 */
function inputOf(name, shape, cols = d) {
  const keys = normal(n, cols)
  for (let j = 0; j < n; j++) {
    const row = keys.data.subarray(j * cols, (j + 1) * cols)
    if (j % 50 === 0) row.forEach((x, a) => (row[a] = 10 * x))
    shape(row)
  }
  // A third are like keys, a third at random, a third see little but one direction that the keys hardly have.
  const queries = normal(m, cols)
  for (let i = 0; i < m; i++) {
    const row = queries.data.subarray(i * cols, (i + 1) * cols)
    const key = keys.data.subarray((i * 50 * cols) % keys.data.length)
    if (i % 3 === 0) row.forEach((x, a) => (row[a] = key[a] + 0.1 * x))
    if (i % 3 === 1) row.forEach((x, a) => (row[a] = a >= cols - 2 ? x : 1e-7 * x))
  }
  return { name, keys, queries }
}

const plain = inputOf('normal', () => undefined)
const inputs = [
  plain,
  inputOf('columns within 1e-5 of one another', (row) =>
    row.forEach((x, a) => a > 0 && (row[a] = row[0] + 1e-5 * x)),
  ),
  inputOf('a column that stands twice, one to 1e-9', (row) => {
    row[d - 1] = row[0]
    row[d - 2] = row[1] + 1e-9 * row[d - 2]
  }),
]

/** @param {Dense} dense */
const asMatrix = ({ data, rows, cols }) => matrix(data, { rows, cols })

/**
 * The scores [n] of a query over `visible` keys; undefined where they see nothing.
 * @param {Input} input
 * @param {number} query
 * @param {(dots: Float64Array) => Float64Array} weigh
 */
function truth({ keys, queries }, query, weigh, visible = keys.rows) {
  const dots = Float64Array.from({ length: visible }, (_, key) =>
    exactDot(queries.data, query * d, keys.data, key * d, keys.cols),
  )
  const weights = weigh(dots)
  const total = compensatedSum(weights)
  return weights.map((weight) => weight / total)
}

/** @param {Float64Array} terms Neumaier's sum */
function compensatedSum(terms) {
  let [sum, lost] = [0, 0]
  for (const value of terms) {
    const next = sum + value
    lost += Math.abs(sum) >= Math.abs(value) ? sum - next + value : value - next + sum
    sum = next
  }
  return sum + lost
}

/** @param {number} p */
const powers = (p) => (/** @type {Float64Array} */ dots) => {
  const largest = dots.reduce((most, dot) => Math.max(most, Math.abs(dot)), 0)
  return dots.map((dot) => (Math.abs(dot) / largest) ** p)
}

/** @param {Float64Array} dots of d columns */
const softmaxWeights = (dots) => {
  const logits = dots.map((dot) => dot / Math.sqrt(d))
  const largest = logits.reduce((most, logit) => Math.max(most, logit), -Infinity)
  return logits.map((logit) => Math.exp(logit - largest))
}

/**
 * Judges all pairs of `batches`.
 * @param {Input} input
 * @param {AsyncIterable<PairBatch>} batches
 * @param {(dots: Float64Array) => Float64Array} weigh
 * @param {(query: number) => number} [visible]
 * @returns {Promise<Found>}
 */
async function judged(input, batches, weigh, visible) {
  /** @type {Found} */
  const found = { shares: [], slacks: [] }
  for await (const batch of batches) {
    for (let i = 0; i < batch.queryCount; i++) {
      const [start, end] = [batch.offsets[i], batch.offsets[i + 1]]
      if (start === end) continue
      const query = batch.queryStart + i
      const scores = truth(input, query, weigh, visible?.(query))
      for (let at = start; at < end; at++) {
        const score = scores[batch.keyIds[at]]
        const [low, high] = [batch.scoreLow?.[at], batch.scoreHigh?.[at]]
        if (low === undefined || high === undefined) {
          found.shares.push(Math.abs(batch.scores[at] / score - 1) / batch.slack[i])
          found.slacks.push(batch.slack[i])
        } else {
          const half = (high - low) / 2
          found.shares.push(half === 0 ? Number(score !== low) : Math.abs(score - low - half) / half)
          found.slacks.push(half / score)
        }
      }
    }
  }
  return found
}

/** @typedef {(input: Input) => Promise<Found>} Mode */

/** @param {number} p @param {object} [options] @param {boolean} [hasKeys] @returns {Mode} */
const ofPower =
  (p, options = {}, hasKeys = true) =>
  async (input) => {
    const keys = asMatrix(input.keys)
    const universal = await lev.universalSet(keys, { epsilon: epsilonOf(p), p })
    const beside = hasKeys ? { keys, ...options } : options
    return await judged(input, lev.heavyAttentions(universal, asMatrix(input.queries), beside), powers(p))
  }

/** @param {number} p @returns {Mode} */
const ofStream = (p) => async (input) => {
  const summary = new KeySummary({ dim: input.keys.cols, epsilon, p, form: 'triangular' })
  summary.update(input.keys.data)
  const queries = asMatrix(input.queries)
  return await judged(input, lev.heavyAttentions(summary.universalSet(), queries), powers(p))
}

/** @param {number} p @returns {Mode} */
const causal = (p) => async (input) => {
  const keys = asMatrix(input.keys)
  const universal = await lev.universalSet(keys, { epsilon: epsilonOf(p), p, causal: true })
  const queryStart = n - m
  const batches = lev.heavyAttentions(universal, asMatrix(input.queries), { keys, queryStart })
  return await judged(input, batches, powers(p), (query) => queryStart + query + 1)
}

/** By sketches nothing is known of a row sum but with a probability: the keys give it. @type {Mode} */
const sketch = async (input) => {
  const keys = asMatrix(input.keys)
  const universal = await lev.universalSet(keys, { epsilon, method: 'sketch', delta: 1e-6, seed: 1 })
  return await judged(input, lev.heavyAttentions(universal, asMatrix(input.queries), { keys }), powers(2))
}

/** @param {number} p */
const estimate = (p) => ofPower(p, { scores: 'estimate', delta: 1e-6, seed: 1 })

/** @param {'f32' | 'f64'} precision @returns {Mode} */
const softmax = (precision) => async (input) => {
  const batches = lev.softmaxPairs(
    { queries: asMatrix(input.queries), keys: asMatrix(input.keys) },
    { epsilon, precision },
  )
  return await judged(input, batches, softmaxWeights)
}

/** @type {readonly (readonly [name: string, mode: Mode])[]} */
const modes = [
  ['p = 2', ofPower(2)],
  ['p = 2, U alone', ofPower(2, {}, false)],
  ['p = 2, one pass', ofStream(2)],
  ['p = 2, causal', causal(2)],
  ['p = 2, sketch', sketch],
  ...[0.5, 1, 3, 4, 7].map((p) => /** @type {const} */ ([`p = ${p}`, ofPower(p)])),
  ...[1, 3].map((p) => /** @type {const} */ ([`p = ${p}, interval`, ofPower(p, { scores: 'interval' })])),
  ['p = 3, one pass', ofStream(3)],
  ...[1, 3].map((p) => /** @type {const} */ ([`p = ${p}, causal`, causal(p)])),
  ...[0.5, 1, 1.5, 3, 4].map((p) => /** @type {const} */ ([`p = ${p}, estimate`, estimate(p)])),
  ['softmax, float32 rows', softmax('f32')],
  ['softmax, float64', softmax('f64')],
]

/**
 * Bounds of whole numbers against exact leverage: how far they are above it, as a share of what `thresholdSlack` lets them be.
 * @param {(row: number[]) => void} shape
 * @returns {Promise<Found>}
 */
async function bounds(shape) {
  const [count, cols] = [400, 7]
  const rows = Array.from({ length: count }, () =>
    Array.from({ length: cols }, () => random.below(2001) - 1000),
  )
  rows.forEach(shape)
  const keys = matrix(Float64Array.from(rows.flat()), { rows: count, cols })
  const universal = await lev.universalSet(keys, { epsilon: 0.005 })
  const leverage = exactLeverage(rows)
  const slack = boundSlackOf(/** @type {InternalSet} */ (universal).factor)
  const shares = Array.from(
    universal.rowIds,
    (row, at) => Math.abs(universal.bounds[at] / leverage[row] - 1) / slack,
  )
  return { shares, slacks: shares.map(() => slack) }
}

/**
 * Bounds of p other than 2 against the largest share that a direction gives the key: what it reaches of the bound. Of p >= 1 the search
 * is convex; what it stops short of makes the share smaller.
 * @param {number} p
 * @returns {Promise<Found>}
 */
async function reached(p) {
  const [count, cols] = [400, 5]
  const { data } = normal(count, cols)
  for (let j = 0; j < count; j += 20) for (let a = 0; a < cols; a++) data[j * cols + a] *= 10
  const universal = await lev.universalSet(matrix(data, { rows: count, cols }), { epsilon: 0.01, p })
  const slacks = [...universal.bounds]
  const shares = Array.from(universal.rowIds, (row, at) => largestShare(data, cols, row, p) / slacks[at])
  return { shares, slacks }
}

/**
 * The largest |<k, y>|^p / sum |<k_j, y>|^p that is met, by least squares that are weighted anew.
 * @param {Float64Array} data @param {number} cols @param {number} row @param {number} p
 */
function largestShare(data, cols, row, p) {
  const key = data.subarray(row * cols, (row + 1) * cols)
  const dotsOf = (/** @type {Float64Array} */ y) =>
    Float64Array.from({ length: data.length / cols }, (_, j) =>
      y.reduce((sum, value, a) => sum + value * data[j * cols + a], 0),
    )
  let largest = 0
  let y = Float64Array.from(key)
  const step = p > 3 ? 1 / (p - 1) : 1
  for (let round = 0; round < ROUNDS; round++) {
    const dots = dotsOf(y)
    const own = dots[row]
    largest = Math.max(largest, 1 / dots.reduce((sum, dot) => sum + Math.abs(dot / own) ** p, 0))
    const gram = new Float64Array(cols * cols)
    dots.forEach((dot, j) => {
      const weight = Math.max(Math.abs(dot / own), 1e-9) ** (p - 2)
      for (let a = 0; a < cols; a++)
        for (let b = 0; b < cols; b++) gram[a * cols + b] += weight * data[j * cols + a] * data[j * cols + b]
    })
    const next = solve(gram, key, cols)
    const scale = next.reduce((sum, value, a) => sum + value * key[a], 0)
    y = y.map((value, a) => ((1 - step) * value) / own + (step * next[a]) / scale)
  }
  return largest
}

console.log('| mode | keys | pairs | slack: median | largest | error / slack: median | 99 % | largest |')
console.log('|---|---|---|---|---|---|---|---|')
let worst = 0
for (const [name, mode] of modes) {
  if (!name.includes(values.mode)) continue
  for (const input of inputs) tell(name, input.name, await mode(input))
}
if ('bounds'.includes(values.mode)) {
  const plainRows = () => undefined
  const twice = (/** @type {number[]} */ row) => void (row[6] = row[0] + row[1])
  tell('bounds of U', 'whole numbers', await bounds(plainRows))
  tell('bounds of U', 'whole numbers, a column the sum of two', await bounds(twice))
  for (const p of [0.5, 1, 1.5, 3, 4, 7]) tell(`bounds of U, p = ${p}`, 'normal, 5 columns', await reached(p))
}
if ('scoreSE'.includes(values.mode)) {
  console.log(
    '\n| scores estimate, keys 20,000 x 8 | p | pairs | off by more than 3 scoreSE | of these too high | outside of the ends |',
  )
  console.log('|---|---|---|---|---|---|')
  /** @type {readonly (readonly [name: string, draw: (own: Random) => number])[]} */
  const laws = [
    ['normal', (own) => own.normal()],
    ["Student's t, 1.5 degrees of freedom", (own) => student(own, 1.5)],
  ]
  for (const [name, draw] of laws) for (const p of [1, 3, 4, 8]) await tellErrors(name, draw, p)
}
await lev.close()
process.exitCode = worst > 1 ? 1 : 0

/** Bailey's polar method. @param {Random} own @param {number} freedom */
function student(own, freedom) {
  for (;;) {
    const [u, v] = [2 * own.uniform() - 1, 2 * own.uniform() - 1]
    const w = u * u + v * v
    if (w > 0 && w <= 1) return u * Math.sqrt((freedom * (w ** (-2 / freedom) - 1)) / w)
  }
}

/**
 * How far estimates are off, in their standard errors: sums in float64 are near enough.
 * @param {string} name @param {(own: Random) => number} draw @param {number} p
 */
async function tellErrors(name, draw, p) {
  const [rows, cols, asked] = [20_000, 8, 60]
  const own = new Random(18)
  const data = Float64Array.from({ length: rows * cols }, () => draw(own))
  const queries = { rows: asked, cols, data: Float64Array.from({ length: asked * cols }, () => own.normal()) }
  const keys = matrix(data, { rows, cols })
  const universal = await lev.universalSet(keys, { epsilon: p <= 1 ? 0.0002 : 0.002, p })
  const draws = /** @type {const} */ ({ scores: 'estimate', delta: 1e-6, seed: 1 })
  const counts = { pairs: 0, far: 0, high: 0, outside: 0 }
  for await (const batch of lev.heavyAttentions(universal, asMatrix(queries), { keys, ...draws })) {
    const { scores, scoreLow, scoreHigh, scoreSE, offsets } = batch
    if (!scoreLow || !scoreHigh || !scoreSE) throw new Error('no estimates')
    for (let i = 0; i < batch.queryCount; i++) {
      const query = queries.data.subarray((batch.queryStart + i) * cols, (batch.queryStart + i + 1) * cols)
      const weights = powers(p)(
        Float64Array.from({ length: rows }, (_, j) =>
          query.reduce((sum, value, a) => sum + value * data[j * cols + a], 0),
        ),
      )
      const total = compensatedSum(weights)
      for (let at = offsets[i]; at < offsets[i + 1]; at++) {
        const score = weights[batch.keyIds[at]] / total
        const error = scores[at] - score
        counts.pairs++
        if (Math.abs(error) > 3 * scoreSE[at] + 1e-9 * score) {
          counts.far++
          if (error > 0) counts.high++
        }
        if (score < scoreLow[at] * (1 - 1e-9) || score > scoreHigh[at] * (1 + 1e-9)) counts.outside++
      }
    }
  }
  const { pairs, far, high, outside } = counts
  if (outside > 0) worst = Infinity
  const share = pairs === 0 ? '-' : (far / pairs).toFixed(3)
  console.log(
    `| ${name} | ${p} | ${pairs} | ${share} | ${far === 0 ? '-' : (high / far).toFixed(3)} | ${outside} |`,
  )
}

/**
 * @param {string} mode
 * @param {string} input
 * @param {Found} found
 */
function tell(mode, input, { shares, slacks }) {
  const [of, by] = [shares.toSorted((a, b) => a - b), slacks.toSorted((a, b) => a - b)]
  worst = Math.max(worst, of.at(-1) ?? 0)
  const cells = [by, of].map((sorted, i) =>
    (i === 0 ? [0.5, 1] : [0.5, 0.99, 1]).map((share) => text(sorted, share)),
  )
  console.log(`| ${mode} | ${input} | ${shares.length} | ${cells.flat().join(' | ')} |`)
}

/**
 * @param {readonly number[]} sorted
 * @param {number} share
 */
function text(sorted, share) {
  const value = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]
  return value === undefined ? '-' : value === 0 ? '0' : value.toExponential(1)
}
