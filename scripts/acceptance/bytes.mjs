// @ts-check
import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { writeSensorWindows } from '../sensor-windows.mjs'
import { sha256 } from '../../test/support/digests.mjs'
import { readNpy } from '../../test/support/npy.mjs'
import { writeNpy } from './arrays.mjs'
import { require, requireEqual } from './check.mjs'
import { summaryOf } from './command.mjs'
import { sharedData } from './golden.mjs'
import { filled } from './random.mjs'

/** @typedef {{ keys: string, queries: string, epsilon: number, exact?: boolean }} Inputs */

const WORKERS = [0, 1, 2, 5]
const KERNELS = ['auto', 'wasm', 'scalar']

/**
 * Every output file, whatever the workers and kernels.
 * @type {import('./check.mjs').Concern}
 */
export const bytes = {
  name: 'bytes',
  about: 'the same bytes with --workers 0, 1, 2, 5 and --kernels wasm, scalar',
  async *checks({ scratch }) {
    for (const { what, make } of inputs) {
      yield { what, run: async () => await sameBytes(await make(scratch), scratch) }
    }
  },
}

/** @type {readonly { what: string, make: (scratch: string) => Promise<Inputs> }[]} */
const inputs = [
  { what: 'sensor windows, 18,700 x 32', make: sensor },
  { what: 'a vit head that is refined, 1024 x 64', make: async () => head('vit-nagasaki-boats-256px-L0-h1') },
  { what: 'digits with zero columns, 1797 x 64', make: digits },
  { what: 'a head with n < d, 64 x 96', make: async () => head('vit-nagasaki-boats-256px-L6-h0') },
  { what: 'nearly dependent columns, exact passes, 20,000 x 6', make: dependent },
  { what: 'float64, columns from 1e-150 to 1e150, 9000 x 24', make: wildColumns },
  { what: 'planted, one fused pass, 540,672 x 16', make: planted },
]

/** @param {string} scratch */
async function sensor(scratch) {
  const keys = join(scratch, 'sensor.npy')
  writeSensorWindows(keys)
  return { keys, queries: differences(keys, scratch, 2500), epsilon: 0.01 } // three batches
}

/**
 * Row i + 1 less row i: there the unusual rows show, where the rows themselves are all alike.
 * @param {string} keys
 * @param {string} scratch
 * @param {number} count
 */
function differences(keys, scratch, count) {
  const { shape, data } = readNpy(keys)
  const [, dim] = shape
  const path = join(scratch, 'differences.npy')
  writeNpy(
    path,
    [count, dim],
    Float64Array.from({ length: count * dim }, (_, i) => data[i + dim] - data[i]),
  )
  return path
}

/** @param {string} name */
function head(name) {
  const folder = join(sharedData(), 'real')
  return { keys: join(folder, `${name}.k.npy`), queries: join(folder, `${name}.q.npy`), epsilon: 0.01 }
}

/** @param {string} scratch */
async function digits(scratch) {
  const keys = join(sharedData(), 'tabular', 'sklearn-digits.npy')
  return { keys, queries: differences(keys, scratch, 1500), epsilon: 0.01 }
}

/**
 * The last column is the first but for a few last bits: queries that see nothing else are decided exactly.
 * @param {string} scratch
 */
async function dependent(scratch) {
  const [rows, dim] = [20_000, 6]
  const keys = join(scratch, 'dependent.npy')
  const queries = join(scratch, 'dependent-queries.npy')
  const data = filled(Float64Array, rows * dim, 13, (_, normal) => normal)
  for (let row = 0; row < rows; row++) {
    data[row * dim + dim - 1] = data[row * dim] * (row % 500 === 3 ? 1 + 2 ** -52 : 1)
  }
  writeNpy(keys, [rows, dim], data)
  const blind = [1, 0, 0, 0, 0, -1]
  /** @type {(i: number, normal: number) => number} */
  const query = (i, normal) => (Math.floor(i / dim) % 5 === 2 ? blind[i % dim] : normal)
  writeNpy(queries, [1500, dim], filled(Float64Array, 1500 * dim, 14, query))
  return { keys, queries, epsilon: 0.05, exact: true }
}

/**
 * float64 products are not exact, so here the order of every operation shows.
 * @param {string} scratch
 */
async function wildColumns(scratch) {
  const [rows, dim] = [9000, 24]
  const keys = join(scratch, 'wild.npy')
  const queries = join(scratch, 'wild-queries.npy')
  const power = (/** @type {number} */ i) => 10 ** (-150 + (300 * (i % dim)) / (dim - 1))
  const long = (/** @type {number} */ i) => (Math.floor(i / dim) % 900 === 7 ? 60 : 1)
  writeNpy(
    keys,
    [rows, dim],
    filled(Float64Array, rows * dim, 11, (i, normal) => normal * power(i) * long(i)),
  )
  writeNpy(
    queries,
    [1500, dim],
    filled(Float64Array, 1500 * dim, 12, (i, normal) => normal / power(i)),
  )
  return { keys, queries, epsilon: 0.05 }
}

/** @param {string} scratch */
async function planted(scratch) {
  const folder = join(scratch, 'planted-fused')
  await summaryOf('generate', 'planted', '--out', folder, '--n', '540672', '--d', '16', '--m', '2500')
  return { keys: join(folder, 'K.npy'), queries: join(folder, 'Q.npy'), epsilon: 0.01 }
}

/**
 * @param {Inputs} input
 * @param {string} scratch
 */
async function sameBytes(input, scratch) {
  /** @type {{ digests: Record<string, string>, pairs: number, queriesExactPass: number } | undefined} */
  let first
  for (const workers of WORKERS) {
    for (const kernels of KERNELS) {
      const folder = join(scratch, 'bytes')
      rmSync(folder, { recursive: true, force: true })
      mkdirSync(folder)
      const { pairs, queriesExactPass } = await writeOutputs(input, folder, { workers, kernels })
      const digests = Object.fromEntries(
        readdirSync(folder).map((name) => [name, sha256(join(folder, name))]),
      )
      first ??= { digests, pairs, queriesExactPass }
      requireEqual(digests, first.digests, `--workers ${workers} --kernels ${kernels}`)
    }
  }
  if (first === undefined) throw new Error('nothing was compared')
  const { pairs, queriesExactPass, digests } = first
  require(pairs > 0, 'no pair was found, so little was compared')
  require(!input.exact || queriesExactPass > 0, 'no query was decided by an exact pass')
  return (
    `${Object.keys(digests).length} files, ${pairs} pairs, ${queriesExactPass} queries by exact passes: ` +
    `${WORKERS.length * KERNELS.length} times the same`
  )
}

/**
 * One file of every kind; returns the summary of `run`.
 * @param {Inputs} inputs
 * @param {string} folder
 * @param {{ workers: number, kernels: string }} how
 */
async function writeOutputs({ keys, queries, epsilon }, folder, { workers, kernels }) {
  const out = (/** @type {string} */ name) => join(folder, name)
  const how = ['--workers', `${workers}`, '--kernels', kernels]
  const command = async (/** @type {string[]} */ ...args) => {
    const summary = await summaryOf(...args, ...how)
    requireEqual(summary.kernels, kernels, `kernels of ${args[0]}`)
    // More threads than cores are started only once tasks wait for them.
    const least = Math.min(workers, availableParallelism())
    require(summary.workers >= least &&
      summary.workers <=
        workers, `${args[0]} ran on ${summary.workers} threads, not on ${least} to ${workers}`)
    return summary
  }
  const both = ['--keys', keys, '--queries', queries, '--epsilon', `${epsilon}`]
  const summary = await command('run', ...both, '--out', out('run.npz'), '--universal', out('run.lev'))
  await command('run', ...both, '--out', out('run.csv'))
  await command(
    'build',
    keys,
    '--epsilon',
    `${epsilon}`,
    '--out',
    out('build.lev'),
    '--out',
    out('build.npz'),
  )
  await command('scores', keys, '--out', out('tau.npy'))
  const again = ['--universal', out('build.lev'), '--keys', keys, '--queries', queries]
  await command('query', ...again, '--out', out('query.ndjson'))
  return summary
}
