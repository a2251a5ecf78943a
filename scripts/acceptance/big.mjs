// @ts-check
import { openSync, closeSync, readFileSync, readSync, rmSync, statfsSync } from 'node:fs'
import { loadavg, totalmem } from 'node:os'
import { join } from 'node:path'
import { loadText } from './benchmarks.mjs'
import { require, Skip } from './check.mjs'
import { running, summaryOf } from './command.mjs'

/**
 * @typedef {'small' | 'large'} Size
 * @typedef {Awaited<ReturnType<typeof runBoth>>} Results
 */

/** @type {readonly Size[]} */
const SIZES = ['small', 'large']
const ROWS = { small: 1e6, large: 1e7 }
const DIM = 64
const RUNS = 3
const MOST_MIB = 400
const MOST_GROWTH = 1.15
const KEY_BYTES = ROWS.large * DIM * 4

/**
 * Ten times the rows: memory that does not grow, time that grows no faster.
 * @type {import('./check.mjs').Concern}
 */
export const big = {
  name: 'big',
  about: 'planted 10^7 x 64 (2.5 GB below the temporary folder, deleted afterwards): memory, time per row',
  async *checks({ scratch }) {
    requireDisk(scratch)
    const load = loadavg()[0]
    /** @type {{ results?: Results }} */
    const made = {}
    try {
      yield { what: 'planted inputs', run: async () => await generateBoth(scratch) }
      yield {
        what: 'runs',
        run: async () => `${(made.results = await runBoth(scratch)).text}, ${loadText(load)}`,
      }
    } finally {
      for (const size of SIZES) rmSync(join(scratch, size), { recursive: true, force: true })
    }
    const { results } = made
    if (results === undefined) return
    yield { what: `peak memory below ${MOST_MIB} MiB`, run: () => judgeMemory(results) }
    yield { what: 'time per row, 10^7 against 10^6', run: () => judgeGrowth(results) }
  },
}

/** @param {string} folder */
function requireDisk(folder) {
  const { bavail, bsize } = statfsSync(folder)
  if (bavail * bsize < 1.3 * KEY_BYTES)
    throw new Skip(`${folder} has less than ${1.3 * KEY_BYTES} bytes free`)
}

/** @param {string} scratch */
async function generateBoth(scratch) {
  for (const size of SIZES) {
    const where = ['--out', join(scratch, size)]
    await summaryOf('generate', 'planted', ...where, '--n', `${ROWS[size]}`, '--d', `${DIM}`, '--m', '10000')
  }
  return `${ROWS.small} and ${ROWS.large} rows of ${DIM}`
}

/**
 * Alternating runs, after one read of all keys that fills the page cache.
 * @param {string} scratch
 */
async function runBoth(scratch) {
  for (const size of SIZES) readWhole(join(scratch, size, 'K.npy'))
  /** @type {Record<Size, Awaited<ReturnType<typeof runOnce>>[]>} */
  const runs = { small: [], large: [] }
  for (let run = 0; run < RUNS; run++) {
    for (const size of SIZES) runs[size].push(await runOnce(scratch, size))
  }
  const perRow = (/** @type {Size} */ size) =>
    (median(runs[size].map(({ seconds }) => seconds)) / ROWS[size]) * 1e9
  const text = SIZES.map((size) => `${perRow(size).toFixed(0)} ns a row at ${ROWS[size]}`)
  return { runs, growth: perRow('large') / perRow('small'), text: text.join(', ') }
}

/**
 * @param {string} scratch
 * @param {Size} size
 */
async function runOnce(scratch, size) {
  const [keys, queries, out] = ['K.npy', 'Q.npy', 'heavy.npz'].map((name) => join(scratch, size, name))
  const inputs = ['--keys', keys, '--queries', queries, '--epsilon', '.01']
  const how = ['--workers', '2', '--out', out, '--force']
  const watch = new PeakWatch()
  const { seconds, peakMemoryBytes, pairs } = await summaryOf('run', ...inputs, ...how)
  require(pairs > 0, 'no heavy pair was found')
  return { seconds: seconds.total, own: peakMemoryBytes / 2 ** 20, seen: watch.stop() / 2 ** 20 }
}

/** The largest resident set that the kernel has counted for a running child (VmHWM), where there is /proc. */
class PeakWatch {
  #peakBytes = 0
  #timer = setInterval(() => this.#look(), 20)

  stop() {
    clearInterval(this.#timer)
    return this.#peakBytes
  }

  #look() {
    for (const { pid } of running) {
      try {
        const [, kib] = /^VmHWM:\s*(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
        if (kib !== undefined) this.#peakBytes = Math.max(this.#peakBytes, Number(kib) * 1024)
      } catch {
        // It has just ended, or this system has no /proc: the summary's own figure remains.
      }
    }
  }
}

/** @param {Results} results */
function judgeMemory({ runs }) {
  const all = [...runs.small, ...runs.large]
  const own = Math.max(...all.map((run) => run.own))
  const seen = Math.max(...all.map((run) => run.seen))
  const text = `${own.toFixed(0)} MiB by its summary, ${seen.toFixed(0)} MiB seen from outside`
  require(Math.max(own, seen) < MOST_MIB, text)
  return text
}

/** @param {Results} results */
function judgeGrowth({ growth }) {
  if (totalmem() < 2 * KEY_BYTES) throw new Skip('too little memory to hold the keys in the page cache')
  const text = `${growth.toFixed(3)} times (at most ${MOST_GROWTH})`
  require(growth <= MOST_GROWTH, text)
  return text
}

/** @param {readonly number[]} values */
function median(values) {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]
}

/** @param {string} path */
function readWhole(path) {
  const block = Buffer.alloc(4 << 20)
  const file = openSync(path, 'r')
  while (readSync(file, block, 0, block.length, null) > 0);
  closeSync(file)
}
