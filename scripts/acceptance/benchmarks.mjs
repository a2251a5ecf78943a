// @ts-check
import { loadavg } from 'node:os'
import { require, Skip } from './check.mjs'
import { execute } from './command.mjs'
import { COMMAND, ROOT } from '../../test/support/command.mjs'

/**
 * @typedef {import('../../packages/coordinator/dist/bench/bench.js').BenchFacts} BenchFacts
 * @typedef {BenchFacts['cases'][number]['entries'][number]} Entry
 */

const ARGS = ['bench', '--only', 'heavy', '--sizes', '1e6x64', '--runs', '5', '--json', '--quiet']

/** How many times our seconds a peer takes at least; what is not listed is told, not judged. */
const targets = [
  { peer: /brute force/, least: 40 },
  { peer: /float64/, least: 1 },
]

/**
 * Rows of the benchmark: planted 10^6 x 64 against NumPy in the same minutes.
 * @type {import('./check.mjs').Concern}
 */
export const benchmarks = {
  name: 'benchmarks',
  about: 'levattention bench: planted 10^6 x 64 against NumPy on the same machine',
  async *checks() {
    const load = loadavg()[0]
    /** @type {readonly Entry[]} */
    let entries = []
    yield {
      what: 'measured',
      run: async () => `${(entries = await measure()).length} rows, ${loadText(load)}`,
    }
    const judged = entries.filter(({ role }) => role !== 'startup')
    for (const entry of judged) yield { what: entry.name, run: () => judge(entry) }
    if (judged.length === 0 || judged.some(({ name }) => targets[0].peer.test(name))) return
    throw new Skip('python3 with numpy and scipy is not here: nothing to compare with')
  },
}

/** @returns {Promise<readonly Entry[]>} */
async function measure() {
  const { exitCode, stdout, stderr } = await execute(process.execPath, [COMMAND, ...ARGS], { cwd: ROOT })
  require(exitCode === 0, `exit code ${exitCode}: ${stderr.slice(-500)}`)
  /** @type {BenchFacts} */
  const { cases } = JSON.parse(stdout)
  require(cases[0].agree !== false, 'the answers differ')
  return cases[0].entries
}

/** @param {Entry} entry */
function judge({ name, seconds, ratio, peakMemoryBytes }) {
  const target = targets.find(({ peer }) => peer.test(name))
  const times = ratio === undefined ? '' : `, ${ratio.toFixed(2)} times ours`
  const wanted = target === undefined ? '' : ` (at least ${target.least})`
  const memory =
    peakMemoryBytes === undefined ? '' : `, peak memory ${(peakMemoryBytes / 2 ** 20).toFixed(0)} MiB`
  const text = `${seconds.median.toFixed(3)} s${times}${wanted}${memory}`
  require(target === undefined || (ratio ?? 0) >= target.least, text)
  return text
}

/**
 * Timings mean little on a busy machine: the table says how busy it was.
 * @param {number} load
 */
export function loadText(load) {
  return `load average before ${load.toFixed(1)}`
}
