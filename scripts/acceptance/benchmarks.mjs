// @ts-check
import { existsSync } from 'node:fs'
import { loadavg } from 'node:os'
import { join } from 'node:path'
import { ROOT } from '../../test/support/command.mjs'
import { require, Skip } from './check.mjs'
import { execute } from './command.mjs'

/** @typedef {import('../bench.mjs').BenchRow} BenchRow */

const script = join(ROOT, 'scripts/bench.mjs')

/** How many times our seconds a peer takes at least; what is not listed is told, not judged. */
const targets = [
  { peer: /brute force/, least: 40 },
  { peer: /levattention64/, least: 1 },
]

/**
 * Rows of the benchmark: planted 10^6 x 64 against NumPy in the same minutes.
 * @type {import('./check.mjs').Concern}
 */
export const benchmarks = {
  name: 'benchmarks',
  about: 'scripts/bench.mjs: planted 10^6 x 64 against NumPy on the same machine',
  async *checks() {
    if (!existsSync(script)) throw new Skip('scripts/bench.mjs is not there')
    const load = loadavg()[0]
    /** @type {BenchRow[]} */
    let rows = []
    yield { what: 'measured', run: async () => `${(rows = await measure()).length} rows, ${loadText(load)}` }
    for (const row of rows) yield { what: row.what, run: () => judge(row) }
    if (rows.length === 0 || rows.some(({ what }) => targets[0].peer.test(what))) return
    throw new Skip('python3 with numpy and scipy is not here: nothing to compare with')
  },
}

/** @returns {Promise<BenchRow[]>} */
async function measure() {
  const { exitCode, stdout, stderr } = await execute(process.execPath, [script, '--json'], { cwd: ROOT })
  require(exitCode === 0, `exit code ${exitCode}: ${stderr.slice(-500)}`)
  return JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '')
}

/** @param {BenchRow} row */
function judge({ what, seconds, ratio, peakMiB }) {
  const target = targets.find(({ peer }) => peer.test(what))
  const times = ratio === undefined ? '' : `, ${ratio.toFixed(2)} times ours`
  const wanted = target === undefined ? '' : ` (at least ${target.least})`
  const memory = peakMiB === undefined ? '' : `, peak memory ${peakMiB.toFixed(0)} MiB`
  const text = `${seconds.toFixed(3)} s${times}${wanted}${memory}`
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
