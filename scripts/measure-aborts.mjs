// @ts-check
// node scripts/measure-aborts.mjs [--keys 60000] [--dim 64] [--queries 500] [--tries 20] [--only scores] [--workers N] [--json]
// How long a call of the library goes on after its caller has given it up, and for how long at a time it keeps the caller's event
// loop to itself: for every call, and every p where it has one. An abort is due at a moment drawn from the call's whole length;
// its latency runs from then, so that a loop that is too busy to hear of it counts. A block is one of the whole call, in time of this
// thread's own where the system tells it (Linux), so that other programs do not count; of three calls the least largest one.
import { matrix } from '@levattention/core'
import { levattention, saveUniversalSet } from '@levattention/coordinator'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { scriptArguments } from './script-arguments.mjs'

/** @typedef {(options: import('@levattention/coordinator').CallOptions) => unknown} Call */

const { values } = scriptArguments({
  options: {
    keys: { type: 'string', default: '60000' },
    dim: { type: 'string', default: '64' },
    queries: { type: 'string', default: '500' },
    tries: { type: 'string', default: '20' },
    workers: { type: 'string' },
    only: { type: 'string', default: '' },
    json: { type: 'boolean', default: false },
  },
})
const [n, dim, m, tries] = [values.keys, values.dim, values.queries, values.tries].map(Number)
const POWERS = [1, 2, 2.5, 3, 4]
const BLOCK_RUNS = 3

let state = 1
const uniform = () => (state = (state * 1_103_515_245 + 12_345) % 2 ** 31 || 1) / 2 ** 31
const normal = () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform())
/** @param {number} rows @param {number} cols */
const drawn = (rows, cols) => matrix(Float32Array.from({ length: rows * cols }, normal), { rows, cols })

/** Milliseconds of this thread's own where the system tells them, else of the clock. */
function ownMs() {
  try {
    return Number(readFileSync('/proc/thread-self/schedstat', 'utf8').split(' ')[0]) / 1e6
  } catch {
    return performance.now()
  }
}

/** @param {unknown} given A promise, or a generator of batches. */
async function done(given) {
  const batches = /** @type {AsyncIterable<unknown>} */ (Object(given))
  if (typeof batches[Symbol.asyncIterator] !== 'function') {
    await given
    return
  }
  const iterator = batches[Symbol.asyncIterator]()
  while (!(await iterator.next()).done);
}

/**
 * @param {Call} call
 * @returns {Promise<{ blockMs: number, totalMs: number }>}
 */
async function whole(call) {
  let blockMs = 0
  const watched = new AbortController()
  const watch = async () => {
    let last = ownMs()
    while (!watched.signal.aborted) {
      await turn()
      const now = ownMs()
      blockMs = Math.max(blockMs, now - last)
      last = now
    }
  }
  const watching = watch()
  const start = performance.now()
  await done(call({}))
  const totalMs = performance.now() - start
  watched.abort()
  await watching
  return { blockMs, totalMs }
}

/**
 * From the moment at which it is due until the call rejects; undefined where it was done before.
 * @param {Call} call
 * @param {number} afterMs
 */
async function latency(call, afterMs) {
  const controller = new AbortController()
  const due = performance.now() + afterMs
  const timer = setTimeout(() => controller.abort(), afterMs)
  try {
    await done(call({ signal: controller.signal }))
    return undefined
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'AbortError') throw error
    return performance.now() - due
  } finally {
    clearTimeout(timer)
  }
}

/** @param {readonly number[]} sorted @param {number} share */
const quantile = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]

const folder = mkdtempSync(join(tmpdir(), 'lev-aborts-'))
const lev = await levattention(values.workers === undefined ? {} : { workers: Number(values.workers) })
const [keys, queries, ofKeys] = [drawn(n, dim), drawn(m, dim), drawn(n, dim)]
const heads = { queries, keys, values: ofKeys }
const heavy = join(folder, 'none.csv')
writeFileSync(heavy, 'query,key,score,dot\n')

/** @type {Map<string, Call>} */
const calls = new Map()
/** @param {string} name @param {() => Promise<Call>} make */
const add = async (name, make) => {
  if (name.startsWith(values.only)) calls.set(name, await make())
}
for (const p of POWERS) {
  await add(
    `universalSet p = ${p}`,
    async () => (options) => lev.universalSet(keys, { p, epsilon: 0.005, ...options }),
  )
  await add(`scores p = ${p}`, async () => (options) => lev.scores(keys, { p, ...options }))
  await add(`curve p = ${p}`, async () => (options) => lev.curve(keys, { p, ...options }))
  await add(`heavyAttentions p = ${p}`, async () => {
    const universal = await lev.universalSet(keys, { p, epsilon: 0.01 })
    return (options) => lev.heavyAttentions(universal, queries, { keys, ...options })
  })
  await add(
    `verify p = ${p}`,
    async () => (options) => lev.verify({ keys, queries, heavy }, { p, epsilon: 0.9, ...options }),
  )
  await add(`merge p = ${p}`, async () => {
    const half = n >> 1
    const parts = [0, half].map((rowOffset) =>
      lev.universalSet(drawn(half, dim), { p, epsilon: 0.005, mergeable: true, rowOffset }),
    )
    const both = await Promise.all(parts)
    return (options) => lev.merge(both, options)
  })
}
await add(
  'universalSet causal',
  async () => (options) => lev.universalSet(keys, { causal: true, ...options }),
)
await add('universalSet keep', async () => (options) => lev.universalSet(keys, { keep: 500, ...options }))
await add('sample', async () => (options) => lev.sample(keys, { rows: 5000, ...options }))
for (const kind of ['lev', 'npz'])
  await add(`saveUniversalSet .${kind}`, async () => {
    const universal = await lev.universalSet(keys, { keep: n })
    return (options) => saveUniversalSet(universal, join(folder, `u.${kind}`), { force: true, ...options })
  })
await add('softmaxPairs', async () => (options) => lev.softmaxPairs({ queries, keys }, options))
for (const rule of /** @type {const} */ (['leverage', 'random', 'accumulated']))
  await add(
    `attend ${rule}`,
    async () => (options) => lev.attend(heads, { selection: { rule, keep: 256 }, ...options }),
  )
await add(
  'attend power',
  async () => (options) =>
    lev.attend(heads, { attention: 'power', p: 3, selection: { epsilon: 0.01 }, ...options }),
)
await add('coverage', async () => (options) => lev.coverage(heads, { sample: 100, ...options }))

const rows = []
for (const [name, call] of calls) {
  await whole(call) // Threads start, code is compiled.
  const runs = []
  for (let run = 0; run < BLOCK_RUNS; run++) runs.push(await whole(call))
  const blockMs = Math.min(...runs.map((run) => run.blockMs))
  const totalMs = Math.min(...runs.map((run) => run.totalMs))
  const latencies = []
  for (let attempt = 0; attempt < tries; attempt++) {
    const ms = await latency(call, uniform() * totalMs)
    if (ms !== undefined) latencies.push(ms)
  }
  latencies.sort((a, b) => a - b)
  const row = { name, totalMs, blockMs, aborted: latencies.length, latencies }
  rows.push(row)
  if (values.json) continue
  const told =
    latencies.length === 0
      ? 'over before'
      : `${quantile(latencies, 0.5).toFixed(0)} / ${quantile(latencies, 0.99).toFixed(0)}`
  console.log(
    `${name.padEnd(24)} ${totalMs.toFixed(0).padStart(7)} ms  longest block ${blockMs.toFixed(0).padStart(4)} ms  abort p50 / p99 ${told} ms`,
  )
}
const all = rows.flatMap(({ latencies }) => latencies).sort((a, b) => a - b)
const summary = {
  aborts: all.length,
  p50Ms: quantile(all, 0.5),
  p99Ms: quantile(all, 0.99),
  largestMs: all.at(-1),
  longestBlockMs: Math.max(...rows.map(({ blockMs }) => blockMs)),
}
if (values.json) console.log(JSON.stringify({ keys: n, dim, queries: m, calls: rows, ...summary }))
else
  console.log(
    `all ${summary.aborts} aborts: p50 ${summary.p50Ms?.toFixed(0)} ms, p99 ${summary.p99Ms?.toFixed(0)} ms; longest block ${summary.longestBlockMs.toFixed(0)} ms`,
  )
await lev.close()
rmSync(folder, { recursive: true })
