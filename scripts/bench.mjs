// @ts-check
// npm run bench [-- --rows 1000000 --dim 64 --runs 5 --large 10000000 --json]
// Whole runs against NumPy on the same machine in the same minutes, alternating; medians. Needs python3 with numpy and
// scipy for the peers; without them it prints our own times alone. Ours: seconds.total of the summary (from the parsed
// command line to the last rename); peers: their seconds, with the arrays already in memory.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

/**
 * @typedef {{ keys: string, queries: string }} Input
 *
 * @typedef {object} BenchRow
 * @property {string} what
 * @property {number} seconds
 * @property {number} [ratio] to our seconds
 * @property {number} [perRow] against the smaller run
 * @property {number} [peakMiB]
 */

const root = fileURLToPath(new URL('..', import.meta.url))
const cli = join(root, 'packages/coordinator/bin/levattention.mjs')
const peerScript = join(root, 'scripts/bench/peer_numpy.py')
const { values: options } = parseArgs({
  options: {
    rows: { type: 'string', default: '1000000' },
    dim: { type: 'string', default: '64' },
    queries: { type: 'string', default: '10000' },
    epsilon: { type: 'string', default: '0.01' },
    runs: { type: 'string', default: '5' },
    workers: { type: 'string', default: '2' },
    large: { type: 'string', default: '0' },
    json: { type: 'boolean', default: false },
  },
})
const folder = mkdtempSync(join(tmpdir(), 'lev-bench-'))
const say = (/** @type {string} */ text) => process.stderr.write(`${text}\n`)

/** @param {string[]} args */
function levattention(...args) {
  return execFileSync(process.execPath, [cli, ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  })
}

/**
 * Planted keys and queries [rows, dim] in a folder of their own.
 * @param {number} rows
 */
function generate(rows) {
  const out = join(folder, `planted-${rows}`)
  say(`generating ${rows} x ${options.dim}`)
  levattention(
    'generate',
    'planted',
    '--out',
    out,
    '--n',
    `${rows}`,
    '--d',
    options.dim,
    '--m',
    options.queries,
    '--quiet',
  )
  return { keys: join(out, 'K.npy'), queries: join(out, 'Q.npy') }
}

/**
 * @param {Input} input
 * @param {number} workers
 * @returns {{ seconds: number, pairs: number, peakMemoryBytes: number }}
 */
function ours({ keys, queries }, workers) {
  const out = join(folder, 'heavy.npz')
  const args = [
    'run',
    '--keys',
    keys,
    '--queries',
    queries,
    '--epsilon',
    options.epsilon,
    '--out',
    out,
    '--force',
  ]
  const summary = JSON.parse(levattention(...args, '--workers', `${workers}`, '--json', '--quiet'))
  return { seconds: summary.seconds.total, pairs: summary.pairs, peakMemoryBytes: summary.peakMemoryBytes }
}

/**
 * One NumPy run with as many threads; OpenBLAS presets that slow it down are unset.
 * @param {string} what
 * @param {Input} input
 * @param {number} threads
 * @returns {{ seconds: number }}
 */
function numpy(what, { keys, queries }, threads) {
  const { OPENBLAS_CORETYPE: _, OPENBLAS_L2_SIZE: __, ...environment } = process.env
  const printed = execFileSync('python3', [peerScript, what, keys, queries, options.epsilon], {
    encoding: 'utf8',
    env: { ...environment, OPENBLAS_NUM_THREADS: `${threads}` },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  return JSON.parse(printed)
}

function hasNumpy() {
  try {
    execFileSync('python3', ['-c', 'import numpy, scipy'], { stdio: 'ignore' })
    return true
  } catch {
    say('python3 with numpy and scipy is not here: no peers')
    return false
  }
}

/** @param {readonly number[]} values */
const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]

/**
 * Seconds of all queries by brute force, extrapolated from two samples: fixed cost plus a slope.
 * @param {Input} input
 * @param {number} threads
 */
function extrapolateBruteForce(input, threads) {
  const few = { ...input, queries: sample(input.queries, 512) }
  const more = { ...input, queries: sample(input.queries, 1024) }
  const a = numpy('bruteforce', few, threads).seconds
  const b = numpy('bruteforce', more, threads).seconds
  return b + ((b - a) / 512) * (Number(options.queries) - 1024)
}

/**
 * @param {string} queries
 * @param {number} count
 */
function sample(queries, count) {
  const path = join(folder, `queries-${count}.npy`)
  const program = `import numpy as np, sys; np.save(sys.argv[2], np.load(sys.argv[1], mmap_mode='r')[:int(sys.argv[3])])`
  execFileSync('python3', ['-c', program, queries, path, `${count}`])
  return path
}

function compare() {
  const runs = Number(options.runs)
  const workers = Number(options.workers)
  const input = generate(Number(options.rows))
  const peers = hasNumpy() ? ['levattention64', 'levattention32'] : []
  /** @type {Map<string, number[]>} */
  const seconds = new Map(peers.map((peer) => [peer, []]))
  /** @type {{ seconds: number[], brute: number[], memory: number[] }} */
  const own = { seconds: [], brute: [], memory: [] }
  ours(input, workers) // warms the page cache
  for (let run = 0; run < runs; run++) {
    const mine = ours(input, workers)
    own.seconds.push(mine.seconds)
    own.memory.push(mine.peakMemoryBytes)
    for (const [peer, times] of seconds) times.push(numpy(peer, input, workers).seconds)
    if (peers.length > 0) own.brute.push(extrapolateBruteForce(input, workers))
    say(`run ${run + 1} of ${runs}`)
  }
  const mine = median(own.seconds)
  /** @type {BenchRow[]} */
  const rows = [
    { what: `ours, ${workers} workers`, seconds: mine, ratio: 1, peakMiB: median(own.memory) / 2 ** 20 },
  ]
  for (const [peer, times] of seconds) {
    const theirs = median(times)
    rows.push({ what: `NumPy ${peer}, ${workers} threads`, seconds: theirs, ratio: theirs / mine })
  }
  if (own.brute.length > 0) {
    const theirs = median(own.brute)
    rows.push({
      what: `NumPy brute force, ${workers} threads (extrapolated)`,
      seconds: theirs,
      ratio: theirs / mine,
    })
  }
  return { mine, rows }
}

/**
 * Many more rows: time a row against the smaller run, and peak memory.
 * @param {number} mine
 * @returns {BenchRow}
 */
function grow(mine) {
  const rows = Number(options.large)
  const input = generate(rows)
  const workers = Number(options.workers)
  ours(input, workers)
  const results = [1, 2, 3].map(() => ours(input, workers))
  const seconds = median(results.map((result) => result.seconds))
  const peakMiB = Math.max(...results.map((result) => result.peakMemoryBytes)) / 2 ** 20
  return {
    what: `ours, ${rows} rows`,
    seconds,
    perRow: seconds / rows / (mine / Number(options.rows)),
    peakMiB,
  }
}

try {
  const { mine, rows } = compare()
  if (Number(options.large) > 0) rows.push(grow(mine))
  if (options.json) console.log(JSON.stringify(rows))
  else {
    console.log(
      `${options.rows} x ${options.dim} keys, ${options.queries} queries, epsilon ${options.epsilon}; medians of ${options.runs}`,
    )
    for (const { what, seconds, ratio, perRow, peakMiB } of rows) {
      const times = ratio === undefined ? '' : `  ${ratio.toFixed(2)} times ours`
      const growth =
        perRow === undefined ? '' : `  time per row ${perRow.toFixed(2)} times that of ${options.rows} rows`
      const memory = peakMiB === undefined ? '' : `  peak memory ${peakMiB.toFixed(0)} MiB`
      console.log(`${what.padEnd(52)} ${seconds.toFixed(3).padStart(8)} s${times}${growth}${memory}`)
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
