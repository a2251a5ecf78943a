// @ts-check
import { existsSync, readdirSync, rmSync, statfsSync, statSync } from 'node:fs'
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { sha256 } from '../../test/support/digests.mjs'
import { Random } from '../../test/support/random.mjs'
import { COMMAND } from '../../test/support/command.mjs'
import { require, requireEqual, Skip } from './check.mjs'
import { running, summaryOf } from './command.mjs'

/** @typedef {Awaited<ReturnType<typeof wholeRun>>} WholeRun */

const ROWS = 1e7
const DIM = 64
const MOMENTS = 20

/**
 * kill -9 at moments of a checkpointed run: it goes on to the same bytes, and repeats no finished shard.
 * @type {import('./check.mjs').Concern}
 */
export const checkpoints = {
  name: 'checkpoints',
  about: `kill -9 at ${MOMENTS} moments of a checkpointed run of planted 10^7 x ${DIM} (2.5 GB below the temporary folder)`,
  async *checks({ scratch }) {
    const { bavail, bsize } = statfsSync(scratch)
    if (bavail * bsize < 1.3 * ROWS * DIM * 4)
      throw new Skip(`${scratch} has too little room for ${ROWS} rows`)
    const folder = join(scratch, 'checkpoints')
    /** @type {{ whole?: WholeRun }} */
    const made = {}
    try {
      yield { what: 'the whole run', run: async () => (made.whole = await wholeRun(folder)).text }
      const { whole } = made
      if (whole === undefined) return
      const random = new Random(7)
      for (let i = 0; i < MOMENTS; i++) {
        const seconds = random.uniform() * whole.seconds
        yield {
          what: `killed after ${seconds.toFixed(2)} s`,
          run: async () => await killAndResume(folder, seconds, whole),
        }
      }
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  },
}

/** @param {string} folder */
async function wholeRun(folder) {
  await summaryOf('generate', 'planted', '--out', folder, '--n', `${ROWS}`, '--d', `${DIM}`, '--m', '10000')
  await summaryOf(
    'run',
    ...argsOf(folder),
    '--out',
    join(folder, 'plain.npz'),
    '--universal',
    join(folder, 'plain.lev'),
  )
  const started = performance.now()
  await summaryOf('run', ...argsOf(folder), '--checkpoint', join(folder, 'whole'))
  const seconds = (performance.now() - started) / 1000
  const results = resultsOf(join(folder, 'whole'))
  requireEqual(
    results,
    [sha256(join(folder, 'plain.npz')), sha256(join(folder, 'plain.lev'))],
    'bytes with a checkpoint',
  )
  const count = partsOf(join(folder, 'whole')).size
  return {
    seconds,
    results,
    count,
    text: `${seconds.toFixed(2)} s, ${count} parts; the bytes of a run without them`,
  }
}

/**
 * @param {string} folder
 * @param {number} seconds
 * @param {WholeRun} whole
 */
async function killAndResume(folder, seconds, whole) {
  const run = join(folder, 'killed')
  rmSync(run, { recursive: true, force: true })
  const args = ['run', ...argsOf(folder), '--checkpoint', run, '--json', '--quiet']
  const child = spawn(process.execPath, [COMMAND, ...args], { stdio: 'ignore' })
  running.add(child)
  const end = new Promise((resolve) => child.on('close', resolve)).finally(() => running.delete(child))
  await Promise.race([sleep(seconds * 1000), end])
  child.kill('SIGKILL')
  await end
  const before = partsOf(run)
  await summaryOf('run', ...argsOf(folder), '--checkpoint', run)
  const after = partsOf(run)
  for (const [name, file] of before) requireEqual(after.get(name), file, `the file of ${name}`)
  requireEqual(resultsOf(run), whole.results, 'bytes after it went on')
  requireEqual(after.size, whole.count, 'parts')
  requireEqual(halfWritten(run), [], 'files that the killed run left half written')
  return `${before.size} of ${after.size} parts stood, none was made again; same bytes`
}

/** @param {string} run */
const halfWritten = (run) =>
  ['parts', 'result'].flatMap((name) =>
    readdirSync(join(run, name)).filter((file) => file.startsWith('.levattention-')),
  )
/** @param {string} folder */
const argsOf = (folder) => [
  '--keys',
  join(folder, 'K.npy'),
  '--queries',
  join(folder, 'Q.npy'),
  '--workers',
  '2',
]
/** @param {string} run */
const resultsOf = (run) => ['heavy.npz', 'universal.lev'].map((name) => sha256(join(run, 'result', name)))

/**
 * Every part by name, with what tells its file from any other: one that is made again has another inode and time.
 * @param {string} run
 */
function partsOf(run) {
  const folder = join(run, 'parts')
  if (!existsSync(folder)) return /** @type {Map<string, string>} */ (new Map())
  // What is known of the inputs' files is written anew by whoever finds them unchanged.
  const names = readdirSync(folder).filter((name) => name.endsWith('.part') && !name.startsWith('inputs.'))
  const isKnown = (/** @type {string} */ name) => /^(\w+\.\d+-\d+|result)\./.test(name)
  require(names.every(isKnown), `parts of no known name in ${folder}`)
  /** @type {(name: string) => [name: string, file: string]} */
  const fileOf = (name) => {
    const { ino, mtimeNs } = statSync(join(folder, name), { bigint: true })
    return [name, `inode ${ino} of ${mtimeNs} ns`]
  }
  return new Map(names.map(fileOf))
}
