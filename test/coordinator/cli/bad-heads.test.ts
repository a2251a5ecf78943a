// Some of many captured heads are bad: a NaN in padding, a float16 that overflowed, a pruned head of zeros. Catches: a good head lost to
// a bad one, a bad head that is not named, work before all heads were looked at, a list that leaves one out, files of good heads that differ
// from those of a run without the bad ones. Cannot catch: values that are finite and wrong.
import { existsSync, readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ofSchema } from '../steps/support.ts'
import { gaussianRows, Workspace } from './bin.ts'
import { jsonHere, runHere } from './in-process.ts'

const work = new Workspace()
afterAll(() => work.remove())
const [heads, n, d] = [12, 128, 8]
const size = n * d

beforeAll(() => {
  const good = gaussianRows(heads * n, d, 23)
  good.fill(0, 7 * size, 8 * size) // pruned
  const bad = good.with(5 * size + 100 * d + 3, Infinity).with(9 * size + 1, NaN)
  const queries = gaussianRows(heads * n, d, 24)
  work.npy('k0.npy', [heads, n, d], good)
  work.npy('k.npy', [heads, n, d], bad)
  work.npy('q0.npy', [heads, n, d], queries)
  work.npy('q.npy', [heads, n, d], queries.with(2 * size + 7 * d, -Infinity))
  work.npy('grouped.npy', [3, n, d], good.slice(0, 3 * size).with(size + 4, NaN))
  work.npy('good.npy', [1, n, d], good.slice(0, size))
})

const both = ['--keys', 'k.npy', '--queries', 'q.npy', '--heads', 'all'] as const

test('all bad heads of keys and of queries are named with their first bad value, before any work', async () => {
  const { error } = ofSchema(await jsonHere(work, 'run', ...both, '--out', 'never')) as {
    error: { message: string }
  }
  expect(error).toMatchObject({ tag: 'Content', head: [5], heads: [[5], [9]], input: 'keys', row: 100 })
  expect(error.message).toContain('k.npy#[5]: row 100, column 3 is Infinity (keys); 1 value is NaN')
  expect(error.message).toContain('2 of 12 heads have such values: [5] and [9] (row 0, column 1: NaN)')
  expect(error.message).toContain(
    'Of the queries 1 of 12 heads has such values: [2] (row 7, column 0: -Infinity)',
  )
  expect(error.message).toContain('`--skip-bad-heads`')
  expect(existsSync(work.path('never'))).toBe(false)
})

test('left out, they are listed, and the others are what they are without them', async () => {
  const args = [...both, '--epsilon', '0.1', '--out', 'some', '--skip-bad-heads'] as const
  const summary = ofSchema(await jsonHere(work, 'run', ...args)) as {
    heads: { head: number }[]
    warnings: { code: string; message: string }[]
    skippedHeads: object[]
  }
  const left = [0, 1, 3, 4, 6, 7, 8, 10, 11]
  expect(summary.heads.map(({ head }) => head)).toEqual(left)
  const value = (head: number, input: string, row: number, column: number, text: string) => ({
    head,
    input,
    address: `${input === 'keys' ? 'k' : 'q'}.npy#[${head}]`,
    row,
    column,
    value: text,
    count: 1,
  })
  expect(summary.skippedHeads).toEqual([
    value(2, 'queries', 7, 0, '-Infinity'),
    value(5, 'keys', 100, 3, 'Infinity'),
    value(9, 'keys', 0, 1, 'NaN'),
  ])
  const [warning] = summary.warnings.filter(({ code }) => code === 'skipped-heads')
  for (const head of ['q.npy#[2] (queries)', 'k.npy#[5] (keys)', 'k.npy#[9] (keys)'])
    expect(warning.message).toContain(head)

  const names = ['k0.npy', 'q0.npy']
  await runHere(work, 'run', '--keys', names[0], '--queries', names[1], ...args.slice(4, -2), 'all')
  expect(work.list('some')).toEqual([...left.map((head) => headFile(head)), 'heads.csv'])
  for (const head of left)
    expect(readFileSync(work.path(`some/${headFile(head)}`))).toEqual(
      readFileSync(work.path(`all/${headFile(head)}`)),
    )
  const lines = csv('some')
  expect(lines.map(({ head }) => Number(head))).toEqual(Array.from({ length: heads }, (_, head) => head))
  const whole = csv('all')
  for (const head of left) expect({ ...whole[head], skipped: '' }).toEqual(lines[head])
  expect(lines[5]).toMatchObject({
    keyHead: '5',
    pairs: '',
    skipped: 'k.npy#[5] (keys) row 100 column 3: Infinity',
  })
})

function headFile(head: number): string {
  return `head-${String(head).padStart(4, '0')}.npz`
}

function csv(folder: string): Record<string, string>[] {
  const [names, ...lines] = readFileSync(work.path(`${folder}/heads.csv`), 'utf8')
    .trimEnd()
    .split('\n')
  return lines.map((line) => {
    const cells = line.split(',')
    return Object.fromEntries(names.split(',').map((name, at) => [name, cells[at]]))
  })
}

test.each([
  ['scores', ['--out', 'tau']],
  ['build', ['--out', 'sets']],
  ['sample', ['--rows', '20', '--out', 'samples']],
  ['curve', []],
] as const)('%s of keys with bad heads', async (command, more) => {
  const keys = ['k.npy', '--heads', '0,5,9,3', ...more] as const
  const refused = await jsonHere(work, command, ...keys)
  expect(refused).toMatchObject({ exitCode: 65, error: { head: [5], heads: [[5], [9]] } })
  const found = ofSchema(await jsonHere(work, command, ...keys, '--skip-bad-heads')) as {
    heads: { head: number }[]
  }
  expect(found.heads.map(({ head }) => head)).toEqual([0, 3])
  expect(found).toMatchObject({ skippedHeads: [{ head: 5 }, { head: 9 }] })
  if (command !== 'curve') {
    expect(csv(more.at(-1) ?? '').map(({ head, skipped }) => [head, skipped !== ''])).toEqual([
      ['0', false],
      ['3', false],
      ['5', true],
      ['9', true],
    ])
  }
})

test('softmax: a key head that is bad takes its query heads with it', async () => {
  const args = [
    '--attention',
    'softmax',
    '--keys',
    'grouped.npy',
    '--queries',
    'q0.npy',
    '--heads',
    'all',
  ] as const
  const found = ofSchema(await jsonHere(work, 'run', ...args, '--out', 'soft', '--skip-bad-heads'))
  expect(found).toMatchObject({ skippedHeads: [4, 5, 6, 7].map((head) => ({ head, input: 'keys' })) })
  expect(csv('soft').filter(({ skipped }) => skipped === '')).toHaveLength(8)
  expect(csv('soft')[6]).toMatchObject({ index: '6', keyHead: '1', head: '6' })
})

test('softmax: what a mask or a range hides is not looked at', async () => {
  const args = ['--attention', 'softmax', '--keys', 'k.npy', '--queries', 'q0.npy', '--heads', 'all'] as const
  const found = await jsonHere(work, 'run', ...args, '--key-rows', '1:100', '--out', 'narrow')
  expect(found).not.toHaveProperty('skippedHeads')
  expect(found).not.toHaveProperty('error')
})

test('attend writes NaN where a head is left out, and the others as without it; coverage leaves it out', async () => {
  const args = (k: string, out: string) =>
    [
      '--keys',
      k,
      '--queries',
      'q0.npy',
      '--values',
      k,
      '--heads',
      'all',
      '--keep',
      '9',
      '--out',
      out,
    ] as const
  const found = ofSchema(await jsonHere(work, 'attend', ...args('k.npy', 'o.npy'), '--skip-bad-heads'))
  expect(found).toMatchObject({ headCount: 10, skippedHeads: [{ head: 5 }, { head: 9 }] })
  await runHere(work, 'attend', ...args('k0.npy', 'o0.npy'))
  const [some, all] = ['o.npy', 'o0.npy'].map((name) => floats(name))
  expect(some.length).toBe(heads * size)
  some.forEach((value, at) => {
    const isLeft = [5, 9].includes(Math.floor(at / size))
    if (isLeft !== Number.isNaN(value) || (!isLeft && value !== all[at]))
      expect([at, value]).toEqual([at, all[at]])
  })
  const cover = args('k.npy', 'c.csv').toSpliced(4, 2)
  const covered = ofSchema(await jsonHere(work, 'coverage', ...cover, '--skip-bad-heads')) as {
    heads: object[]
  }
  expect(covered.heads).toHaveLength(10)
  expect(covered).toMatchObject({ skippedHeads: [{ head: 5 }, { head: 9 }] })
})

/** The numbers of a float32 .npy. */
function floats(name: string): Float32Array {
  const bytes = readFileSync(work.path(name))
  const start = 10 + bytes.readUInt16LE(8)
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset + start, bytes.byteOffset + bytes.length))
}

test('heads in files of their own are named by these', async () => {
  const files = [
    '--keys',
    'good.npy#[0]',
    '--keys',
    'k.npy#[5]',
    '--keys',
    'k.npy#[9]',
    '--as-heads',
  ] as const
  const { error } = (await jsonHere(work, 'curve', ...files)) as { error: { message: string } }
  expect(error.message).toContain(
    '2 of 3 heads have such values: k.npy#[5] and k.npy#[9] (row 0, column 1: NaN)',
  )
  const found = await jsonHere(work, 'curve', ...files, '--skip-bad-heads')
  expect(found).toMatchObject({ heads: [{ head: 0 }], skippedHeads: [{ head: 1 }, { head: 2 }] })
})

test('no head is left: the error, without advice that leads back to it', async () => {
  const args = ['k.npy', '--heads', '5,9', '--skip-bad-heads'] as const
  const { exitCode, stderr } = await runHere(work, 'curve', ...args)
  expect(exitCode).toBe(65)
  expect(stderr).toContain('2 of 2 heads have such values')
  expect(stderr).not.toContain('skip-bad-heads`')
})

test('a head of zeros is a head', async () => {
  const args = ['--keys', 'k0.npy', '--queries', 'q0.npy', '--heads', '6,7', '--epsilon', '.1'] as const
  const found = (await jsonHere(work, 'run', ...args)) as { heads: object[] }
  expect(found.heads).toMatchObject([{ head: 6 }, { head: 7, universalSize: 0, pairs: 0, undefinedRows: n }])
})
