// Queries from the u.npz of build. Catches: a pair, score or dot that differs from those of the .lev of the same build; columns of zeros
// that weigh something; a set whose .npz does not hold enough and is searched all the same; keys of another set. Cannot catch: pairs that
// the set itself lacks.
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { openUniversalSet } from '@levattention/core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { countAdvice } from '../../support/advice/done.ts'
import { told, typedAs } from '../../support/advice/typed.ts'
import { pythonWith } from '../../core/files/output-support.ts'
import { ofSchema } from '../steps/support.ts'
import { gaussianRows, Workspace } from '../cli/bin.ts'
import { jsonHere } from '../cli/in-process.ts'

countAdvice(import.meta.url)
const work = new Workspace()
afterAll(() => work.remove())
const [n, m, d] = [3000, 60, 7]

beforeAll(() => {
  const keys = gaussianRows(n, d, 3, 12)
  work.npy('K.npy', [n, d], keys)
  work.npy(
    'wide.npy',
    [n, d],
    Float64Array.from(keys, (value, at) => value * 10 ** ((at % d) * 3 - 9)),
  )
  work.npy(
    'zero.npy',
    [n, d],
    keys.map((value, at) => (at % d === 2 ? 0 : value)),
  )
  work.npy(
    'units.npy',
    [n, d],
    Float32Array.from({ length: n * d }, (_, at) => (Math.floor(at / d) === at % d ? 1 : 0)),
  )
  work.npy(
    'near.npy',
    [n, d],
    Float64Array.from(keys, (value, at) => (at % d === 1 ? keys[at - 1] + 1e-7 * value : value)),
  )
  work.npy('Q.npy', [m, d], gaussianRows(m, d, 4))
  work.npy('other.npy', [n, d], gaussianRows(n, d, 5, 12))
})

async function ok(...args: readonly [string, ...string[]]) {
  const summary = ofSchema(await jsonHere(work, args[0], ...args.slice(1)))
  expect(summary, args.join(' ')).not.toHaveProperty('error')
  return summary
}

function pairs(name: string): number[][] {
  const [, ...lines] = readFileSync(work.path(name), 'utf8').trimEnd().split('\n')
  return lines.map((line) => line.split(',').map(Number))
}

async function requireSame(epsilon: string, keys: string, ...more: string[]): Promise<void> {
  for (const file of ['u.lev', 'u.npz'])
    await ok('query', '--universal', file, '--queries', 'Q.npy', ...more, '--out', `${file}.csv`, '--force')
  const [lev, npz] = ['u.lev.csv', 'u.npz.csv'].map(pairs)
  expect(npz.map(([query, key]) => [query, key])).toEqual(lev.map(([query, key]) => [query, key]))
  expect(lev.length).toBeGreaterThan(20)
  npz.forEach(([, , score, dot], at) => {
    expect(Math.abs(score / lev[at][2] - 1)).toBeLessThan(1e-11)
    expect(dot).toBe(lev[at][3])
  })
  const verify = ['--keys', keys, '--queries', 'Q.npy', '--heavy', 'u.npz.csv', '--epsilon', epsilon] as const
  expect(await ok('verify', ...verify)).not.toHaveProperty('difference')
}

describe.each(['K.npy', 'wide.npy', 'zero.npy'])('%s', (keys) => {
  test('the pairs of the .lev, with the keys and without', async () => {
    await ok('build', keys, '--epsilon', '.005', '--out', 'u.lev', '--out', 'u.npz', '--force')
    await requireSame('0.005', keys)
    await requireSame('0.005', keys, '--keys', keys)
    const { exitCode, error } = (await jsonHere(
      work,
      ...(['query', '--universal', 'u.npz', '--queries', 'Q.npy', '--keys', 'other.npy'] as const),
    )) as { exitCode: number; error: object }
    expect([exitCode, error]).toEqual([65, expect.objectContaining({ file: 'other.npy' })])
  })
})

test('of a stream, of parts that were merged, and of keys that took part', async () => {
  for (const [first, end] of [
    [0, 1000],
    [1000, n],
  ]) {
    const rows = ['--key-rows', `${first}:${end}`, '--epsilon', '.005'] as const
    await ok('build', 'K.npy', ...rows, '--out', 'u.lev', '--out', 'u.npz', '--force')
    for (const file of ['u.lev', 'u.npz'])
      await ok('query', '--universal', file, '--queries', 'Q.npy', '--out', `${file}.csv`, '--force')
    expect(pairs('u.npz.csv').map(([query, key]) => [query, key])).toEqual(
      pairs('u.lev.csv').map(([query, key]) => [query, key]),
    )
    await ok('query', '--universal', 'u.npz', '--queries', 'Q.npy', '--out', 'rows.npz', '--force')
    const verify = ['--keys', 'K.npy', '--queries', 'Q.npy', '--heavy', 'rows.npz'] as const
    expect(await ok('verify', ...verify)).not.toHaveProperty('difference')
  }
  await ok('build', 'K.npy', '--out', 'a.lev', '--epsilon', '.005', '--force')
  await ok('build', 'other.npy', '--row-offset', String(n), '--out', 'b.lev', '--epsilon', '.005', '--force')
  await ok('merge', 'a.lev', 'b.lev', '--out', 'u.lev', '--out', 'u.npz', '--force')
  for (const file of ['u.lev', 'u.npz'])
    await ok('query', '--universal', file, '--queries', 'Q.npy', '--out', `${file}.csv`, '--force')
  expect(pairs('u.npz.csv').map(([query, key]) => [query, key])).toEqual(
    pairs('u.lev.csv').map(([query, key]) => [query, key]),
  )
})

test.each([
  ['causal', ['K.npy', '--causal'], 'of a causal set'],
  ['p = 3', ['K.npy', '--p', '3'], 'of p = 3'],
  ['sketches', ['K.npy', '--method', 'sketch'], 'of a set by sketches'],
  ['nearly dependent keys', ['near.npy'], 'of nearly dependent keys'],
] as const)('%s: the .lev is named', async (_, keys, said) => {
  await ok('build', ...keys, '--out', 'u.lev', '--out', 'u.npz', '--force')
  const args = [
    'query',
    '--universal',
    'u.npz',
    '--queries',
    'Q.npy',
    ...(said === 'of a causal set' ? ['--keys', 'K.npy', '--query-start', '0'] : []),
  ]
  const { exitCode, spans } = await told(work, ...args)
  expect([exitCode, spans]).toEqual([2, ['--universal u.lev']])
  await typedAs(work, spans[0], args, 1, 2)
})

test('merged parts of fewer rows than columns left keys out for some queries alone', async () => {
  const keys = gaussianRows(10, d, 6)
  for (const [part, first, end] of [
    ['a', 0, 5],
    ['b', 5, 10],
  ] as const) {
    work.npy(`${part}.npy`, [5, d], keys.slice(first * d, end * d))
    await ok('build', `${part}.npy`, '--row-offset', String(first), '--out', `${part}.lev`, '--force')
  }
  await ok('merge', 'a.lev', 'b.lev', '--out', 'u.lev', '--out', 'u.npz', '--force')
  expect((await jsonHere(work, 'inspect', 'u.npz')).command).toBe('inspect')
  const { exitCode, spans } = await told(work, 'query', '--universal', 'u.npz', '--queries', 'Q.npy')
  expect([exitCode, spans]).toEqual([2, ['--universal u.lev']])
})

test('unit keys, whose columns look like those of zeros, are not taken for them', async () => {
  await ok('build', 'units.npy', '--out', 'u.lev', '--out', 'u.npz', '--epsilon', '.05', '--force')
  await requireSame('0.05', 'units.npy')
})

test('a damaged file is refused', async () => {
  await ok('build', 'K.npy', '--out', 'u.npz', '--force')
  const bytes = readFileSync(work.path('u.npz'))
  for (const at of [300, bytes.length >> 1, bytes.length - 500]) {
    const changed = Buffer.from(bytes)
    changed[at] ^= 0x40
    writeFileSync(work.path('bad.npz'), changed)
    const found = await jsonHere(work, 'query', '--universal', 'bad.npz', '--queries', 'Q.npy')
    expect(found).toMatchObject({ exitCode: 65, error: { tag: 'Content' } })
  }
})

test('row ids as int64, as NumPy saves them again, are read; a .lev that is a .npz says what reads it', async (context) => {
  await ok('build', 'K.npy', '--epsilon', '.005', '--out', 'u.lev', '--out', 'u.npz', '--force')
  expect(() => openUniversalSet(work.path('u.npz'))).toThrow(
    'is not a .lev file but a .npz archive: the command query searches the set in one',
  )
  const python = pythonWith('numpy')
  if (python === undefined) context.skip('no python3 with numpy here')
  const lines = `import numpy as np
u = dict(np.load('u.npz')); u['rowIds'] = u['rowIds'].astype('int64'); np.savez('own.npz', **u)`
  execFileSync(python ?? '', ['-c', lines], { cwd: work.folder })
  for (const file of ['u.npz', 'own.npz'])
    await ok('query', '--universal', file, '--queries', 'Q.npy', '--out', `${file}.csv`, '--force')
  expect(pairs('own.npz.csv')).toEqual(pairs('u.npz.csv'))
  await ok('inspect', 'own.npz')
})
