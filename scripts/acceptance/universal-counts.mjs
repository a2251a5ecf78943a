// @ts-check
import { existsSync, openSync, closeSync, rmSync } from 'node:fs'
import { devNull } from 'node:os'
import { join } from 'node:path'
import { COMMAND, ROOT } from '../../test/support/command.mjs'
import { readNpzMeta } from '../../test/support/npy.mjs'
import { require, requireEqual, Skip } from './check.mjs'
import { execute, summaryOf } from './command.mjs'

/**
 * @typedef {{ name: string, rows: number, shared?: string }} Input
 * @typedef {Awaited<ReturnType<typeof built>>} Built
 * @typedef {{ name: string, p: number, epsilon: number, several: Built, stream: Built }} Line
 *
 * @typedef {object} Terms
 * @property {string} scratch
 * @property {readonly number[]} powers
 * @property {readonly number[]} epsilons
 * @property {number} until
 */

const DIM = 64
/**
 * Inputs from small to large, so that it is the largest that may be left out.
 * @type {readonly Input[]}
 */
const INPUTS = [
  { name: 'sensor-multihop-lag16', rows: 18_700, shared: '../shared/data/tabular/sensor-multihop-lag16.npy' },
  { name: 'planted 10^5 x 64', rows: 1e5 },
  { name: 'planted 10^6 x 64', rows: 1e6 },
]
const HEAD =
  '| keys | p | epsilon | |U| | Σ bounds/d | peak MiB | one pass: |U| | S/d | Σ bounds/d | peak MiB |'

/**
 * Counts of U by passes over a file and by a stream; at the end the table, as docs/guarantees.md has it, on stdout. None is
 * begun after `until` (of performance.now()): what is left out is said.
 * @param {Terms} terms
 * @returns {AsyncGenerator<import('./check.mjs').Check, void>}
 */
export async function* countChecks({ scratch, powers, epsilons, until }) {
  /** @type {Line[]} */
  const counts = []
  /** @type {string[]} */
  const late = []
  for (const input of INPUTS) {
    const folder = join(scratch, `planted-${input.rows}`)
    const file = input.shared ? join(ROOT, input.shared) : join(folder, 'K.npy')
    yield { what: `${input.name}: the keys`, run: async () => await keysOf(input, folder, file) }
    if (!existsSync(file)) continue
    for (const p of powers) {
      for (const epsilon of epsilons) {
        const what = `${input.name}, p = ${p}, epsilon ${epsilon}`
        if (performance.now() > until) late.push(what)
        else yield { what, run: async () => await countOf({ input, file, p, epsilon, scratch, counts }) }
      }
    }
    if (!input.shared) rmSync(folder, { recursive: true, force: true })
  }
  yield { what: 'the table', run: () => printed(counts) }
  if (late.length > 0) yield { what: 'left out', run: () => leftOut(late) }
}

/**
 * @param {readonly string[]} late
 * @returns {never}
 */
function leftOut(late) {
  throw new Skip(`the time was over before ${late.join('; ')}`)
}

/**
 * @param {Input} input
 * @param {string} folder
 * @param {string} file
 */
async function keysOf({ rows, shared }, folder, file) {
  if (shared && !existsSync(file)) throw new Skip(`${shared} is not beside the repository`)
  if (shared) return file
  await summaryOf('generate', 'planted', '--out', folder, '--n', `${rows}`, '--d', `${DIM}`, '--m', '1000')
  return `generate planted --n ${rows} --d ${DIM} --m 1000`
}

/**
 * Both ways at once: nothing is timed here.
 * @param {{ input: Input, file: string, p: number, epsilon: number, scratch: string, counts: Line[] }} given
 */
async function countOf({ input, file, p, epsilon, scratch, counts }) {
  const options = ['--p', `${p}`, '--epsilon', `${epsilon}`]
  const [several, stream] = await Promise.all([
    built([file], options, join(scratch, 'several')),
    built(['-'], options, join(scratch, 'stream'), file),
  ])
  requireEqual([several.n, stream.n], [input.rows, input.rows], 'rows read')
  const line = { name: input.name, p, epsilon, several, stream }
  counts.push(line)
  return `several passes: ${textOf(several)}; a stream: ${textOf(stream)}, S/d ${stream.weights.toFixed(2)}`
}

/** @param {Built} built */
const textOf = ({ size, n, bounds, mebibytes }) =>
  `|U| ${size} of ${n}, Σ bounds/d ${bounds.toFixed(2)}, ${mebibytes} MiB`

/**
 * `build`, from a file or from standard input: counts of its U.
 * @param {readonly string[]} keys
 * @param {readonly string[]} options
 * @param {string} out
 * @param {string} [stdin]
 */
async function built(keys, options, out, stdin) {
  const paths = [`${out}.npz`, `${out}.lev`]
  const outputs = paths.flatMap((path) => ['--out', path])
  const args = [COMMAND, 'build', ...keys, ...options, ...outputs, '--force', '--json', '--quiet']
  const input = openSync(stdin ?? devNull, 'r')
  const ran = await execute(process.execPath, args, { stdio: [input, 'pipe', 'pipe'] })
  closeSync(input)
  require(ran.exitCode === 0, `build ${keys.join(' ')} ${options.join(' ')}: ${ran.stdout}${ran.stderr}`)
  /** @type {import('./command.mjs').Summary} */
  const { n, d, universalSize, boundSum, peakMemoryBytes } = JSON.parse(ran.stdout)
  const weightSum = Number(readNpzMeta(paths[0]).weightSum)
  return {
    n,
    size: universalSize,
    bounds: boundSum / d,
    weights: weightSum / d,
    mebibytes: Math.round(peakMemoryBytes / 2 ** 20),
  }
}

/** @param {readonly Line[]} counts */
function printed(counts) {
  const rows = counts.map(({ name, p, epsilon, several, stream }) => {
    const cells = [name, p, epsilon, several.size, several.bounds.toFixed(2), several.mebibytes]
    cells.push(stream.size, stream.weights.toFixed(2), stream.bounds.toFixed(2), stream.mebibytes)
    return `| ${cells.join(' | ')} |`
  })
  const rule = HEAD.replaceAll('|U|', 'U').replace(/[^|]+/g, '---')
  console.log([HEAD.replaceAll('|U|', '\\|U\\|'), rule, ...rows].join('\n'))
  return `${counts.length} rows, on standard output`
}
