// @ts-check
import { chmodSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { writeNpy } from './arrays.mjs'
import { require, requireEqual, Skip } from './check.mjs'
import { execute, levattention, summaryOf } from './command.mjs'
import { filled } from './random.mjs'
import { runSuite } from './run-suite.mjs'

/** Test files that are about wrong inputs, with all their cases; their counts stand in the table. */
const suites = [
  ['options, files and their places', 'test/coordinator/cli/failures.test.ts'],
  ['every wrong matrix and epsilon, on every command', 'test/coordinator/cli/bad-input.test.ts'],
  ['outputs that stand', 'test/coordinator/cli/refused-outputs.test.ts'],
  ['every byte and truncation of a .lev, by query', 'test/coordinator/cli/damaged-lev.test.ts'],
  ['every bit of a .lev, by its reader', 'test/core/storage/lev-damage.test.ts'],
]

/**
 * Wrong inputs: exit code, a message that names file and place, no file left.
 * @type {import('./check.mjs').Concern}
 */
export const badInput = {
  name: 'bad-input',
  about: 'wrong inputs: the tests about them, and what these cannot do in their own process',
  async *checks({ scratch }) {
    for (const [what, file] of suites) yield { what, run: async () => await runSuite(file, scratch) }
    const folder = join(scratch, 'bad-input')
    mkdirSync(folder)
    const keys = join(folder, 'K.npy')
    writeNpy(
      keys,
      [40, 3],
      filled(Float32Array, 120, 5, (_, normal) => normal),
    )
    yield {
      what: 'a sample of damaged .lev, a process each',
      run: async () => await damagedLev(keys, folder),
    }
    yield { what: 'a folder that cannot be written', run: async () => await sealedFolder(keys, folder) }
    yield { what: 'a disk that fills', run: async () => await fullDisk(folder) }
  },
}

/**
 * 24 changed bytes and 12 truncations, spread over the file.
 * @param {string} keys
 * @param {string} folder
 */
async function damagedLev(keys, folder) {
  const [good, bad, out] = ['good.lev', 'bad.lev', 'new.npz'].map((name) => join(folder, name))
  await summaryOf('build', keys, '--epsilon', '.3', '--out', good)
  const whole = readFileSync(good)
  /** @type {(i: number, count: number) => number} */
  const at = (i, count) => Math.floor((i * whole.length) / count)
  const damaged = [
    ...Array.from({ length: 24 }, (_, i) => whole.with(at(i, 24), whole[at(i, 24)] ^ 0xff)),
    ...Array.from({ length: 12 }, (_, i) => whole.subarray(0, at(i, 12))),
  ]
  for (const bytes of damaged) {
    writeFileSync(bad, bytes)
    await refused(65, 'bad.lev', 'query', '--universal', bad, '--queries', keys, '--out', out)
  }
  requireEqual(readdirSync(folder).sort(), ['K.npy', 'bad.lev', 'good.lev'], 'files left')
  return `${damaged.length} of a file of ${whole.length} bytes: all refused with 65`
}

/**
 * For ROOT as well: the file system itself refuses.
 * @param {string} keys
 * @param {string} folder
 */
async function sealedFolder(keys, folder) {
  const sealed = join(folder, 'sealed')
  mkdirSync(sealed)
  const open = await seal(sealed)
  try {
    const outs = ['new.npz', 'new.csv', 'new.ndjson'].map((name) => join(sealed, name))
    for (const out of outs) await refused(73, out, 'run', '--keys', keys, '--out', out)
    await refused(73, 'new.lev', 'build', keys, '--out', join(sealed, 'new.lev'))
    await refused(73, 'tau.npy', 'scores', keys, '--out', join(sealed, 'tau.npy'))
    requireEqual(readdirSync(sealed), [], 'files left')
  } finally {
    await open()
  }
  return '5 outputs: all refused with 73, nothing left'
}

/**
 * Returns what opens the folder again. Throws Skip where the system cannot seal one.
 * @param {string} folder
 */
async function seal(folder) {
  if (process.getuid?.() !== 0) {
    chmodSync(folder, 0o555)
    return async () => chmodSync(folder, 0o755)
  }
  if (await succeeds('chattr', '+i', folder)) return async () => void (await succeeds('chattr', '-i', folder))
  throw new Skip('root writes everywhere, and chattr +i is not allowed here')
}

/**
 * A file system of 256 KiB, where ROOT may make one.
 * @param {string} folder
 */
async function fullDisk(folder) {
  const small = join(folder, 'small')
  mkdirSync(small)
  if (!(await succeeds('mount', '-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', small))) {
    throw new Skip('a small file system cannot be mounted here')
  }
  try {
    const keys = join(folder, 'many.npy')
    writeNpy(
      keys,
      [2000, 4],
      filled(Float32Array, 8000, 6, (_, normal) => normal),
    )
    for (const name of ['new.npz', 'new.csv', 'new.ndjson']) {
      const out = join(small, name)
      await refused(73, name, 'run', '--keys', keys, '--epsilon', '.001', '--out', out)
      requireEqual(readdirSync(small), [], 'files left')
    }
  } finally {
    await succeeds('umount', small)
    rmSync(small, { recursive: true })
  }
  return '3 outputs: all refused with 73, nothing left'
}

/**
 * @param {number} exitCode
 * @param {string} named
 * @param {string[]} args
 */
async function refused(exitCode, named, ...args) {
  const ran = await levattention(...args)
  require(ran.exitCode === exitCode, `${args.join(' ')}: exit code ${ran.exitCode}: ${ran.stderr}`)
  require(ran.stderr.includes(named), `${args.join(' ')}: does not name ${named}: ${ran.stderr}`)
  requireEqual(ran.stdout, '', `${args.join(' ')}: standard output`)
}

/**
 * @param {string} program
 * @param {string[]} args
 */
async function succeeds(program, ...args) {
  try {
    return (await execute(program, args)).exitCode === 0
  } catch {
    return false // not installed
  }
}
