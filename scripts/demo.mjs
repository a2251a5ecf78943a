// @ts-check
// npm run demo: the main job on real inputs and on a large planted one, each command shown as it would be typed.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { writeBestQueries } from './demo/best-queries.mjs'
import { bruteForceSeconds } from './demo/brute-force.mjs'
import { heading, say } from './demo/say.mjs'
import { writeSensorWindows } from './sensor-windows.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'lev-demo-'))
const QUERIES = 10_000
const SAMPLED = 256

/**
 * Shows the command, runs it, returns what it printed on standard output.
 * @param {string[]} args
 */
function run(...args) {
  const shown = args
    .map((arg) => arg.replace(`${folder}/`, ''))
    .map((arg) => (/[*#]/.test(arg) ? `'${arg}'` : arg))
  console.log(`$ levattention ${shown.join(' ')}`)
  const command = join(root, 'packages/coordinator/bin/levattention.mjs')
  const { status, stdout } = spawnSync(process.execPath, [command, ...args], {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: 2 ** 28,
  })
  if (status !== 0) process.exit(status ?? 70)
  if (!args.includes('--json')) process.stdout.write(stdout)
  return stdout
}

function sensors() {
  heading(
    '1 of 5. A tall real matrix: 18,700 windows of 16 humidity and 16 temperature readings of wireless motes',
  )
  const keys = join(folder, 'sensors.npy')
  writeSensorWindows(keys)
  run('curve', keys)
  const universal = join(folder, 'u.lev')
  run('build', keys, '--epsilon', '0.01', '--out', universal)
  run('inspect', universal)
  const queries = join(folder, 'best-queries.npy')
  writeBestQueries(keys, queries)
  console.log()
  say(
    'For each of the 18,700 keys k now the query G⁻¹k, G = KᵀK, which gives it the largest share that it can have: ' +
      'a pair of a query with its own key is heavy where that key is in the universal set, and nowhere else.',
  )
  console.log()
  const pairs = join(folder, 'heavy.csv')
  run('query', '--universal', universal, '--queries', queries, '--out', pairs)
  const own = readFileSync(pairs, 'utf8').split('\n').filter(isOwnPair).length
  console.log()
  say(`${own} keys are heavy for their own query.`)
}

/**
 * A line query,key,score,dot whose query was made for its key.
 * @param {string} line
 */
function isOwnPair(line) {
  const [query, key] = line.split(',')
  return key !== undefined && query === key
}

function textEncoder() {
  heading(
    '2 of 5. Keys of a real attention head (Universal Sentence Encoder Lite, 29,952 tokens of Moby-Dick): no key can be heavy',
  )
  run('curve', 'examples/data/use-lite/keys-*.npy', '--concat')
}

async function planted() {
  heading(`3 of 5. A million planted keys, ${QUERIES.toLocaleString('en')} queries, made on the spot`)
  const out = join(folder, 'planted')
  run('generate', 'planted', '--out', out, '--n', '1000000', '--d', '64', '--m', `${QUERIES}`)
  const files = ['--keys', join(out, 'K.npy'), '--queries', join(out, 'Q.npy')]
  const summary = JSON.parse(run('run', ...files, '--out', join(folder, 'planted.npz'), '--json'))
  const { universalSize, pairs, seconds, workers, peakMemoryBytes } = summary
  say(
    `${pairs.toLocaleString('en')} heavy pairs by way of ${universalSize} of 1,000,000 keys in ${seconds.total.toFixed(2)} s ` +
      `(${workers} threads, peak memory ${(peakMemoryBytes / 2 ** 20).toFixed(0)} MiB)`,
  )
  run('verify', ...files, '--heavy', join(folder, 'planted.npz'), '--sample', '20')
  console.log()
  say(`Now brute force over all keys, for ${SAMPLED} queries: some seconds.`)
  const sampled = await bruteForceSeconds(join(out, 'K.npy'), join(out, 'Q.npy'), SAMPLED, 0.01)
  const all = (sampled * QUERIES) / SAMPLED / Math.max(1, workers)
  say(
    `With the same float32 kernel ${sampled.toFixed(2)} s for ${SAMPLED} queries on one core; ` +
      `extrapolated to ${QUERIES.toLocaleString('en')} queries on ${Math.max(1, workers)} cores: about ${all.toFixed(0)} s, ` +
      `${(all / seconds.total).toFixed(0)} times the run above. (Extrapolated, not run.)`,
  )
}

function tooShort() {
  heading(
    '4 of 5. A short head (PP-OCRv4 text recogniser, 512 keys of 15 columns): too short to help at epsilon 0.01',
  )
  run('curve', 'examples/data/ocr/keys.npy')
}

function softmax() {
  heading(
    '5 of 5. Softmax has no universal set: its exact pairs, what 32 keys hold of it, and attention over 32 keys (the same head, and one of Universal Sentence Encoder Lite)',
  )
  const head = (/** @type {string} */ name) =>
    ['queries', 'keys'].flatMap((input) => [`--${input}`, `examples/data/${name}/${input}.npy`])
  run('run', '--attention', 'softmax', ...head('use-lite/head'), '--out', join(folder, 'softmax.npz'))
  for (const name of ['ocr', 'use-lite/head']) {
    const values = ['--values', `examples/data/${name}/values.npy`]
    run('coverage', ...head(name), ...values, '--keep', '32')
  }
  const values = ['--values', 'examples/data/ocr/values.npy']
  run(
    'attend',
    ...head('ocr'),
    ...values,
    '--keep',
    '32',
    '--rest-clusters',
    '32',
    '--out',
    join(folder, 'O.npy'),
  )
}

try {
  sensors()
  textEncoder()
  await planted()
  tooShort()
  softmax()
} finally {
  rmSync(folder, { recursive: true, force: true })
}
