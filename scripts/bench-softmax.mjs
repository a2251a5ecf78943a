// @ts-check
// node scripts/bench-softmax.mjs [--runs 3] [--workers 2] [--only pairs|attend] [--json]
// run --attention softmax and attend against NumPy with a thread a core, on the same machine in the same minutes, alternating;
// medians, also of CPU time, which other load on the machine moves less. Needs python3 with numpy. Ours: seconds.total of the
// summary, CPU of the whole process; NumPy's: once its arrays are in memory, its block the best of several.
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

/** @typedef {{ seconds: number, cpuSeconds: number, count: number, peakMiB?: number }} Run */
/** @typedef {{ what: string, n: number, m: number, d: number, epsilon?: number }} Case */

const root = fileURLToPath(new URL('..', import.meta.url))
const cli = join(root, 'packages/coordinator/bin/levattention.mjs')
const peer = join(root, 'scripts/bench/peer_softmax.py')
const { values: options } = parseArgs({
  options: {
    runs: { type: 'string', default: '3' },
    workers: { type: 'string', default: '2' },
    only: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
})
const { workers } = options
const folder = mkdtempSync(join(tmpdir(), 'lev-bench-softmax-'))
const say = (/** @type {string} */ text) => process.stderr.write(`${text}\n`)

/** @type {readonly Case[]} */
const CASES = [
  { what: 'pairs', n: 65_536, m: 16_384, d: 16, epsilon: 0.01 },
  { what: 'pairs', n: 65_536, m: 16_384, d: 32, epsilon: 0.01 },
  { what: 'pairs', n: 65_536, m: 16_384, d: 64, epsilon: 0.01 },
  { what: 'attend', n: 262_144, m: 16_384, d: 64 },
]

/**
 * Gaussian rows; queries twice as large, so that logits have a standard deviation of 2.
 * @param {string} name
 * @param {number} rows
 * @param {number} cols
 * @param {number} scale
 */
function gaussian(name, rows, cols, scale) {
  const path = join(folder, `${name}-${rows}x${cols}.npy`)
  const script = `import numpy as np; np.save(${JSON.stringify(path)}, (${scale} * np.random.default_rng(1).standard_normal((${rows}, ${cols}))).astype('f4'))`
  execFileSync('python3', ['-c', script])
  return path
}

/**
 * CPU time of the whole process by the shell's `times`, whose last line is that of children.
 * @param {readonly string[]} args
 * @returns {Run}
 */
function ours(args) {
  const line = '"$0" "$@"; s=$?; times >&2; exit $s'
  const found = spawnSync('sh', ['-c', line, process.execPath, cli, ...args], { encoding: 'utf8' })
  if (found.status !== 0) throw new Error(`levattention ${args.join(' ')}: ${found.stdout}${found.stderr}`)
  const { seconds, pairs, m, peakMemoryBytes } = JSON.parse(found.stdout)
  const spent = [...(found.stderr.trim().split('\n').at(-1) ?? '').matchAll(/(\d+)m([\d.]+)s/g)]
  const cpuSeconds = spent.reduce((sum, [, min, sec]) => sum + 60 * Number(min) + Number(sec), 0)
  return {
    seconds: seconds.total,
    cpuSeconds,
    count: pairs ?? m,
    peakMiB: Math.round(peakMemoryBytes / 2 ** 20),
  }
}

/**
 * @param {readonly string[]} args
 * @returns {Run}
 */
function numpy(args) {
  const { OPENBLAS_CORETYPE: _, OPENBLAS_L2_SIZE: __, ...environment } = process.env
  const printed = execFileSync('python3', [peer, ...args, workers], {
    encoding: 'utf8',
    env: { ...environment, OPENBLAS_NUM_THREADS: '1' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  return JSON.parse(printed)
}

/** @param {readonly number[]} values */
function median(values) {
  const sorted = [...values].sort((a, b) => a - b)
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2
}

/** @param {Case} one */
function measured({ what, n, m, d, epsilon = 0 }) {
  const [keys, queries] = [gaussian('K', n, d, 1), gaussian('Q', m, d, 2)]
  const common = ['--keys', keys, '--queries', queries, '--workers', workers, '--json', '--quiet', '--force']
  const values = what === 'attend' ? gaussian('V', n, d, 1) : ''
  const own =
    what === 'pairs'
      ? [
          'run',
          '--attention',
          'softmax',
          '--epsilon',
          `${epsilon}`,
          '--out',
          join(folder, 'h.npz'),
          ...common,
        ]
      : [
          'attend',
          '--values',
          values,
          '--keep',
          '256',
          '--local',
          '64',
          '--query-start',
          '0',
          '--out',
          join(folder, 'O.npy'),
          ...common,
        ]
  const theirs = what === 'pairs' ? ['pairs', keys, queries, `${epsilon}`] : ['attend', keys, queries, values]
  /** @type {{ ours: Run, numpy: Run }[]} */
  const runs = []
  for (let i = 0; i < Number(options.runs); i++) {
    runs.push({ ours: ours(own), numpy: numpy(theirs) })
    say(`${what} ${n} x ${m}, d = ${d}: ${JSON.stringify(runs.at(-1))}, load ${loadavg()[0].toFixed(2)}`)
  }
  const of = (/** @type {(run: { ours: Run, numpy: Run }) => number} */ pick) => median(runs.map(pick))
  return {
    what,
    n,
    m,
    d,
    ...(epsilon > 0 ? { epsilon } : {}),
    seconds: of((run) => run.ours.seconds),
    numpySeconds: of((run) => run.numpy.seconds),
    ratio: of((run) => run.numpy.seconds / run.ours.seconds),
    cpuSeconds: of((run) => run.ours.cpuSeconds),
    numpyCpuSeconds: of((run) => run.numpy.cpuSeconds),
    cpuRatio: of((run) => run.numpy.cpuSeconds / run.ours.cpuSeconds),
    peakMiB: of((run) => run.ours.peakMiB ?? 0),
  }
}

try {
  const chosen = CASES.filter(({ what }) => options.only === undefined || options.only === what)
  const rows = chosen.map((one) => measured(one))
  const machine = { cpu: cpus()[0]?.model, cores: cpus().length, load: loadavg()[0], node: process.version }
  if (options.json) process.stdout.write(`${JSON.stringify({ machine, workers, rows })}\n`)
  else {
    console.log(
      `${machine.cpu}, ${machine.cores} cores, load ${machine.load.toFixed(2)}, Node ${machine.node}, ${workers} workers`,
    )
    console.table(rows)
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
