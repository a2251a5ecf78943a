// Catches: a universal set that loses something on the way through its file, a merge that is not the set of all rows, keys
// that are taken for others, ids of parts that shift. Cannot catch: wrong bounds (test/core), damaged files (test/core).
import { cpSync, readFileSync } from 'node:fs'
import { openLev, universalFrom } from '@levattention/core/internal'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readNpz } from '../../support/npy.mjs'
import { gaussianRows, Workspace } from './bin.ts'
import { jsonHere, runHere } from './in-process.ts'

const work = new Workspace()
const [n, d, m] = [10_000, 6, 40]
// Long rows at the start, and one in the middle.
const keys = gaussianRows(n, d, 1, 9).map((x, i) => (Math.floor(i / d) === 5000 ? 40 * x : x))
afterAll(() => work.remove())

const here = (name: string, ...args: string[]) => runHere(work, name, ...args)
const json = (name: string, ...args: string[]) => jsonHere(work, name, ...args)
const build = async (...args: string[]) => expect(await here('build', ...args)).toMatchObject({ exitCode: 0 })

function openUniversal(name: string) {
  const file = openLev(work.path(name))
  try {
    return universalFrom(file)
  } finally {
    file.close()
  }
}

beforeAll(async () => {
  work.npy('K.npy', [n, d], keys)
  work.npy('Q.npy', [m, d], gaussianRows(m, d, 2))
  for (const [name, start, end] of [
    ['a', 0, 4096],
    ['b', 4096, 8192],
    ['c', 8192, n],
    ['odd', 4096, n],
  ] as const) {
    work.npy(`${name}.npy`, [end - start, d], keys.slice(start * d, end * d))
    await build(
      `${name}.npy`,
      '--row-offset',
      String(start),
      '--shard-rows',
      '4096',
      '--out',
      `${name}.lev`,
      '--quiet',
    )
  }
  await build('K.npy', '--out', 'u.lev', '--out', 'u.npz')
})

test('pairs of parts with a gap say which rows they are about', async () => {
  await here('merge', 'a.lev', 'c.lev', '--out', 'with-gap.lev', '--quiet')
  const metaOf = async (universal: string) => {
    const options = ['--queries', 'Q.npy', '--out', 'with-gap.npz', '--force', '--quiet']
    await here('query', '--universal', universal, ...options)
    return (await json('inspect', 'with-gap.npz')).contents
  }
  const rows = [
    [0, 4096],
    [8192, n],
  ]
  expect(await metaOf('with-gap.lev')).toMatchObject({ n, m, meta: { n: n - 4096, rows } })
  expect((await here('inspect', 'with-gap.npz')).stdout).toContain('keys of ids below 10,000')
  expect(JSON.stringify(await metaOf('u.lev'))).not.toContain('"rows"')
  expect((await here('inspect', 'with-gap.npz')).stdout).toContain('10,000 keys')
})

describe('query', () => {
  test('from the file gives the lines of run', async () => {
    const { stdout } = await here('run', '--keys', 'K.npy', '--queries', 'Q.npy')
    expect((await here('query', '--universal', 'u.lev', '--queries', 'Q.npy')).stdout).toBe(stdout)
    expect(stdout).not.toBe('')
  })

  test('at a higher epsilon gives those of run at that epsilon; a lower one is refused', async () => {
    const { stdout } = await here('run', '--keys', 'K.npy', '--queries', 'Q.npy', '--epsilon', '.1')
    const higher = await here('query', '--universal', 'u.lev', '--queries', 'Q.npy', '--epsilon', '.1')
    expect(higher.stdout).toBe(stdout)
    const lower = await json('query', '--universal', 'u.lev', '--queries', 'Q.npy', '--epsilon', '.001')
    expect(lower).toMatchObject({ exitCode: 2, error: { option: 'epsilon' } })
  })

  test.each([
    ['of another shape', 'a.npy', [4096, d], keys.slice(0, 4096 * d), 'shape [4096, 6]'],
    [
      'with a row of U changed',
      'other.npy',
      [n, d],
      keys.map((x, i) => (i === 8 ? x + 1 : x)),
      'row 1 differs',
    ],
    [
      'with another row changed',
      'other.npy',
      [n, d],
      keys.map((x, i) => (i === 9000 * d ? x + 1 : x)),
      'rows 8192 to 9999',
    ],
  ] as const)('keys %s are refused', async (_, name, shape, data, difference) => {
    work.npy(name, shape, data)
    const failure = await json('query', '--universal', 'u.lev', '--queries', 'Q.npy', '--keys', name)
    expect(failure).toMatchObject({ exitCode: 65, error: { file: name } })
    expect(JSON.stringify(failure)).toContain(difference)
  })

  test('the same keys as float64 are taken', async () => {
    work.npy('K64.npy', [n, d], Float64Array.from(keys))
    const ran = await json('query', '--universal', 'u.lev', '--queries', 'Q.npy', '--keys', 'K64.npy')
    expect(ran).toMatchObject({ n, uncertifiedQueries: 0 })
  })

  test('queries where the keys nearly vanish are listed, and decided with the keys', async () => {
    const rows = Float64Array.from({ length: 600 }, () => 1)
    rows[7 * 2 + 1] += 2 ** -52
    work.npy('flat.npy', [300, 2], rows)
    work.npy('null.npy', [1, 2], Float64Array.of(-1, 1))
    await build('flat.npy', '--out', 'flat.lev')
    const query = ['query', '--universal', 'flat.lev', '--queries', 'null.npy'] as const
    const listed = await json(...query, '--out', 'listed.csv')
    expect(listed).toMatchObject({
      pairs: 0,
      uncertifiedQueries: 1,
      warnings: [{ code: 'uncertified-queries' }],
    })
    const decided = await here(...query, '--keys', 'flat.npy')
    expect(JSON.parse(decided.stdout)).toEqual({ query: 0, key: 7, score: 1, dot: 2 ** -52 })
  })
})

describe('merge', () => {
  test('of all parts, in any order, is the set of all rows', async () => {
    const merged = await json('merge', 'c.lev', 'a.lev', 'b.lev', '--out', 'abc.lev')
    expect(merged).toMatchObject({
      n,
      d,
      warnings: [],
      inputs: [{ path: 'a.lev' }, { path: 'b.lev' }, { path: 'c.lev' }],
    })
    const [whole, parts] = [openUniversal('u.lev'), openUniversal('abc.lev')]
    expect(parts.universal.rowIds.toSorted()).toEqual(whole.universal.rowIds.toSorted())
    parts.universal.bounds.forEach((bound, i) => expect(bound / whole.universal.bounds[i]).toBeCloseTo(1, 10))
    const ordered = await here('merge', '[abc].lev', '--out', 'again.lev')
    expect(ordered.exitCode).toBe(0)
    expect(readFileSync(work.path('again.lev'))).toEqual(readFileSync(work.path('abc.lev')))
  })

  test('keeps what query --keys checks by', async () => {
    const query = ['query', '--queries', 'Q.npy', '--keys', 'K.npy'] as const
    await here('merge', 'a.lev', 'odd.lev', '--out', 'odd-too.lev')
    for (const name of ['abc.lev', 'odd-too.lev']) {
      expect(await json(...query, '--universal', name)).toMatchObject({ n, uncertifiedQueries: 0 })
    }
    const part = await json(...query, '--universal', 'odd.lev')
    expect(part).toMatchObject({ exitCode: 2, error: { option: 'keys' } })
    expect(JSON.stringify(part)).toContain('rows 4096 to 9999')
  })

  test('of rows that are in both names them', async () => {
    const failure = await json('merge', 'odd.lev', 'c.lev', '--out', 'x.lev')
    expect(failure).toMatchObject({ exitCode: 65, error: { tag: 'IncompatibleSummary', row: 8192 } })
    expect(JSON.stringify(failure)).toContain('odd.lev, c.lev: rows 8192 to 9999')
  })

  test('of different epsilon or d names the field', async () => {
    await build('b.npy', '--row-offset', '4096', '--epsilon', '.5', '--out', 'b5.lev')
    work.npy('thin.npy', [10, 2], gaussianRows(10, 2, 5))
    await build('thin.npy', '--row-offset', '4096', '--out', 'thin.lev')
    expect(JSON.stringify(await json('merge', 'a.lev', 'b5.lev', '--out', 'x.lev'))).toContain(
      'epsilon = 0.01',
    )
    expect(JSON.stringify(await json('merge', 'a.lev', 'thin.lev', '--out', 'x.lev'))).toContain('d = 6')
  })

  test('with rows missing goes on, with a warning', async () => {
    const merged = await json('merge', 'a.lev', 'c.lev', '--out', 'gap.lev')
    expect(merged).toMatchObject({ n: n - 4096, warnings: [{ code: 'row-gaps' }] })
    expect(JSON.stringify(merged)).toContain('rows 4096 to 8191')
  })

  test('of one file is that file', async () => {
    cpSync(work.path('a.lev'), work.path('one.lev'))
    await here('merge', 'one.lev', '--out', 'same.lev')
    expect(readFileSync(work.path('same.lev'))).toEqual(readFileSync(work.path('a.lev')))
  })
})

test('pairs of a part have the ids of the whole', async () => {
  const { stdout } = await here('query', '--universal', 'odd.lev', '--queries', 'Q.npy', '--quiet')
  const ids = stdout
    .trimEnd()
    .split('\n')
    .map((line) => (JSON.parse(line) as { key: number }).key)
  expect(new Set(ids)).toEqual(new Set([5000]))
  await here('query', '--universal', 'odd.lev', '--queries', 'Q.npy', '--out', 'part.npz')
  expect((await json('query', '--universal', 'odd.lev', '--queries', 'Q.npy')).n).toBe(n - 4096)
})

test('u.npz scores its keys by its own factor', () => {
  const { rowIds, bounds, keys: rows, factor } = readNpz(work.path('u.npz'))
  expect(rowIds).toMatchObject({ dtype: '<u8', shape: bounds.shape })
  expect(rows.shape).toEqual([rowIds.data.length, d])
  expect(rowIds.data.length).toBeGreaterThan(5)
  rowIds.data.forEach((rowId, slot) => {
    const key = Float64Array.from(keys.subarray(rowId * d, (rowId + 1) * d))
    expect(rows.data.slice(slot * d, (slot + 1) * d)).toEqual(key)
    expect(squaredNorm(solveLower(factor.data, key)) / bounds.data[slot]).toBeCloseTo(1, 10)
  })
})

function solveLower(lower: Float64Array, key: Float64Array): Float64Array {
  const x = new Float64Array(d)
  for (let a = 0; a < d; a++) {
    let rest = key[a]
    for (let b = 0; b < a; b++) rest -= lower[a * d + b] * x[b]
    x[a] = rest / lower[a * d + a]
  }
  return x
}

function squaredNorm(x: Float64Array): number {
  return x.reduce((sum, value) => sum + value * value, 0)
}
