// Catches: steps whose results differ by a byte from the job's on one machine, for any kind of pass; parts that are left out in
// silence; messages that do not say what to do. Cannot catch: schedulers (test/slurm), or a disk that does not show a rename to
// other hosts. Broken parts: damage.test.ts.
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { gaussianRows, Workspace } from '../cli/bin.ts'
import { jsonHere } from '../cli/in-process.ts'
import { tiered } from '../../support/tier.ts'
import { allSteps, done as doneIn, partsOf } from './support.ts'

const work = new Workspace()
afterAll(() => work.remove())
const ROWS = 20_000
/** Three shards of them. */
const FEW = 9000
const COLS = 6
const CUT = ['--shard-rows', '4096', '--fan-in', '2', '--query-batches', '3']

beforeAll(() => {
  work.npy('K.npy', [ROWS, COLS], gaussianRows(ROWS, COLS, 1, 30))
  work.npy('few.npy', [FEW, COLS], gaussianRows(FEW, COLS, 1, 30))
  work.npy('Q.npy', [300, COLS], gaussianRows(300, COLS, 2))
  // Nearly dependent columns: refined, and some queries need an exact pass.
  const near = Float64Array.from(gaussianRows(FEW, COLS, 3, 20))
  for (let i = 0; i < near.length; i += COLS) near[i + 5] = near[i] + near[i + 1] + 1e-9 * near[i + 5]
  work.npy('near.npy', [FEW, COLS], near)
  const nulls = Float64Array.from(gaussianRows(40, COLS, 4))
  for (let i = 0; i < nulls.length; i += 2 * COLS) nulls.set([1, 1, 0, 0, 0, -1], i)
  work.npy('null-queries.npy', [40, COLS], nulls)
})

const parts = (run: string) => partsOf(work, run)
const bytesOf = (...names: string[]) => readFileSync(work.path(join(...names)))
const done = async (name: string, ...args: string[]) => await doneIn(work, name, ...args)

const both = ['--keys', 'K.npy', '--queries', 'Q.npy']
const few = ['--keys', 'few.npy', '--queries', 'Q.npy']
const slow: [string, string[]][] = [
  ['p = 4, row sums by fourth moments', [...few, '--p', '4']],
  ['sketches', [...few, '--method', 'sketch', '--delta', '0.01', '--seed', '3']],
  ['p = 3', [...few, '--p', '3']],
  ['p = 4, lifted and tightened', [...few, '--p', '4', '--tighten', '--epsilon', '0.02']],
  ['p = 1', [...few, '--p', '1', '--scores', 'interval']],
]
test.each([
  ['p = 2', both],
  ...tiered([], slow),
  [
    'p = 2, one pass that chooses keys too',
    ['--keys', 'K.npy', '--queries', 'Q.npy', '--epsilon', '0.5', '--shards', '1'],
  ],
  ['p = 3 from one reading', [...few, '--p', '3', '--passes', '1']],
  ['the 9 largest bounds', [...few, '--keep', '9']],
  ['causal', [...few, '--causal', '--query-start', '8500']],
  ['nearly dependent columns', ['--keys', 'near.npy', '--queries', 'null-queries.npy']],
])('%s: steps and a checkpointed run leave the bytes of run', async (_, args) => {
  const cut = args.includes('--shards') ? CUT.slice(2) : CUT
  const all = [...args, ...cut]
  await done('run', ...all, '--out', 'one.npz', '--universal', 'one.lev', '--force')
  rmSync(work.path('D'), { recursive: true, force: true })
  rmSync(work.path('C'), { recursive: true, force: true })
  await allSteps(work, 'D', all)
  const { pairs } = await done(
    'run',
    ...all,
    '--checkpoint',
    'C',
    '--out',
    'c.npz',
    '--universal',
    'c.lev',
    '--force',
  )
  const summary = JSON.parse(bytesOf('D/result/summary.json').toString()) as {
    pairs: number
    queriesExactPass: number
  }
  expect(summary.pairs).toBe(pairs)
  if (args.includes('near.npy')) expect(summary.queriesExactPass).toBeGreaterThan(0)
  for (const heavy of ['D/result/heavy.npz', 'C/result/heavy.npz', 'c.npz'])
    expect(bytesOf(heavy).equals(bytesOf('one.npz')), heavy).toBe(true)
  for (const lev of ['D/result/universal.lev', 'C/result/universal.lev', 'c.lev'])
    expect(bytesOf(lev).equals(bytesOf('one.lev')), lev).toBe(true)
  // One folder for both: the checkpointed run's parts are those of the steps.
  expect(parts('C').filter((name) => !name.startsWith('merge'))).toEqual(parts('D'))
})

test('scores, samples and sets alone in steps are those of their commands', async () => {
  await done('scores', 'K.npy', '--out', 'tau.npy')
  await allSteps(work, 'scores', ['--job', 'scores', '--keys', 'K.npy', '--shard-rows', '4096'])
  await done('scores', 'K.npy', '--shard-rows', '4096', '--out', 'tau.npy', '--force')
  expect(bytesOf('scores/result/tau.npy').equals(bytesOf('tau.npy'))).toBe(true)
  await done('sample', 'K.npy', '--rows', '200', '--seed', '5', '--out', 's.npz')
  await allSteps(work, 'sample', [
    '--job',
    'sample',
    '--keys',
    'K.npy',
    '--rows',
    '200',
    '--seed',
    '5',
    '--shards',
    '3',
  ])
  expect(bytesOf('sample/result/s.npz').equals(bytesOf('s.npz'))).toBe(true)
  await done('build', 'K.npy', ...CUT.slice(0, 4), '--out', 'u.lev')
  await allSteps(work, 'build', ['--job', 'build', '--keys', 'K.npy', ...CUT.slice(0, 4)])
  expect(bytesOf('build/result/universal.lev').equals(bytesOf('u.lev'))).toBe(true)
  expect((await jsonHere(work, 'step', 'collect', '--run', 'build')).error).toMatchObject({
    tag: 'Option',
    message: /no queries/,
  })
})

test('merged sums stand for the parts below them, and leave the same bytes', async () => {
  const args = [...few, '--p', '3', ...CUT]
  await done('run', ...args, '--out', 'one.npz', '--force')
  await allSteps(work, 'merged', args, { merges: 1 })
  expect(bytesOf('merged/result/heavy.npz').equals(bytesOf('one.npz'))).toBe(true)
  // The first two parts of the first pass are in a node.
  for (const name of parts('merged').filter((part) => /^gram\.(0|4096)-/.test(part)))
    rmSync(work.path(`merged/parts/${name}`))
  rmSync(work.path('merged/result/universal.lev'))
  await done('step', 'finish', '--run', 'merged')
  const missing = parts('merged').find((part) => part.startsWith('gram.8192-'))!
  rmSync(work.path(`merged/parts/${missing}`))
  rmSync(work.path('merged/result/universal.lev'))
  const failure = await jsonHere(work, 'step', 'finish', '--run', 'merged')
  expect(failure).toMatchObject({ exitCode: 75, error: { tag: 'NotReady', row: 8192 } })
})

test('steps that come too early say what is missing', async () => {
  await done('plan', '--run', 'early', ...both, ...CUT)
  await done('step', 'map', '--run', 'early', '--index', '0')
  const early = async (...args: string[]) => await jsonHere(work, 'step', ...args, '--run', 'early')
  const noPart = { exitCode: 75, error: { tag: 'NotReady', row: 4096, message: /rows 4096 to 8191/ } }
  expect(await early('finish')).toMatchObject(noPart)
  expect(await early('map', '--level', '1', '--index', '0')).toMatchObject(noPart)
  expect(await early('query', '--index', '0')).toMatchObject({
    exitCode: 75,
    error: { message: /step finish/ },
  })
  expect(await early('map', '--index', '5')).toMatchObject({
    exitCode: 2,
    error: { option: 'index', message: /5 map tasks, 0 to 4/ },
  })
  await done('step', 'map', '--run', 'early', '--index', '0', '--shards-per-task', '9')
  await done('step', 'map', '--run', 'early', '--level', '1', '--index', '0', '--shards-per-task', '9')
  await done('step', 'finish', '--run', 'early')
  expect(await early('collect')).toMatchObject({
    exitCode: 75,
    error: { tag: 'NotReady', message: /queries 0 to 99/ },
  })
})

test('steps run in any folder, and so does the run that shares theirs', async () => {
  const args = ['--epsilon', '0.04', ...CUT.slice(0, 2)]
  await done('plan', '--run', 'moved', ...both, ...args)
  await done('run', ...both, ...args, '--out', 'one.npz', '--force')
  const elsewhere = new Workspace()
  try {
    await doneIn(elsewhere, 'step', 'map', '--run', work.path('moved'), '--index', '1')
    const there = ['--keys', work.path('K.npy'), '--queries', work.path('Q.npy')]
    await doneIn(elsewhere, 'run', ...there, ...args, '--checkpoint', work.path('moved'))
  } finally {
    elsewhere.remove()
  }
  expect(bytesOf('moved/result/heavy.npz').equals(bytesOf('one.npz'))).toBe(true)
})

test('other options or changed inputs are refused', async () => {
  work.npy('changing.npy', [5000, 3], gaussianRows(5000, 3, 6))
  const args = ['--keys', 'changing.npy', '--epsilon', '0.02']
  await done('plan', '--run', 'changed', ...args)
  const other = await jsonHere(
    work,
    'plan',
    '--run',
    'changed',
    '--keys',
    'changing.npy',
    '--epsilon',
    '0.03',
  )
  expect(other).toMatchObject({
    exitCode: 2,
    error: { message: /another run \(its epsilon is 0\.02, here 0\.03\)/ },
  })
  const checkpointed = await jsonHere(work, 'run', ...args, '--p', '3', '--checkpoint', 'changed')
  expect(checkpointed).toMatchObject({ exitCode: 2, error: { message: /p 3|p absent/ } })
  work.npy('changing.npy', [5000, 3], gaussianRows(5000, 3, 7))
  const changed = await jsonHere(work, 'step', 'map', '--run', 'changed', '--index', '0')
  expect(changed).toMatchObject({ exitCode: 75, error: { tag: 'InputChanged' } })
  expect(await jsonHere(work, 'status', '--run', 'nowhere')).toMatchObject({ exitCode: 66 })
  expect(await jsonHere(work, 'plan', '--run', 'x', '--keys', '-')).toMatchObject({
    exitCode: 2,
    error: { option: 'keys' },
  })
  expect(await jsonHere(work, 'plan', '--run', '.', ...args)).toMatchObject({
    exitCode: 2,
    error: { message: /other files/ },
  })
})

test.each([
  ['rows', ['--rows', '5']],
  ['queries', ['--job', 'build', '--queries', 'Q.npy']],
  ['epsilon', ['--job', 'scores', '--epsilon', '0.1']],
  ['query-batches', ['--job', 'scores', '--query-batches', '3']],
  ['tighten', ['--job', 'sample', '--rows', '5', '--tighten']],
])('plan refuses --%s for a job that has no such option', async (option, args) => {
  expect(await jsonHere(work, 'plan', '--run', 'none', '--keys', 'K.npy', ...args)).toMatchObject({
    exitCode: 2,
    error: { tag: 'Option', option },
  })
})

test('plan warns where keys make fewer shards than were asked for', async () => {
  const { shards, warnings } = await done('plan', '--run', 'few', '--keys', 'K.npy', '--shards', '24')
  expect(shards).toBe(5)
  expect(warnings).toMatchObject([{ code: 'shards' }])
  const fine = await done('plan', '--run', 'five', '--keys', 'K.npy', '--shards', '5')
  expect(fine.warnings).toEqual([])
})
