// Catches: an option that does not reach its job, an answer on the wrong stream or with the wrong exit code, JSON that is
// not of the schema, a pipe that closes early. Cannot catch: faults of the jobs; test/coordinator/jobs does.
import { readFileSync, writeFileSync } from 'node:fs'
import { Ajv } from 'ajv'
import { readNpy, readNpz } from '../../support/npy.mjs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { untoldRank } from '../../support/matrices.ts'
import { ended, Workspace } from './bin.ts'
import { jsonHere, runHere } from './in-process.ts'

const work = new Workspace()
afterAll(() => work.remove())

const schema = JSON.parse(
  readFileSync(new URL('../../../docs/summary.schema.json', import.meta.url), 'utf8'),
) as object
const isSummary = new Ajv({ strict: false }).compile(schema)

async function summaryOf(name: string, ...args: string[]): Promise<Record<string, unknown>> {
  const summary = await jsonHere(work, name, ...args)
  isSummary(summary)
  expect(isSummary.errors).toBeNull()
  return summary
}

const BOTH = ['--keys', 'data/K.npy', '--queries', 'data/Q.npy']

beforeAll(async () => {
  const made = await runHere(
    work,
    'generate',
    'planted',
    '--out',
    'data',
    '--n',
    '2e4',
    '--d',
    '4',
    '--m',
    '60',
    '--planted',
    '15',
  )
  expect(made).toMatchObject({ exitCode: 0, stdout: '' })
  expect(made.stderr).toContain('written  data/K.npy')
  const ran = await runHere(work, 'run', ...BOTH, '--out', 'h.npz', '--universal', 'u.lev')
  expect(ran.exitCode).toBe(0)
})

test('generate takes the seed, and needs its sizes', async () => {
  const sized = ['planted', '--out', 'seeded', '--n', '30', '--d', '2', '--m', '4']
  expect(await summaryOf('generate', ...sized, '--seed', '7')).toMatchObject({ command: 'generate', n: 30 })
  const first = readNpy(work.path('seeded/K.npy')).data
  await runHere(work, 'generate', ...sized, '--seed', '8', '--force')
  expect(readNpy(work.path('seeded/K.npy')).data).not.toEqual(first)
  expect(await runHere(work, 'generate', ...sized)).toMatchObject({ exitCode: 73 })
  for (const missing of [['planted', '--n', '3'], ['--out', 'x'], ['gaussian']]) {
    expect(await runHere(work, 'generate', ...missing)).toMatchObject({ exitCode: 2 })
  }
})

test('generate plants unit keys amid noise, and says beforehand which leverage curve finds', async () => {
  const relevant = ['--planted', '6', '--noise', '1e-4', '--coherence', '2']
  const sized = ['planted', '--out', 'relevant', '--n', '2e4', '--d', '8', '--m', '30', ...relevant]
  const made = await runHere(work, 'generate', ...sized)
  expect(made.stderr).toMatch(/predicted leverage +0\.\d+ of each relevant key, 0\.00\d+ of a noise key/)
  const { relevantLeverage, noiseLeverage } = await summaryOf('generate', ...sized, '--force')
  const { curve, maxBound } = await summaryOf('curve', 'relevant/K.npy', '--workers', '0')
  expect(Number(maxBound) / Number(relevantLeverage)).toBeCloseTo(1, 1)
  expect(noiseLeverage).toBeLessThan(0.005)
  expect(curve).toContainEqual({ epsilon: 0.005, universalSize: 6, universalFraction: 6 / 2e4 })
  expect(await runHere(work, 'generate', ...sized, '--force', '--d', '6')).toMatchObject({ exitCode: 2 })
})

test('curve answers on standard output: a table, the largest bound, a verdict', async () => {
  const ran = await runHere(work, 'curve', 'data/K.npy')
  expect(ran.exitCode).toBe(0)
  expect(ran.stdout).toMatch(/epsilon +universal set +of the keys\n +0\.5 +0 +0\n/)
  expect(ran.stdout).toMatch(/^levattention curve: it helps at epsilon 0\.0005 or larger/)
  expect(ran.stdout.replaceAll(/\s+/g, ' ')).toMatch(
    /empty above 0\.\d+, since no query gives any key more\./,
  )
  expect(ran.stdout).toContain('epsilon = 10 d/n = 0.002 on')
  const { curve } = await summaryOf('curve', '--keys', 'data/K.npy', '--workers', '0')
  expect(curve).toContainEqual({ epsilon: 0.002, universalSize: 15, universalFraction: 15 / 2e4 })
})

test('curve says plainly where it will not help', async () => {
  await runHere(
    work,
    'generate',
    'planted',
    '--out',
    'short',
    '--n',
    '20',
    '--d',
    '9',
    '--m',
    '0',
    '--planted',
    '0',
  )
  const { stdout } = await runHere(work, 'curve', 'short/K.npy')
  expect(stdout).toContain('levattention curve: it will not help')
  expect(stdout).toContain('at least 90 keys')
})

test('an epsilon that keeps no key does not help', async () => {
  work.npy('equal.npy', [50, 1], new Float64Array(50).fill(1))
  const { stdout } = await runHere(work, 'curve', 'equal.npy')
  expect(stdout.replaceAll(/\s+/g, ' ')).toContain(
    'it will not help: at epsilon 0.02 the universal set holds all of the keys, and above 0.02 none, since no query',
  )
  const run = await runHere(work, 'run', '--keys', 'equal.npy', '--epsilon', '0.01', '--out', 'equal.npz')
  expect((run.stdout + run.stderr).replaceAll(/\s+/g, ' ')).toContain(
    'no epsilon leaves a few of them, and 0.021 none',
  )
})

test('curve promises nothing for queries that a ridge certificate does not cover', async () => {
  work.npy('untold.npy', [200, 2], untoldRank(200).data)
  const { stdout } = await runHere(work, 'curve', 'untold.npy')
  expect(stdout.replaceAll(/\s+/g, ' ')).toContain(
    'no query, but for those that nearly vanish on all keys, gives any key more',
  )
  expect(await summaryOf('curve', 'untold.npy')).toMatchObject({
    rank: 2,
    warnings: [{ code: 'ridge-bounds' }],
  })
})

test('scores writes a .npy whose sum is the rank', async () => {
  expect(await summaryOf('scores', 'data/K.npy', '--out', 'tau.npy')).toMatchObject({
    rank: 4,
    outputs: ['tau.npy'],
  })
  const { data } = readNpy(work.path('tau.npy'))
  expect(data.reduce((sum, tau) => sum + tau, 0)).toBeCloseTo(4, 9)
  expect((await runHere(work, 'scores', 'data/K.npy', '--out', 'tau.npy', '--force')).stderr).toContain(
    'their sum is 4, the rank 4',
  )
  for (const out of [[], ['--out', 'tau.txt']]) {
    expect(await runHere(work, 'scores', 'data/K.npy', ...out)).toMatchObject({ exitCode: 2 })
  }
})

test('sample writes rows with their weights, by the seed', async () => {
  const args = ['sample', 'data/K.npy', '--rows', '300', '--seed', '4'] as const
  const [name, ...rest] = args
  const summary = await summaryOf(name, ...rest, '--out', 's.npz')
  expect(summary).toMatchObject({ command: 'sample', n: 2e4, d: 4, rowsExpected: 300, outputs: ['s.npz'] })
  expect(summary.probabilitySum).toBeCloseTo(300, 9)
  const { rowIds, rows, weights, probabilities } = readNpz(work.path('s.npz'))
  expect(rowIds.shape).toEqual([summary.rowsDrawn])
  expect(rows.shape).toEqual([summary.rowsDrawn, 4])
  expect(weights.data.filter((weight) => weight === 1)).toHaveLength(Number(summary.rowsCertain))
  expect(probabilities.data.every((p) => p > 0 && p <= 1)).toBe(true)

  const again = await runHere(
    work,
    name,
    '--keys',
    ...rest,
    '--shards',
    '3',
    '--workers',
    '1',
    '--out',
    't.npz',
  )
  expect(again.stderr).toMatch(
    /^levattention sample: \d+ of 20,000 rows drawn by their leverage; 300 were expected\n/m,
  )
  expect(again.stderr).toMatch(/ {2}certain +\d+ rows?\n {2}probabilities +those of all rows sum to 300\n/)
  expect(readFileSync(work.path('t.npz')).equals(readFileSync(work.path('s.npz')))).toBe(true)
  await runHere(work, name, 'data/K.npy', '--rows', '300', '--out', 't.npz', '--force')
  expect(readFileSync(work.path('t.npz')).equals(readFileSync(work.path('s.npz')))).toBe(false)
  expect((await runHere(work, 'inspect', 's.npz')).stdout).toContain('s.npz#rows')
})

test.each<[string[], number, string]>([
  [['--out', 'x.npz'], 2, 'no --rows'],
  [['--rows', '0', '--out', 'x.npz'], 2, '--rows is 0; it must be a whole number of at least 1'],
  [['--rows', '-5', '--out', 'x.npz'], 2, '--rows is -5'],
  [['--rows', 'many', '--out', 'x.npz'], 2, "--rows is 'many'"],
  [['--rows', 'NaN', '--out', 'x.npz'], 2, "--rows is 'NaN'"],
  [['--rows', '', '--out', 'x.npz'], 2, '--rows has no value'],
  [['--rows', '1.5', '--out', 'x.npz'], 2, '--rows is 1.5'],
  [['--rows', '5'], 2, 'no --out: the sample goes to a .npz'],
  [['--rows', '5', '--out', 'x.npy'], 2, '--out x.npy: the sample goes to a .npz'],
  [['--rows', '5', '--seed', '-1', '--out', 'x.npz'], 2, '--seed is -1'],
  [['--rows', '5', '--p', '3', '--out', 'x.npz'], 2, '--p is an option of run, build'],
  [['--rows', '5', '--keys', 'data/Q.npy', '--out', 'x.npz'], 2, 'the keys are given twice'],
  [['--rows', '5', '--out', 'nowhere/x.npz'], 73, 'nowhere'],
  [['--rows', '5', '--out', 'h.npz'], 73, 'h.npz'],
])('sample refuses %j with exit code %d', async (args, exitCode, message) => {
  const before = work.names()
  const ran = await runHere(work, 'sample', 'data/K.npy', ...args)
  expect(ran).toMatchObject({ exitCode, stdout: '' })
  expect(ran.stderr).toContain(message)
  expect(work.names()).toEqual(before)
})

test.each(['0', '-1', '1.5', 'all'])(
  'verify refuses --sample %s: a trial of nothing is no trial',
  async (sample) => {
    const ran = await runHere(work, 'verify', ...BOTH, '--heavy', 'h.npz', '--sample', sample)
    expect(ran).toMatchObject({ exitCode: 2, stdout: '' })
    expect(ran.stderr).toContain('--sample')
  },
)

test('verify ends with 0 where all is right and with 1 where a pair is missed', async () => {
  const right = await runHere(work, 'verify', ...BOTH, '--heavy', 'h.npz', '--sample', '20', '--seed', '3')
  expect(right.exitCode).toBe(0)
  expect(right.stdout).toContain('h.npz is right: 20 of 60 queries')
  expect(await summaryOf('verify', ...BOTH, '--heavy', 'h.npz')).toMatchObject({ queriesVerified: 60 })

  await runHere(work, 'run', ...BOTH, '--out', 'h.csv')
  const lines = readFileSync(work.path('h.csv'), 'utf8').split('\n')
  const [query, key] = lines[5].split(',').map(Number)
  writeFileSync(work.path('lacking.csv'), lines.toSpliced(5, 1).join('\n'))
  const lacking = ['--heavy', 'lacking.csv', '--epsilon', '0.01']
  const wrong = await runHere(work, 'verify', ...BOTH, ...lacking)
  expect(wrong.exitCode).toBe(1)
  expect(wrong.stdout.replaceAll(/\s+/g, ' ')).toContain(
    `a pair is missed: query ${query}, key ${key}: its score is`,
  )
  const { difference } = await summaryOf('verify', ...BOTH, ...lacking)
  expect(difference).toMatchObject({ kind: 'missed', query, key })
  expect(await runHere(work, 'verify', ...BOTH)).toMatchObject({ exitCode: 2 })
})

test('inspect tells what each kind of file holds, on standard output and as JSON', async () => {
  const cases: [file: string, found: string, holds: string][] = [
    ['u.lev', 'u.lev: a universal set', 'lev'],
    ['h.npz', 'h.npz: heavy pairs', 'heavy pairs'],
    ['data/K.npy', '--keys data/K.npy', 'arrays'],
  ]
  for (const [file, found, holds] of cases) {
    const ran = await runHere(work, 'inspect', file)
    expect(ran).toMatchObject({ exitCode: 0, stderr: '' })
    expect(ran.stdout).toContain(found)
    expect(await summaryOf('inspect', file)).toMatchObject({ contents: { holds } })
  }
  work.npy('vector.npy', [3], Float32Array.of(1, 2, 3))
  expect(await summaryOf('inspect', 'vector.npy')).toMatchObject({ contents: { holds: 'arrays' } })
  expect(await runHere(work, 'inspect', 'none.npy')).toMatchObject({ exitCode: 66 })
  expect(await runHere(work, 'inspect')).toMatchObject({ exitCode: 2 })
})

test('inspect --list prints row ids and bounds alone', async () => {
  const { stdout, exitCode } = await runHere(work, 'inspect', 'u.lev', '--list')
  expect(exitCode).toBe(0)
  const bounds = stdout
    .trimEnd()
    .split('\n')
    .map((line) => Number(/^\d+\t(\S+)$/.exec(line)?.[1]))
  expect(bounds.length).toBeGreaterThan(10)
  expect(bounds.toSorted((a, b) => b - a)).toEqual(bounds)
  expect(await runHere(work, 'inspect', 'data/K.npy', '--list')).toMatchObject({ exitCode: 2 })
  expect(await runHere(work, 'inspect', 'u.lev', '--list', '--json')).toMatchObject({ exitCode: 2 })
})

test('inspect --list ends quietly where its reader leaves', async () => {
  // Half of all keys at once, so that the list is longer than any pipe holds.
  const built = await runHere(work, 'build', 'data/K.npy', '--epsilon', '1e-5', '--out', 'large.lev')
  expect(built.exitCode).toBe(0)
  const child = work.start(['inspect', 'large.lev', '--list'])
  child.stdout?.once('data', () => child.stdout?.destroy())
  expect(await ended(child)).toMatchObject({ exitCode: 141, stderr: '' })
})
