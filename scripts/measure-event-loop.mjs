// @ts-check
// node scripts/measure-event-loop.mjs [--dims 64,256,1024] [--rows-per-column 3] [--estimate-rows 100000] [--only scores] [--kind regular|dependent] [--json]
// For how long at a time a call of the library keeps its caller's event loop, for each d: how late a timer of 2 ms is at most, beside
// the same timer in an idle process; and the most that this thread works between two turns, in time of its own where the system tells it
// (Linux), so that other programs do not count. Of as many runs as there is time for, the least of the largest.
import { matrix } from '@levattention/core'
import { levattention, saveUniversalSet } from '@levattention/coordinator'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises'
import { scriptArguments } from './script-arguments.mjs'

const { values } = scriptArguments({
  options: {
    dims: { type: 'string', default: '64,128,256,512,1024' },
    'rows-per-column': { type: 'string', default: '3' },
    'estimate-rows': { type: 'string', default: '100000' },
    kind: { type: 'string', default: 'regular' },
    only: { type: 'string', default: '' },
    json: { type: 'boolean', default: false },
  },
})
/** Longer calls are made once. */
const REPEATED_BELOW_MS = 3000
const [RUNS, TIMER_MS, QUERIES] = [3, 2, 200]
/** Pairs of the file that is verified: some 20 MB. */
const PAIRS = 1e6
/** Of the keys that are drawn from. */
const [LONG_ROWS, LENGTH] = [200, 20]
/** All keys are in U. */
const LEAST_EPSILON = 1e-6

let state = 1
const uniform = () => (state = (state * 1_103_515_245 + 12_345) % 2 ** 31 || 1) / 2 ** 31
const normal = () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform())

/** Rows of which the last columns depend on others, where they are to be so. @param {number} rows @param {number} cols */
function drawn(rows, cols) {
  const data = new Float32Array(new SharedArrayBuffer(rows * cols * 4))
  for (let i = 0; i < data.length; i++) data[i] = normal()
  if (values.kind === 'dependent')
    for (let i = 0; i < rows; i++) data[(i + 1) * cols - 1] = data[i * cols] + data[i * cols + 1]
  return data
}

/** Milliseconds of this thread's own where the system tells them, else of the clock. */
function ownMs() {
  try {
    return Number(readFileSync('/proc/thread-self/schedstat', 'utf8').split(' ')[0]) / 1e6
  } catch {
    return performance.now()
  }
}

/** @param {() => Promise<unknown>} work */
async function watched(work) {
  let [blockMs, lateMs] = [0, 0]
  const over = new AbortController()
  const turns = (async () => {
    for (let last = ownMs(); !over.signal.aborted;) {
      await turn()
      const now = ownMs()
      blockMs = Math.max(blockMs, now - last)
      last = now
    }
  })()
  const timers = (async () => {
    for (let last = performance.now(); !over.signal.aborted;) {
      await sleep(TIMER_MS)
      const now = performance.now()
      lateMs = Math.max(lateMs, now - last - TIMER_MS)
      last = now
    }
  })()
  const start = performance.now()
  await work()
  const totalMs = performance.now() - start
  over.abort()
  await Promise.all([turns, timers])
  return { blockMs, lateMs, totalMs }
}

/** @param {() => Promise<unknown>} call */
async function measure(call) {
  const runs = [await watched(call)]
  while (runs.length < RUNS && runs[0].totalMs < REPEATED_BELOW_MS) runs.push(await watched(call))
  const least = (/** @type {'blockMs' | 'lateMs' | 'totalMs'} */ name) =>
    Math.min(...runs.map((run) => run[name]))
  const totalMs = least('totalMs')
  const { lateMs: idleMs } = await watched(() => sleep(Math.min(totalMs, REPEATED_BELOW_MS)))
  return { totalMs, blockMs: least('blockMs'), lateMs: least('lateMs'), idleMs }
}

/** @param {AsyncIterable<unknown>} batches */
async function drain(batches) {
  const iterator = batches[Symbol.asyncIterator]()
  while (!(await iterator.next()).done);
}

const folder = mkdtempSync(join(tmpdir(), 'lev-event-loop-'))
const [setFile, heavyFile, saved] = ['u.lev', 'heavy.csv', 'saved.lev'].map((name) => join(folder, name))
const line = (/** @type {unknown} */ _, /** @type {number} */ i) => `${i >> 4},${i & 15},0.05,1\n`
writeFileSync(heavyFile, `query,key,score,dot\n${Array.from({ length: PAIRS }, line).join('')}`)

const lev = await levattention()
await drain(lev.scores(matrix(drawn(200, 3), { rows: 200, cols: 3 })))
const rows = []
for (const dim of values.dims.split(',').map(Number)) {
  const n = Math.max(2000, Number(values['rows-per-column']) * dim)
  const matrixOf = (/** @type {Float32Array} */ given) =>
    matrix(given, { rows: given.length / dim, cols: dim })
  const [data, asked] = [drawn(n, dim), drawn(QUERIES, dim)]
  const [keys, queries] = [matrixOf(data), matrixOf(asked)]
  const few = matrixOf(data.subarray(0, Math.ceil(dim / 2) * dim))
  const half = n >> 1
  const halves = [matrixOf(data.subarray(0, half * dim)), matrixOf(data.subarray(half * dim))]
  const options = { epsilon: 0.5 }
  /** @type {Record<string, () => Promise<unknown>>} */
  const calls = {
    universalSet: () => lev.universalSet(keys, options),
    'universalSet, n < d': () => lev.universalSet(few, options),
    scores: () => drain(lev.scores(keys)),
    curve: () => lev.curve(keys),
    sample: () => lev.sample(keys, { rows: 100 }),
    heavyAttentions: async () => drain(lev.heavyAttentions(await lev.universalSet(keys, options), queries)),
    merge: async () => {
      const parts = halves.map((part, i) => lev.universalSet(part, { ...options, rowOffset: i * half }))
      return await lev.merge(await Promise.all(parts))
    },
    session: async () => {
      const session = await lev.session(await lev.universalSet(keys, options))
      await session.query(asked)
      await session.release()
    },
  }
  /** Keys of which a few are long, and their set by p = 3, for which draws are made. */
  const estimated = async () => {
    const given = drawn(Number(values['estimate-rows']), dim)
    for (let i = 0; i < LONG_ROWS * dim; i++) given[i] *= LENGTH
    const many = matrixOf(given)
    return { keys: many, set: await lev.universalSet(many, { epsilon: 0.02, p: 3 }) }
  }
  /** What others take, made before.  @type {Record<string, () => Promise<() => Promise<unknown>>>} */
  const prepared = {
    'heavyAttentions, all in U': async () => {
      const set = await lev.universalSet(keys, { epsilon: LEAST_EPSILON })
      return () => drain(lev.heavyAttentions(set, queries, { keys }))
    },
    'heavyAttentions, estimates': async () => {
      const { set, keys: many } = await estimated()
      return () => drain(lev.heavyAttentions(set, queries, { keys: many, scores: 'estimate' }))
    },
    'session, estimates': async () => {
      const { set, keys: many } = await estimated()
      return async () => {
        const session = await lev.session(set, { keys: many, scores: 'estimate' })
        await session.query(asked)
        await session.release()
      }
    },
    saveUniversalSet: async () => {
      const set = await lev.universalSet(keys, { epsilon: LEAST_EPSILON })
      return () => saveUniversalSet(set, saved, { force: true })
    },
    'merge of a file': async () => {
      const set = await lev.universalSet(keys, { epsilon: LEAST_EPSILON })
      await saveUniversalSet(set, setFile, { force: true })
      return () => lev.merge([setFile])
    },
    'liveSummary from bytes': async () => {
      const live = await lev.liveSummary({ dim, ...options })
      await live.push(data)
      const bytes = await live.toBytes()
      await live.release()
      return async () => await (await lev.liveSummary({ bytes })).release()
    },
    'verify of a file': () => Promise.resolve(() => lev.verify({ keys: queries, heavy: heavyFile }, options)),
  }
  for (const name of [...Object.keys(calls), ...Object.keys(prepared)]) {
    if (!name.startsWith(values.only)) continue
    const call = calls[name] ?? (await prepared[name]())
    const row = { dim, n, name, ...(await measure(call)) }
    rows.push(row)
    if (values.json) continue
    const [total, block, late, idle] = [row.totalMs, row.blockMs, row.lateMs, row.idleMs].map(Math.round)
    console.log(
      `d = ${String(dim).padStart(4)}  ${name.padEnd(20)} ${String(total).padStart(7)} ms  longest block ${String(block).padStart(4)} ms  timer late by ${String(late).padStart(4)} ms, idle ${idle} ms`,
    )
  }
}
if (values.json) console.log(JSON.stringify(rows))
await lev.close()
rmSync(folder, { recursive: true })
