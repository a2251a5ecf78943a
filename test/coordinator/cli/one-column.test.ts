// Catches: one number a row (weights, scores, ids, a mask) that a table has as a column and that cannot be named; advice that leads in a
// circle; a column that is key and weight at once; weights that enter |q.k|^p by another power than w^(1/p).
import { writeFileSync } from 'node:fs'
import { npyHeader } from '@levattention/core/internal'
import { parquetWriteBuffer } from 'hyparquet-writer'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readNpy } from '../../support/npy.mjs'
import { Random } from '../../support/random.mjs'
import { Workspace } from './bin.ts'
import { runHere } from './in-process.ts'

const work = new Workspace()
afterAll(() => work.remove())

const [ROWS, COLS] = [40, 3]
const random = new Random(15)
const table = Array.from({ length: ROWS }, () => Array.from({ length: COLS }, () => random.normal()))
const weights = Float64Array.from({ length: ROWS }, () => 0.1 + 9 * random.uniform())
const seen = Array.from({ length: ROWS }, (_, i) => i % 5 !== 2)

beforeAll(() => {
  work.npy('X.npy', [ROWS, COLS], Float64Array.from(table.flat()))
  work.npy('w.npy', [ROWS], weights)
  const mask = Uint8Array.from(seen, Number)
  writeFileSync(work.path('mask.npy'), Buffer.concat([npyHeader('|b1', [ROWS]), mask]))
  writeFileSync(work.path('ids.npy'), Buffer.concat([npyHeader('<i4', [ROWS]), idsBytes()]))
  const lines = table.map((row, i) => [`r${i}`, ...row, weights[i], seen[i], i].join(','))
  writeFileSync(work.path('full.csv'), `name,a,b,c,weight,seen,id\n${lines.join('\n')}\n`)
  const numbers = lines.map((line) => line.split(',').slice(1, 5).join(','))
  writeFileSync(work.path('numbers.csv'), `a,b,c,w\n${numbers.join('\n')}\n`)
  writeFileSync(work.path('plain.csv'), `${numbers.join('\n')}\n`)
  writeFileSync(work.path('series.csv'), `,x\n${[...weights].map((w, i) => `${i},${w}`).join('\n')}\n`)
  const column = (name: string, data: unknown[], type: 'DOUBLE' | 'STRING' | 'BOOLEAN') => ({
    name,
    data,
    type,
  })
  const parquet = parquetWriteBuffer({
    columnData: [
      column(
        'a',
        table.map(([a]) => a),
        'DOUBLE',
      ),
      column('weight', [...weights], 'DOUBLE'),
      column('seen', seen, 'BOOLEAN'),
      column(
        'name',
        table.map((_, i) => `r${i}`),
        'STRING',
      ),
    ],
  })
  writeFileSync(work.path('full.parquet'), Buffer.from(parquet))
})

function idsBytes(): Buffer {
  return Buffer.from(Int32Array.from({ length: ROWS }, (_, i) => i).buffer)
}

async function tau(...args: string[]): Promise<Float64Array> {
  const found = await runHere(work, 'scores', ...args, '--out', 'tau.npy', '--force', '--quiet')
  expect([found.stderr, found.exitCode]).toEqual(['', 0])
  return readNpy(work.path('tau.npy')).data
}

const refused = async (...args: string[]) => await runHere(work, 'scores', ...args, '--out', 'no.npy')

describe('a column of a table is named behind its file', () => {
  test.each(['full.csv#weight', 'full.csv#4', 'plain.csv#3', 'numbers.csv#w', 'full.parquet#weight'])(
    'weights %s',
    async (address) => {
      expect(await tau('X.npy', '--weights', address)).toEqual(await tau('X.npy', '--weights', 'w.npy'))
    },
  )

  test.each(['full.csv#seen', 'full.parquet#seen'])('a mask %s', async (address) => {
    const wanted = await tau('X.npy', '--key-mask', 'mask.npy')
    expect(await tau('X.npy', '--key-mask', address)).toEqual(wanted)
  })

  test('a matrix of one column, weighed by another of the same file', async () => {
    const wanted = await tau('full.csv', '--columns', 'a', '--weights', 'w.npy')
    expect(await tau('full.csv#a', '--weight-column', 'weight')).toEqual(wanted)
  })

  test('scores and ids of keys', async () => {
    const attend = async (...args: string[]) => {
      const inputs = ['--queries', 'X.npy', '--keys', 'X.npy', '--values', 'X.npy', '--out', 'O.npy']
      const found = await runHere(work, 'attend', ...inputs, ...args, '--force', '--quiet')
      expect([found.stderr, found.exitCode]).toEqual(['', 0])
      return readNpy(work.path('O.npy')).data
    }
    const wanted = await attend('--select', 'w.npy', '--keep', '7')
    expect(await attend('--select', 'full.csv#weight', '--keep', '7')).toEqual(wanted)
    expect(await attend('--ids', 'full.csv#id')).toEqual(await attend('--ids', 'ids.npy'))
  })
})

describe('what is told of another table', () => {
  test.each<[string, number, string]>([
    ['X.npy --weights numbers.csv', 65, "`'numbers.csv#w'`; those that fit: w"],
    ['X.npy --weights full.csv', 65, "`'full.csv#weight'`; those of numbers: a, b, c, weight, seen, id"],
    ['X.npy --weights series.csv', 65, "`'series.csv#x'`; those that fit: x"],
    ['X.npy --weights full.parquet', 65, "`'full.parquet#weight'`; those that fit: weight, seen"],
    ['X.npy --key-mask full.parquet', 65, "`'full.parquet#seen'`; those that fit: seen"],
    ['X.npy --weights full.csv#wieght', 66, "has no column 'wieght'; near names: weight"],
    ['X.npy --weights full.csv#name', 65, "is 'r0': no number"],
    ['X.npy --weights full.parquet#name', 65, 'column name is text or bytes'],
    ['full.csv#a --columns b', 2, '--columns chooses columns, and'],
  ])('scores %s', async (args, exitCode, part) => {
    const found = await refused(...args.split(' '))
    expect(found.exitCode).toBe(exitCode)
    expect(found.stderr.replaceAll(/\s+/g, ' ')).toContain(part)
    expect(found.stderr).not.toContain('--columns 0')
  })
})

test.each(['numbers.csv', 'full.parquet'])('%s: a column is key or weight', async (file) => {
  const name = file === 'numbers.csv' ? 'w' : 'weight'
  const found = await refused(file, '--columns', `a,${name}`, '--weight-column', name)
  expect(found.exitCode).toBe(2)
  expect(found.stderr.replaceAll(/\s+/g, ' ')).toMatch(
    /\((?:w|weight)\) weighs the rows, and is one of .* as well: take it out there, `--columns 0`; if it is meant to be both, give `--weights '.*#[13]'`/,
  )
})

describe('weighted |q.k|^p: Σ w |<x, b>|^p is that of the rows x w^(1/p)', () => {
  test.each([0.5, 1, 1.5, 3, 4])('p = %d: of one column the scores are w|x|^p / Σ w|x|^p', async (p) => {
    const found = await tau('full.csv#a', '--weights', 'w.npy', '--p', String(p))
    const powers = table.map(([a], i) => weights[i] * Math.abs(a) ** p)
    const sum = powers.reduce((whole, one) => whole + one, 0)
    // Bounds: never below; of one column they are the scores themselves.
    found.forEach((score, i) => expect(Math.abs(score - powers[i] / sum)).toBeLessThan(1e-9))
  })

  test.each([1, 3])('p = %d: a weight of 2^p is a row twice as long', async (p) => {
    const twos = weights.map((_, i) => (i % 3 === 0 ? 2 ** p : 1))
    work.npy('twos.npy', [ROWS], twos)
    const long = table.map((row, i) => row.map((x) => (i % 3 === 0 ? 2 * x : x)))
    work.npy('long.npy', [ROWS, COLS], Float64Array.from(long.flat()))
    const found = await tau('X.npy', '--weights', 'twos.npy', '--p', String(p))
    const wanted = await tau('long.npy', '--p', String(p))
    found.forEach((score, i) => expect(Math.abs(score - wanted[i])).toBeLessThan(1e-12))
  })

  test('a power that float64 does not hold', async () => {
    work.npy('tiny.npy', [ROWS], weights.with(3, 1e-300))
    const found = await refused('X.npy', '--weights', 'tiny.npy', '--p', '0.5')
    expect([found.exitCode, found.stderr.replaceAll(/\s+/g, ' ')]).toEqual([
      65,
      expect.stringContaining('--weights tiny.npy: weight 3 is 1e-300, whose power 1/0.5'),
    ])
  })
})

test('weights by name with a missing value: no other column is told in its place', async () => {
  writeFileSync(work.path('gaps.csv'), 'name,a,b,w\nr0,1,2,3\nr1,2,5,NA\nr2,4,1,2\n')
  const args = ['gaps.csv', '--columns', 'a,b', '--weights', 'gaps.csv#w', '--drop-missing', '--out', 'g.npy']
  const { exitCode, stderr } = await runHere(work, 'scores', ...args)
  expect(exitCode).toBe(65)
  expect(stderr).toContain('1 of its 3 values are missing')
  expect(stderr).toContain('--weight-column w')
  expect(stderr).not.toContain('Name one of its columns')
  const by = ['--columns', 'a,b', '--weight-column', 'w', '--drop-missing', '--out', 'g.npy']
  expect((await runHere(work, 'scores', 'gaps.csv', ...by)).exitCode).toBe(0)
  expect([...readNpy(work.path('g.npy')).data].map(Number.isNaN)).toEqual([false, true, false])
})
