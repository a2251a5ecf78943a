// @ts-check
// node scripts/bench-session.mjs [--actors 2] [--seconds 3] [--universal 1000] [--dim 64] [--queries 64] [--json]
// Latency of a session's batches as its callers see it, and throughput, at 1, 2 and 4 concurrent callers; each asks the next
// batch when the last one is answered. Half of the queries point near a key of U, the others anywhere.
import { matrix } from '@levattention/core'
import { levattention } from '@levattention/coordinator'
import { parseArgs } from 'node:util'

/**
 * @typedef {import('@levattention/core').UniversalSet} UniversalSet
 * @typedef {import('@levattention/coordinator').Session} Session
 */

const { values } = parseArgs({
  options: {
    actors: { type: 'string' },
    seconds: { type: 'string', default: '3' },
    universal: { type: 'string', default: '1000' },
    dim: { type: 'string', default: '64' },
    queries: { type: 'string', default: '64' },
    json: { type: 'boolean', default: false },
  },
})
const [universalSize, dim, queryCount, seconds] = [
  values.universal,
  values.dim,
  values.queries,
  values.seconds,
].map(Number)
const next = gaussians(1)

/**
 * Normal numbers by Box and Muller from a linear congruence.
 * @param {number} seed
 */
function gaussians(seed) {
  let state = seed
  const uniform = () => (state = (state * 1_103_515_245 + 12_345) % 2 ** 31 || 1) / 2 ** 31
  return () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform())
}

/** Long rows are U, twice the threshold each; twenty times as many short ones are not. */
function madeKeys() {
  const rows = 20 * universalSize
  const data = Float32Array.from({ length: rows * dim }, (_, i) => (i % (20 * dim) < dim ? 3 : 1) * next())
  return matrix(data, { rows, cols: dim })
}

/** @param {UniversalSet} universal */
function madeBatch({ keys, rowIds }) {
  const near = (/** @type {number} */ q) =>
    q % 2 === 0 ? Math.floor(Math.abs(next()) * 1e6) % rowIds.length : undefined
  return Float32Array.from(
    Array.from({ length: queryCount }, (_, q) => near(q)).flatMap((slot) =>
      Array.from({ length: dim }, (_, a) => (slot === undefined ? 0 : keys[slot * dim + a]) + 0.3 * next()),
    ),
  )
}

/**
 * @param {Session} session
 * @param {readonly Float32Array[]} batches
 * @param {number} until
 * @param {number[]} latencies
 */
async function callFor(session, batches, until, latencies) {
  for (let i = 0; performance.now() < until; i++) {
    const start = performance.now()
    await session.query(batches[i % batches.length])
    latencies.push(performance.now() - start)
  }
}

/**
 * @param {Session} session
 * @param {readonly Float32Array[]} batches
 * @param {number} callers
 */
async function measure(session, batches, callers) {
  /** @type {number[]} */
  const latencies = []
  const start = performance.now()
  const until = start + 1000 * seconds
  await Promise.all(Array.from({ length: callers }, () => callFor(session, batches, until, latencies)))
  const queriesPerSecond = (latencies.length * queryCount) / ((performance.now() - start) / 1000)
  latencies.sort((a, b) => a - b)
  const at = (/** @type {number} */ share) => latencies[Math.floor(share * (latencies.length - 1))]
  return { callers, p50Ms: at(0.5), p99Ms: at(0.99), queriesPerSecond: Math.round(queriesPerSecond) }
}

const lev = await levattention()
try {
  const epsilon = dim / (6 * universalSize) // long rows have about 9 d / (28 |U|)
  const universal = await lev.universalSet(madeKeys(), { epsilon })
  const session = await lev.session(universal, values.actors ? { actors: Number(values.actors) } : {})
  const batches = Array.from({ length: 50 }, () => madeBatch(universal))
  await measure(session, batches, 4) // warms the threads up
  const rows = []
  for (const callers of [1, 2, 4]) rows.push(await measure(session, batches, callers))
  const { scores } = await session.query(batches[0])
  if (values.json) console.log(JSON.stringify(rows))
  else {
    const { length: keyCount } = universal.rowIds
    console.log(
      `${queryCount} queries a call, |U| = ${keyCount}, d = ${dim}, epsilon ${epsilon.toFixed(4)}, ${session.actorCount} actors; ${scores.length} pairs in the first batch`,
    )
    for (const { callers, p50Ms, p99Ms, queriesPerSecond } of rows)
      console.log(
        `${callers} callers  p50 ${p50Ms.toFixed(2)} ms  p99 ${p99Ms.toFixed(2)} ms  ${queriesPerSecond} queries/s`,
      )
  }
} finally {
  await lev.close()
}
