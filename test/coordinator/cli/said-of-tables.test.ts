// Catches: what came through a pipe told as a file named -, and advice that cannot be typed of it; inputs without rows that say nothing;
// a usual input told as a warning; names of rows that break a table; a table whose curve speaks of keys and queries.
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { npyHeader } from '@levattention/core/internal'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { collect } from '../../support/advice/collect.ts'
import { COMMAND } from '../../support/command.mjs'
import { gaussianRows, Workspace } from './bin.ts'
import { jsonHere, runHere } from './in-process.ts'

const work = new Workspace()
afterAll(() => work.remove())

beforeAll(async () => {
  work.npy('K.npy', [40, 3], gaussianRows(40, 3, 5))
  work.npy('none.npy', [0, 3], new Float64Array(0))
  work.npy('H.npy', [2, 5, 3], gaussianRows(10, 3, 6))
  work.npy('nan.npy', [2, 3], Float64Array.of(1, 2, 3, 4, NaN, 6))
  work.npy('empty-heads.npy', [2, 0, 3], new Float64Array(0))
  writeFileSync(work.path('none.csv'), 'a,b,c\n')
  writeFileSync(work.path('t.csv'), 'a,b\n1,2\n3,5\n4,4\n')
  writeFileSync(work.path('w.csv'), 'w\n1\n2\n3\n')
  writeFileSync(
    work.path('lines.csv'),
    `name,a,b\n"first\nline",1,2\n"${'long '.repeat(20)}",3,4\nthird,5,7\n`,
  )
  work.npy('H4.npy', [1, 2, 5, 3], gaussianRows(10, 3, 7))
  writeFileSync(work.path('masks.npy'), Buffer.concat([npyHeader('|b1', [2, 40]), Buffer.alloc(80, 1)]))
  writeFileSync(work.path('pairs.tsv'), 'query\tkey\tscore\n0\t1\t0.5\n')
  writeFileSync(work.path('accents.csv'), 'aé,2\n3,4\n')
  // A line of such numbers names no columns.
  writeFileSync(work.path('minus.csv'), '−1,−2\n3,4\n')
  await runHere(work, 'build', 'K.npy', '--out', 'u.lev')
})

describe('what comes through a pipe', () => {
  const piped = (input: Uint8Array | string, ...more: string[]) => {
    const args = [
      COMMAND,
      'query',
      '--universal',
      'u.lev',
      '--queries',
      '-',
      '--out',
      'h.npz',
      '--force',
      ...more,
    ]
    const { status, stderr } = spawnSync(process.execPath, args, {
      cwd: work.folder,
      input,
      encoding: 'utf8',
    })
    collect(stderr)
    return [status, stderr.replaceAll(/\s+/g, ' ')]
  }
  const file = (name: string) => readFileSync(work.path(name))

  test.each<[string, () => Uint8Array | string, string]>([
    [
      'a .npy in gzip',
      () => gzipSync(file('K.npy')),
      'standard input: compressed by gzip (inside: a .npy by its first bytes); inflate it on the way, as `zcat Q.npy.gz | levattention query --universal u.lev --queries -` does',
    ],
    [
      'several matrices',
      () => file('H.npy'),
      "standard input: shape (2, 5, 3) holds several matrices; for one of them name a file in place of the pipe, as in `'FILE#[0]'`",
    ],
    ['a NaN', () => file('nan.npy'), 'standard input: row 1, column 1 is NaN (queries); 1 value is NaN'],
    [
      'text',
      () => `a,b,c\n1,x,2\n${'4,5,6\n'.repeat(20)}`,
      "standard input: row 0 (line 2), column 1 (b) is 'x'",
    ],
    ['nothing known', () => '\x01\x02', 'standard input: neither its name nor its first bytes'],
    ['a word', () => 'hello', "standard input: text, 'hello'"],
  ])('%s', (_, input, message) => {
    const [status, stderr] = piped(input())
    expect([status, stderr]).toEqual([65, expect.stringContaining(message)])
    expect(stderr).not.toMatch(/ -:|\.\/-/)
  })

  test('is called so in a summary', () => {
    expect(piped('a,b,c\n1,3,2\n')).toEqual([0, expect.stringContaining(' note 1 input turned')])
  })
})

test('an index of a table without # is told with it', async () => {
  const found = await runHere(work, 'scores', 'K.npy', '--weights', 'w.csv[w]', '--out', 'no.npy')
  expect(found.stderr).toContain("to take a part of w.csv type 'w.csv#w'")
})

test.each<[string, number, string]>([
  [
    'run --keys H4.npy --queries H.npy --heads all --layout bshd --out d',
    65,
    "--layout 'bshd' names 4, as H4.npy has them, of shape (1, 2, 5, 3). All inputs have one layout: give both the same axes",
  ],
  [
    'verify --keys K.npy --heavy pairs.tsv --epsilon 0.1',
    2,
    'pairs.tsv has the extension .tsv: heavy pairs are read from .npz, .ndjson, .csv, .ndjson.gz, .csv.gz or .parquet',
  ],
  ['curve K.npy none.npy --concat', 2, '`levattention curve --keys K.npy --keys none.npy --concat`'],
  [
    'scores K.npy --key-mask masks.npy --out t.npy',
    65,
    "name the batch that the keys are of, as in `'masks.npy#[0]'`",
  ],
  ['scores K.npy --key-mask masks.npy#[1,2] --out t.npy', 2, "is one batch, as in `'masks.npy#[1]'`"],
  ['scores accents.csv --out t.npy', 65, 'whose first line, aé,2, may name the columns'],
  ['scores minus.csv --out t.npy', 65, "is '−1': its minus is U+2212, and numbers have a hyphen there"],
])('%s', async (line, exitCode, message) => {
  const [name, ...args] = line.split(' ')
  const found = await runHere(work, name, ...args)
  expect([found.exitCode, found.stderr]).toEqual([exitCode, expect.stringContaining(message)])
})

describe('inputs without rows', () => {
  test.each<[string, string]>([
    ['scores none.npy --out t.npy', 'no-keys'],
    ['scores none.csv --out t.npy', 'no-keys'],
    ['curve none.npy', 'no-keys'],
    ['sample none.npy --rows 3 --out s.npz', 'no-keys'],
    ['build none.npy --out n.lev', 'no-keys'],
    ['run --keys none.npy --queries K.npy --out h.npz', 'no-keys'],
    ['run --keys K.npy --queries none.npy --out h.npz', 'no-queries'],
    ['scores empty-heads.npy --heads all --out folder', 'no-keys'],
  ])('%s warns', async (line, code) => {
    const { warnings } = await jsonHere(work, line.split(' ')[0], ...line.split(' ').slice(1), '--force')
    expect(warnings).toContainEqual({ code, message: expect.stringContaining('have no rows') as string })
  })
})

test('tables are turned with one note, and no warning', async () => {
  const { stderr } = await runHere(work, 'scores', 't.csv', '--out', 't.npy', '--force')
  expect(stderr).toMatch(/\n {2}note {5}1 input turned into a temporary file\n/)
  const two = await runHere(work, 'scores', 't.csv', '--weights', 'w.csv', '--out', 't.npy', '--force')
  expect(two.stderr).toMatch(/\n {2}note {5}2 inputs turned into temporary files\n/)
  expect(two.stderr).not.toContain('warning')
})

test.each([
  ['scores', 'lines.csv', '--out', 't.npy'],
  ['run', '--keys', 'lines.csv', '--out', 'h.npz'],
])('%s: names of rows stand each in a line', async (...args) => {
  const { stderr } = await runHere(work, args[0], ...args.slice(1), '--id', 'name', '--force')
  expect(stderr).toMatch(/ {2}first\\x0aline *\n/)
  expect(stderr).toMatch(/ {2}(?:long ){7}long…\n/)
})

test('--header is about the table of weights where no rows are one', async () => {
  writeFileSync(work.path('heads.csv'), '8,9\n3,4\n5,6\n7,8\n')
  work.npy('three.npy', [3, 2], Float64Array.of(1, 2, 3, 4, 5, 7))
  work.npy('own.npy', [3], Float64Array.of(4, 6, 8))
  const scores = async (out: string, weights: string, ...args: string[]) => {
    const given = ['three.npy', '--weights', weights, '--out', out, '--force']
    expect(await runHere(work, 'scores', ...given, ...args)).toMatchObject({ exitCode: 0 })
    return readFileSync(work.path(out))
  }
  expect(await scores('h.npy', 'heads.csv#1', '--header', 'yes')).toEqual(await scores('o.npy', 'own.npy'))
  const unused = await runHere(
    work,
    'scores',
    'three.npy',
    '--weights',
    'own.npy',
    '--header',
    'yes',
    '--out',
    'n.npy',
  )
  expect(unused).toMatchObject({ exitCode: 2 })
  writeFileSync(work.path('named3.csv'), 'a,b\n1,2\n3,4\n5,7\n')
  const ofRows = await runHere(
    work,
    'scores',
    'named3.csv',
    '--weights',
    'heads.csv#1',
    '--header',
    'yes',
    '--out',
    'n.npy',
  )
  expect(ofRows.stderr).toContain('4 weights')
})

test('a lone 0 above weights, as a data frame names them, is asked about, and --header is heard', async () => {
  writeFileSync(work.path('frame.csv'), '0\n4.5\n6.5\n8.5\n')
  writeFileSync(work.path('named4.csv'), 'a,b\n1,2\n3,4\n5,7\n')
  work.npy('own4.npy', [3], Float64Array.of(4.5, 6.5, 8.5))
  const scores = async (...args: string[]) =>
    await runHere(work, 'scores', 'named4.csv', '--out', 'f.npy', '--force', '--weights', ...args)
  expect(await scores('frame.csv')).toMatchObject({
    exitCode: 65,
    stderr: expect.stringContaining(
      'whose first line, 0, may name the columns or be a row. Add `--header yes`',
    ) as string,
  })
  expect(await scores('frame.csv', '--header', 'yes')).toMatchObject({ exitCode: 0 })
  const found = readFileSync(work.path('f.npy'))
  expect(await scores('own4.npy')).toMatchObject({ exitCode: 0 })
  expect(found).toEqual(readFileSync(work.path('f.npy')))
  const short = '0\n4.5\n6.5\n'
  writeFileSync(work.path('frame.csv'), short)
  expect(await scores('frame.csv')).toMatchObject({ exitCode: 65 })
})

test('names of rows are none of a table whose columns are rows', async () => {
  writeFileSync(work.path('r.txt'), '"x" "y"\n"a" 1 2\n"b" 3 5\n"c d" 4 4\n')
  const named = await runHere(work, 'scores', 'r.txt', '--out', 'named.csv')
  const turned = await runHere(work, 'scores', 'r.txt#.T', '--out', 'turned.csv')
  expect([named.exitCode, turned.exitCode]).toEqual([0, 0])
  expect(readFileSync(work.path('named.csv'), 'utf8')).toMatch(/^row,id,score\n0,a,.*\n1,b,.*\n2,c d,/)
  expect(readFileSync(work.path('turned.csv'), 'utf8')).toMatch(/^row,score\n/)
})

describe('the curve of a table', () => {
  test.each(['t.csv', 'K.npy --intercept'])('%s speaks of rows and leverage', async (line) => {
    const { stdout } = await runHere(work, 'curve', ...line.split(' '))
    expect(stdout).toMatch(
      /^levattention curve: the largest leverage of \d+ rows is [\d.]+, the mean [\d.]+; the rank is \d\./,
    )
    expect(stdout).toMatch(/leverage at least +rows +of all rows/)
    expect(stdout).toMatch(/inputs +rows \[/)
    expect(stdout).not.toMatch(/quer|keys|attention {2}/)
  })

  test('with p other than 2 of bounds; and of keys as before', async () => {
    const { stdout } = await runHere(work, 'curve', 't.csv', '--p', '1')
    expect(stdout).toMatch(/^levattention curve: the largest bound of 3 rows is/)
    expect((await runHere(work, 'curve', 'K.npy')).stdout).toContain('universal set')
  })
})
