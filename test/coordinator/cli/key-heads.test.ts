// Catches: a head whose file is not that of the head alone, heads mixed up, a folder that is half filled, facts in another column.
// Cannot catch: errors that the command makes with one matrix as well.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { gaussianRows, Workspace } from './bin.ts'
import { jsonHere, runHere } from './in-process.ts'
import { someOf } from '../../support/tier.ts'

const work = new Workspace()
const [batches, heads, n, d] = [2, 3, 90, 4]
// Every 30th row is long; those of the last head are not, whose set at .2 is empty.
const data = gaussianRows(batches * heads * n, d, 1).map((value, at) =>
  Math.floor(at / d) % 30 === 0 && at < 5 * n * d ? 20 * value : value,
)
afterAll(() => work.remove())

beforeAll(() => {
  work.npy('K.npy', [batches, heads, n, d], data)
  // [batch, rows, heads, columns]
  const at = (batch: number, head: number, row: number, column: number) =>
    ((batch * heads + head) * n + row) * d + column
  const turned = Float32Array.from({ length: data.length }, (_, flat) => {
    const [column, head] = [flat % d, Math.floor(flat / d) % heads]
    const [row, batch] = [Math.floor(flat / d / heads) % n, Math.floor(flat / d / heads / n)]
    return data[at(batch, head, row, column)]
  })
  work.npy('Ks.npy', [batches, n, heads, d], turned)
  for (let head = 0; head < 12; head++) {
    const start = (head % 6) * n * d
    work.npy(`part-${head}.npy`, [n, d], data.subarray(start, start + n * d))
  }
})

const COMMANDS: [name: string, extension: string, options: readonly string[]][] = [
  ['scores', '.npy', []],
  ['scores', '.npy', ['--p', '3']],
  ['build', '.lev', ['--epsilon', '.2']],
  ['build', '.lev', ['--keep', '7']],
  ['build', '.lev', ['--causal', '--p', '3']],
  ['sample', '.npz', ['--rows', '20', '--seed', '3']],
]

/** The lines of heads.csv as records. */
function headsCsv(folder: string): Record<string, string>[] {
  const [names, ...lines] = readFileSync(work.path(`${folder}/heads.csv`), 'utf8')
    .trimEnd()
    .split('\n')
  return lines.map((line) =>
    Object.fromEntries(line.split(',').map((text, i) => [names.split(',')[i], text])),
  )
}

describe.each(someOf(COMMANDS, 3))('%s %s %j', (name, extension, options) => {
  const out = `${name}${options.join('')}`

  test('each head is that of its matrix alone, in any layout, for any number of threads', async () => {
    for (const [folder, ...given] of [
      [out, 'K.npy', '--heads', 'all', '--workers', '0'],
      [`${out}-s`, 'Ks.npy', '--layout', 'bshd', '--heads', 'all', '--workers', '2'],
      [`${out}-f`, '--keys', 'part-[0-5].npy', '--as-heads', '--workers', '3'],
    ]) {
      const ran = await runHere(work, name, ...given, ...options, '--out', folder, '--quiet')
      expect(ran).toEqual({ exitCode: 0, stdout: '', stderr: '' })
      const files = Array.from({ length: 6 }, (_, head) => `head-000${head}${extension}`)
      expect(readdirSync(work.path(folder)).sort()).toEqual([...files, 'heads.csv'])
      for (const head of [0, 4]) {
        const alone = `${folder}-${head}${extension}`
        const address = `K.npy#[${Math.floor(head / 3)},${head % 3}]`
        await runHere(work, name, address, ...options, '--out', alone, '--quiet')
        expect(readFileSync(work.path(`${folder}/${files[head]}`))).toEqual(readFileSync(work.path(alone)))
      }
    }
    expect(readFileSync(work.path(`${out}-s/heads.csv`))).toEqual(readFileSync(work.path(`${out}/heads.csv`)))
  })

  test('heads.csv has what the summary of each alone has', async () => {
    const lines = headsCsv(out)
    expect(lines.map(({ head, batch, headAxis, file }) => [head, batch, headAxis, file])).toEqual(
      [0, 1, 2, 3, 4, 5].map((head) => [
        String(head),
        String(Math.floor(head / 3)),
        String(head % 3),
        `head-000${head}${extension}`,
      ]),
    )
    const alone = await jsonHere(work, name, 'K.npy#[1,1]', ...options, '--out', `json-${out}${extension}`)
    const { head: _, batch: __, headAxis: ___, file: ____, ...facts } = lines[4]
    expect(Object.keys(facts).length).toBeGreaterThan(3)
    for (const [fact, text] of Object.entries(facts))
      expect([fact, text]).toEqual([fact, typeof alone[fact] === 'string' ? alone[fact] : inCsv(alone[fact])])
    expect(headsCsv(`${out}-f`).map(({ source }) => source)).toEqual(
      [0, 1, 2, 3, 4, 5].map((file) => `part-${file}.npy`),
    )
  })

  test('a bad head is named, and nothing is left', async () => {
    const bad = data.slice()
    bad[(4 * n + 7) * d + 2] = NaN
    work.npy('bad.npy', [batches, heads, n, d], bad)
    const before = work.names()
    for (const workers of ['0', '2']) {
      const args = ['bad.npy', '--heads', 'all', ...options, '--out', 'never', '--workers', workers]
      const failure = await jsonHere(work, name, ...args)
      expect(failure).toMatchObject({ exitCode: 65, error: { head: [1, 1], row: 7, column: 2 } })
    }
    expect(work.names()).toEqual(before)
    work.removeFile('bad.npy')
  })
})

test('files of an earlier run, of any command, do not stay beside a new heads.csv', async () => {
  await runHere(work, 'scores', 'K.npy', '--heads', 'all', '--out', 'again', '--quiet')
  writeFileSync(work.path('again/mine.npy'), 'mine')
  const args = ['K.npy', '--heads', '2,1', '--rows', '9', '--out', 'again'] as const
  expect((await runHere(work, 'sample', ...args)).exitCode).toBe(73)
  expect((await runHere(work, 'sample', ...args, '--force')).exitCode).toBe(0)
  expect(work.list('again')).toEqual(['head-0001.npz', 'head-0002.npz', 'heads.csv', 'mine.npy'])
})

describe('curve', () => {
  test('has a line of each head, and in JSON its curve', async () => {
    const { stdout } = await runHere(work, 'curve', 'K.npy', '--heads', '4,0')
    const table = stdout.split('\n').filter((line) => /^ +\d+ +\d/.test(line))
    expect(table.map((line) => line.trim().split(/ +/).slice(0, 4))).toEqual([
      ['4', '1', '1', '4'],
      ['0', '0', '0', '4'],
    ])
    const summary = await jsonHere(work, 'curve', 'K.npy', '--heads', '4,0')
    const found = summary.heads as Record<string, unknown>[]
    for (const [at, address] of ['K.npy#[1,1]', 'K.npy#[0,0]'].entries()) {
      const { curve, maxBound, rank } = await jsonHere(work, 'curve', address)
      expect(found[at]).toMatchObject({ curve, maxBound, rank })
      const sizes = (curve as { epsilon: number; universalSize: number }[])
        .filter(({ epsilon }) => [0.2, 0.1, 0.05, 0.02, 0.01, 1e-3].includes(epsilon))
        .map(({ universalSize }) => String(universalSize))
      expect(table[at].trim().split(/ +/).slice(-6)).toEqual(sizes)
      expect(table[at].trim().split(/ +/)[4]).toBe(String(Number((maxBound as number).toPrecision(4))))
    }
  })

  test('of files says which they are, in natural order', async () => {
    const { heads: found } = await jsonHere(work, 'curve', '--keys', 'part-*.npy', '--as-heads')
    expect((found as { source: string }[]).map(({ source }) => source)).toEqual(
      Array.from({ length: 12 }, (_, head) => `part-${head}.npy`),
    )
  })
})

describe('what does not go together is refused', () => {
  test.each<[number, string, string[]]>([
    [2, '--concat is for one matrix', ['scores', 'K.npy', '--heads', 'all', '--concat', '--out', 'x']],
    [2, '--append is about parts', ['build', 'K.npy', '--heads', 'all', '--append', 'u.lev', '--out', 'x']],
    [2, '--row-offset is about parts', ['build', 'K.npy', '--heads', '0', '--row-offset', '3', '--out', 'x']],
    [2, '--out is given 2 times', ['build', 'K.npy', '--heads', 'all', '--out', 'x', '--out', 'y']],
    [2, 'into a folder', ['build', 'K.npy', '--heads', 'all', '--out', 'u.lev']],
    [2, 'into a folder', ['scores', 'K.npy', '--heads', 'all']],
    [2, '--heads', ['curve', 'K.npy', '--heads', 'all', '--method', 'sketch']],
    [2, 'no such one of 6 heads', ['curve', 'K.npy', '--heads', '0,6']],
    [2, '--layout says which axes', ['curve', 'K.npy', '--layout', 'bhnd']],
    [65, 'K.npy#[0,0]', ['curve', '--keys', 'part-1.npy', '--keys', 'K.npy', '--as-heads']],
  ])('%i %s', async (exitCode, message, [name, ...args]) => {
    const ran = await runHere(work, name, ...args)
    expect([ran.exitCode, ran.stderr]).toEqual([exitCode, expect.stringContaining(message)])
  })

  test('files of two shapes are named', async () => {
    work.npy('short.npy', [n - 1, d], data.subarray(0, (n - 1) * d))
    const ran = await runHere(work, 'curve', '--keys', 'part-0.npy', '--keys', 'short.npy', '--as-heads')
    expect(ran.exitCode).toBe(65)
    expect(ran.stderr).toContain('short.npy is [89, 4], and part-0.npy [90, 4]')
  })
})

test('run takes files as heads: queries of a group read one file of keys', async () => {
  const keys = ['--keys', 'part-0.npy', '--keys', 'part-1.npy']
  const queries = [0, 1, 2, 3].flatMap((file) => ['--queries', `part-${file}.npy`])
  const args = [...keys, ...queries, '--as-heads', '--out', 'run', '--quiet']
  expect(await runHere(work, 'run', ...args)).toEqual({ exitCode: 0, stdout: '', stderr: '' })
  expect(headsCsv('run').map(({ head, source, keyHead }) => [head, source, keyHead])).toEqual([
    ['0', 'part-0.npy', '0'],
    ['1', 'part-1.npy', '0'],
    ['2', 'part-2.npy', '1'],
    ['3', 'part-3.npy', '1'],
  ])
})

/** Measures with four digits; nothing for what is not there. */
function inCsv(value: unknown): string {
  if (typeof value !== 'number') return value === undefined ? '' : JSON.stringify(value)
  return String(Number.isInteger(value) ? value : Number(value.toPrecision(4)))
}
