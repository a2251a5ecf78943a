// Catches: rows with a missing value that take part under --drop-missing, or others that do not; ids that shift; a count or a column of
// them that is wrong, in a refusal and in a summary; other bytes on threads. Cannot catch: which words are missing (test/core/tables).
import { readFileSync, writeFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { parquetWriteBuffer } from 'hyparquet-writer'
import { npyHeader } from '@levattention/core/internal'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readNpy, readNpz } from '../../support/npy.mjs'
import { leverageOracle } from '../../support/oracle.ts'
import { Random } from '../../support/random.mjs'
import { Workspace } from './bin.ts'
import { jsonHere, runHere } from './in-process.ts'

const work = new Workspace()
afterAll(() => work.remove())

const [ROWS, COLS] = [61, 3]
const random = new Random(8)
const table = Array.from({ length: ROWS }, () => Array.from({ length: COLS }, () => random.normal()))
/** Rows with a missing value, and the column that it stands in. */
const gaps = new Map([
  [0, 1],
  [7, 0],
  [8, 1],
  [60, 1],
])
const whole = Array.from(table.keys()).filter((row) => !gaps.has(row))
const isGap = (row: number, column: number) => gaps.get(row) === column
const words = ['NA', '', 'NaN', 'null']

beforeAll(() => {
  const cells = table.map((row, i) =>
    row.map((value, column) => (isGap(i, column) ? words[i % 4] : `${value}`)),
  )
  const text = `a,b,c\n${cells.map((row) => row.join(',')).join('\n')}\n`
  writeFileSync(work.path('K.csv'), text)
  writeFileSync(work.path('K.csv.gz'), gzipSync(text))
  writeFileSync(work.path('quoted.csv'), text.replace('a,', '"a",').replace('\nNA,', '\n"NA",'))
  const columnData = ['a', 'b', 'c'].map((name, column) => ({
    name,
    data: table.map((row, i) => (isGap(i, column) ? null : row[column])),
    type: 'DOUBLE' as const,
  }))
  writeFileSync(work.path('K.parquet'), Buffer.from(parquetWriteBuffer({ columnData })))
  const numbers = table.flatMap((row, i) => row.map((value, column) => (isGap(i, column) ? NaN : value)))
  work.npy('K.npy', [ROWS, COLS], Float64Array.from(numbers))
  work.npy('whole.npy', [whole.length, COLS], Float64Array.from(whole.flatMap((row) => table[row])))
  const mask = Uint8Array.from({ length: ROWS }, (_, i) => Number(!gaps.has(i)))
  writeFileSync(work.path('mask.npy'), Buffer.concat([npyHeader('|b1', [ROWS]), mask]))
})

const files = ['K.csv', 'K.csv.gz', 'quoted.csv', 'K.parquet', 'K.npy']

describe.each(files)('%s', (file) => {
  test.each([[[]], [['--workers', '2']]])(
    'scores of the others, by an oracle, in their places %j',
    async (args) => {
      const options = ['--drop-missing', '--out', 'tau.npy', '--force', ...args]
      const summary = await jsonHere(work, 'scores', file, ...options)
      const { leverage } = leverageOracle({
        rows: whole.length,
        cols: COLS,
        data: Float64Array.from(whole.flatMap((row) => table[row])),
      })
      const tau = readNpy(work.path('tau.npy')).data
      whole.forEach((row, i) => expect(Math.abs(tau[row] - leverage[i])).toBeLessThan(1e-12))
      for (const row of gaps.keys()) expect(tau[row]).toBeNaN()
      expect(summary).toMatchObject({ n: ROWS, keysDropped: 4, keysSeen: 57, rank: 3 })
      for (const { row } of summary.topRows as { row: number }[]) expect(gaps.has(row)).toBe(false)
      expect(summary.warnings).toContainEqual({
        code: 'dropped-keys',
        message: expect.stringContaining(
          `4 of 61 rows of the keys have a missing value, in columns ${file === 'K.npy' ? '0 and 1 of the matrix' : 'a and b'}, and`,
        ) as string,
      })
    },
  )

  test('run, build and query, verify: the pairs of the same rows by a mask', async () => {
    const named = ['--keys', file, '--drop-missing', '--force']
    const masked = ['--keys', 'K.npy', '--key-mask', 'mask.npy', '--force']
    await runHere(work, 'run', ...named, '--out', 'h.npz', '--universal', 'run.lev')
    await runHere(work, 'run', ...masked, '--out', 'same.npz', '--universal', 'same.lev')
    expect(readFileSync(work.path('h.npz')).equals(readFileSync(work.path('same.npz')))).toBe(true)
    expect(readFileSync(work.path('run.lev')).equals(readFileSync(work.path('same.lev')))).toBe(true)
    const built = await jsonHere(work, 'build', ...named, '--out', 'u.lev')
    expect(built).toMatchObject({ keysDropped: 4 })
    const asked = ['--universal', 'u.lev', '--queries', 'whole.npy', '--out', 'q.npz', '--force']
    expect(await jsonHere(work, 'query', ...asked, '--keys', file, '--drop-missing')).toMatchObject({
      keysDropped: 4,
      queriesDropped: 0,
    })
    expect(
      await jsonHere(work, 'verify', '--keys', file, '--heavy', 'h.npz', '--drop-missing'),
    ).toMatchObject({
      keysDropped: 4,
    })
  })

  test('a sample and a curve are of the others', async () => {
    const options = ['--drop-missing', '--force']
    const curve = await jsonHere(work, 'curve', file, '--drop-missing')
    const { curve: points, maxBound } = await jsonHere(work, 'curve', 'whole.npy')
    expect([curve.curve, curve.maxBound]).toEqual([points, maxBound])
    await runHere(work, 'sample', file, ...options, '--rows', '20', '--out', 's.npz')
    const { rowIds } = readNpz(work.path('s.npz'))
    expect(rowIds.data.length).toBeGreaterThan(5)
    for (const row of rowIds.data) expect(gaps.has(row)).toBe(false)
  })
})

test('a refusal says how many rows have one, in which columns, and the option', async () => {
  const found = await runHere(work, 'scores', 'K.csv', '--out', 'no.npy')
  expect(found.exitCode).toBe(65)
  expect(found.stderr).toContain(
    'In all, 4 of 61 rows have a missing value, in columns a and b; `--drop-missing` leaves such rows out',
  )
  const chosen = await runHere(work, 'scores', 'K.csv', '--columns', '2,0', '--out', 'no.npy')
  expect(chosen.stderr).toContain('In all, 1 of 61 rows has a missing value, in column a;')
  const parquet = await runHere(work, 'scores', 'K.parquet', '--out', 'no.npy')
  expect(parquet.stderr).toMatch(
    /In all, there are nulls: 1 in column a and 3 in column b; `--drop-missing` leaves/,
  )
})

test('the summary calls columns by their names, in the order of the matrix', async () => {
  const args = ['--drop-missing', '--out', 'tau.npy', '--force']
  for (const [file, columns, wanted] of [
    ['K.csv', 'b,c,a', 'columns b and a'],
    ['K.parquet', 'c,b', 'column b'],
    ['K.npy', undefined, 'columns 0 and 1 of the matrix'],
    ['K.csv#.T', undefined, ''],
  ] as const) {
    const chosen = columns === undefined ? [] : ['--columns', columns]
    const { stderr } = await runHere(work, 'scores', file, ...chosen, ...args)
    const [, shown = ''] =
      /have a missing value, in (.*?), and take no part/.exec(stderr.replaceAll(/\s+/g, ' ')) ?? []
    if (wanted !== '') expect(shown).toBe(wanted)
    else expect(shown).toMatch(/ of the matrix$/)
  }
})

test('a range of names is told as numbers', async () => {
  for (const [typed, said] of [
    ['a:c', '0:3'],
    ['b:c', '1:3'],
  ])
    expect((await runHere(work, 'scores', 'K.csv', '--columns', typed, '--out', 'no.npy')).stderr).toContain(
      `'${typed}': ranges are of numbers, here ${said}`,
    )
})

test('infinity is no missing value, and a text none either', async () => {
  work.npy('inf.npy', [2, 2], Float64Array.of(1, NaN, Infinity, 2))
  writeFileSync(work.path('text.csv'), 'a,b\n1,NA\nx,3\n')
  const infinite = await runHere(work, 'scores', 'inf.npy', '--drop-missing', '--out', 'no.npy')
  expect([infinite.exitCode, infinite.stderr]).toEqual([
    65,
    expect.stringContaining('row 1, column 0 is Infinity'),
  ])
  const text = await runHere(work, 'scores', 'text.csv', '--drop-missing', '--out', 'no.npy')
  expect([text.exitCode, text.stderr]).toEqual([
    65,
    expect.stringContaining("row 1 (line 3), column 0 (a) is 'x'"),
  ])
})

test.each(['run --keys - --queries whole.npy --out h.npz', 'build - --out n.lev'])(
  '%s is refused',
  async (line) => {
    const found = await runHere(work, line.split(' ')[0], ...line.split(' ').slice(1), '--drop-missing')
    expect([found.exitCode, found.stderr]).toEqual([
      2,
      expect.stringContaining('--drop-missing reads the keys once more, not with --keys -; name the file'),
    ])
  },
)

describe('softmax: the pairs of the same rows by masks', () => {
  const asked = ['--attention', 'softmax', '--epsilon', '0.05', '--force']
  const masks = ['--key-mask', 'mask.npy', '--query-mask', 'mask.npy']

  test.each(files)('%s', async (file) => {
    const dropping = ['--keys', file, '--queries', file, '--drop-missing']
    const found = await jsonHere(work, 'run', ...dropping, ...asked, '--out', 's.npz')
    await jsonHere(work, 'run', '--keys', 'K.npy', '--queries', 'K.npy', ...masks, ...asked, '--out', 'm.npz')
    expect(readFileSync(work.path('s.npz')).equals(readFileSync(work.path('m.npz')))).toBe(true)
    expect(found).toMatchObject({ keysDropped: 4, queriesDropped: 4, keysSeen: 57, keysHidden: 0 })
    expect((await jsonHere(work, 'verify', ...dropping, '--heavy', 's.npz')).exitCode ?? 0).toBe(0)
    const other = await runHere(work, 'verify', ...dropping.slice(0, -1), '--heavy', 's.npz')
    expect(other.exitCode).not.toBe(0)
  })
})

describe.each(['K.csv', 'K.npy'])('%s: over the rows that a mask leaves', (file) => {
  const dropping = ['--queries', file, '--keys', file, '--drop-missing']
  const masked = [
    '--queries',
    'K.npy',
    '--keys',
    'K.npy',
    '--key-mask',
    'mask.npy',
    '--query-mask',
    'mask.npy',
  ]
  const counts = { keysDropped: 4, queriesDropped: 4, keysSeen: 57, queriesSeen: 57, keysHidden: 0 }

  beforeAll(() => {
    work.npy(
      'V.npy',
      [ROWS, 2],
      Float64Array.from({ length: 2 * ROWS }, () => random.normal()),
    )
  })

  test.each(['softmax', 'power'])('attention, %s', async (attention) => {
    const asked = ['--values', 'V.npy', '--keep', '8', '--attention', attention, '--force']
    expect(await jsonHere(work, 'attend', ...dropping, ...asked, '--out', 'o.npy')).toMatchObject(counts)
    await jsonHere(work, 'attend', ...masked, ...asked, '--out', 'same.npy')
    expect(readNpy(work.path('o.npy'))).toEqual(readNpy(work.path('same.npy')))
    // Of keys that a mask hides as well.
    const also = ['--key-mask', 'mask.npy']
    await jsonHere(work, 'attend', ...dropping, ...also, ...asked, '--out', 'o.npy')
    expect(readNpy(work.path('o.npy'))).toEqual(readNpy(work.path('same.npy')))
  })

  test('what selections hold', async () => {
    const asked = ['--values', 'V.npy', '--keep', '8', '--force']
    const found = await jsonHere(work, 'coverage', ...dropping, ...asked, '--out', 'c.npz')
    expect(found).toMatchObject(counts)
    const wanted = await jsonHere(work, 'coverage', ...masked, ...asked, '--out', 'same.npz')
    expect(found.heads).toEqual(wanted.heads)
    expect(readNpz(work.path('c.npz'))).toEqual(readNpz(work.path('same.npz')))
  })

  test('a report', async () => {
    const more = file === 'K.csv' ? ['--workers', '2'] : []
    const asked = ['--values', 'V.npy', '--keep', '8', '--force', ...more]
    const found = await jsonHere(work, 'report', ...dropping, ...asked, '--out', 'r.html')
    const wanted = await jsonHere(work, 'report', ...masked, ...asked, '--out', 'same.html')
    expect(found.answers).toEqual(wanted.answers)
    expect(readFileSync(work.path('r.html'), 'utf8')).toContain('4 of 61 rows of the keys')
    const alone = await jsonHere(
      work,
      'report',
      file,
      '--drop-missing',
      '--force',
      ...more,
      '--out',
      'r.html',
    )
    const same = ['K.npy', '--key-mask', 'mask.npy', '--force', ...more, '--out', 'same.html']
    expect(alone.answers).toEqual((await jsonHere(work, 'report', ...same)).answers)
  })

  test('heads are refused', async () => {
    for (const name of ['attend', 'coverage', 'report']) {
      const more = name === 'attend' ? ['--values', 'V.npy', '--full', '--out', 'o.npy'] : []
      const out = name === 'report' ? ['--out', 'r.html'] : []
      const found = await runHere(work, name, ...dropping, '--heads', 'all', ...more, ...out, '--force')
      expect([found.exitCode, found.stderr]).toEqual([2, expect.stringContaining('leave it out, or --heads')])
    }
  })
})

test.each([[[]], [['--attention', 'softmax']], [['--p', '3']]])(
  'a run folder of whole rows, which goes on: the bytes of one run, %j',
  async (terms) => {
    const asked = [
      '--keys',
      'K.csv',
      '--queries',
      'whole.npy',
      '--drop-missing',
      '--epsilon',
      '0.05',
      '--force',
    ]
    const folder = `steps${terms.length}${terms.at(-1) ?? ''}`
    await jsonHere(work, 'run', ...asked, ...terms, '--out', 'one.npz')
    for (let again = 0; again < 2; again++) {
      const found = await jsonHere(work, 'run', ...asked, ...terms, '--checkpoint', folder, '--out', 'c.npz')
      expect(found).toMatchObject({ keysDropped: 4 })
      expect(readFileSync(work.path('c.npz')).equals(readFileSync(work.path('one.npz')))).toBe(true)
    }
    const step = await runHere(work, 'step', 'map', '--run', folder, '--level', '0', '--index', '0')
    expect([step.exitCode, step.stderr]).toEqual([0, expect.not.stringContaining('a missing value. Every')])
    const undropped = [
      '--keys',
      'K.csv',
      '--queries',
      'whole.npy',
      '--checkpoint',
      folder,
      '--out',
      'd.npz',
      ...terms,
    ]
    expect((await runHere(work, 'run', ...undropped)).exitCode).not.toBe(0)
  },
)

test('rows behind those of a file: whole ones are added, the others have ids', async () => {
  const options = ['--epsilon', '0.05', '--force']
  await jsonHere(work, 'build', 'whole.npy', ...options, '--out', 'first.lev')
  const behind = ['--append', 'first.lev', ...options]
  const appended = await jsonHere(work, 'build', 'K.csv', '--drop-missing', ...behind, '--out', 'both.lev')
  expect(appended).toMatchObject({ n: 57 + ROWS, keysDropped: 4, keysSeen: 57 + 57 })
  const masked = ['--key-mask', 'mask.npy', ...behind, '--out', 'masked.lev']
  await jsonHere(work, 'build', 'K.npy', ...masked)
  expect(readFileSync(work.path('both.lev')).equals(readFileSync(work.path('masked.lev')))).toBe(true)
})

describe('heads with rows of their own that are missing', () => {
  /** Head 0 has the gaps of the table, head 1 none, head 2 one in row 5. */
  const ownGaps: readonly ReadonlySet<number>[] = [new Set(gaps.keys()), new Set(), new Set([5])]
  const rowsOf = (head: number) => Array.from(table.keys()).filter((row) => !ownGaps[head].has(row))
  const scaled = (head: number, row: number) => table[row].map((value, i) => value * (1 + head * (i + 1)))

  beforeAll(() => {
    const numbers = ownGaps.flatMap((own, head) =>
      table.flatMap((_, row) => scaled(head, row).map((value, i) => (own.has(row) && i === 1 ? NaN : value))),
    )
    work.npy('heads.npy', [3, ROWS, COLS], Float64Array.from(numbers))
    const masks = ownGaps.flatMap((own) => table.map((_, row) => Number(!own.has(row))))
    for (const head of [0, 1, 2]) {
      const mask = Uint8Array.from(masks.slice(head * ROWS, (head + 1) * ROWS))
      writeFileSync(work.path(`mask${head}.npy`), Buffer.concat([npyHeader('|b1', [ROWS]), mask]))
    }
  })

  test('scores of the others, by an oracle, in their places', async () => {
    const options = ['heads.npy', '--heads', 'all', '--drop-missing', '--force']
    const summary = await jsonHere(work, 'scores', ...options, '--out', 'tau')
    for (const head of [0, 1, 2]) {
      const kept = rowsOf(head)
      const data = Float64Array.from(kept.flatMap((row) => scaled(head, row)))
      const { leverage } = leverageOracle({ rows: kept.length, cols: COLS, data })
      const tau = readNpy(work.path(`tau/head-000${head}.npy`)).data
      kept.forEach((row, i) => expect(Math.abs(tau[row] - leverage[i])).toBeLessThan(1e-12))
      for (const row of ownGaps[head]) expect(tau[row]).toBeNaN()
    }
    expect(summary).toMatchObject({ n: ROWS, keysDropped: 5 })
    expect(summary.warnings).toContainEqual({
      code: 'dropped-keys',
      message: expect.stringContaining('4 of head 0 and 1 of head 2') as string,
    })
    expect(summary.heads).toMatchObject([{ keysSeen: 57 }, {}, { keysSeen: 60 }])
  })

  test.each([[[]], [['--attention', 'softmax']]])(
    'pairs of each are those of one by a mask %j',
    async (terms) => {
      const options = ['--epsilon', '0.05', ...terms, '--force']
      const all = ['--keys', 'heads.npy', '--queries', 'heads.npy', '--heads', 'all', '--drop-missing']
      const found = await jsonHere(work, 'run', ...all, ...options, '--out', 'pairs')
      expect(found).toMatchObject({ keysDropped: 5, queriesDropped: 5 })
      expect(found).not.toHaveProperty('keysSeen')
      for (const head of [0, 1, 2]) {
        const [one, mask] = [`heads.npy#[${head}]`, `mask${head}.npy`]
        const masked = ['--keys', one, '--queries', one, '--key-mask', mask, '--query-mask', mask]
        await jsonHere(work, 'run', ...masked, ...options, '--out', 'alone.npz')
        const [a, b] = [readNpz(work.path(`pairs/head-000${head}.npz`)), readNpz(work.path('alone.npz'))]
        for (const name of ['indptr', 'indices', 'data', 'dots']) expect(a[name].data).toEqual(b[name].data)
      }
    },
  )

  test('build, curve and sample take them, and the keys as their own queries', async () => {
    const options = ['--heads', 'all', '--drop-missing']
    await jsonHere(work, 'build', 'heads.npy', ...options, '--force', '--out', 'sets')
    const one = ['heads.npy#[0]', '--key-mask', 'mask0.npy', '--force', '--out', 'alone.lev']
    await jsonHere(work, 'build', ...one)
    expect((await runHere(work, 'inspect', 'sets/head-0000.lev', '--list')).stdout).toBe(
      (await runHere(work, 'inspect', 'alone.lev', '--list')).stdout,
    )
    expect(await jsonHere(work, 'curve', 'heads.npy', ...options)).toMatchObject({ keysDropped: 5 })
    await jsonHere(work, 'sample', 'heads.npy', ...options, '--rows', '20', '--force', '--out', 'samples')
    for (const row of readNpz(work.path('samples/head-0000.npz')).rowIds.data)
      expect(gaps.has(row)).toBe(false)
    const own = await jsonHere(work, 'run', '--keys', 'heads.npy', ...options, '--force', '--out', 'own')
    expect(own).toMatchObject({ keysDropped: 5 })
  })
})

test('a row whose weight is missing is dropped too, and none of those that are dropped is among the largest', async () => {
  const weights = table.map((_, i) => (i === 3 ? '' : `${1 + (i % 4)}`))
  const lines = table.map((row, i) =>
    [...row.map((value, column) => (isGap(i, column) ? '' : `${value}`)), weights[i]].join(','),
  )
  writeFileSync(work.path('weighted.csv'), `a,b,c,w\n${lines.join('\n')}\n`)
  const options = ['--weight-column', 'w', '--drop-missing', '--out', 'weighted.npy', '--force']
  const summary = await jsonHere(work, 'scores', 'weighted.csv', ...options)
  const kept = whole.filter((row) => row !== 3)
  const rows = kept.flatMap((row) => table[row].map((value) => value * Math.sqrt(Number(weights[row]))))
  const { leverage } = leverageOracle({ rows: kept.length, cols: COLS, data: Float64Array.from(rows) })
  const { data: tau } = readNpy(work.path('weighted.npy'))
  kept.forEach((row, i) => expect(tau[row]).toBeCloseTo(leverage[i], 12))
  expect([...gaps.keys(), 3].every((row) => Number.isNaN(tau[row]))).toBe(true)
  expect(summary).toMatchObject({ keysDropped: gaps.size + 1 })
  const top = (summary as unknown as { topRows: { row: number }[] }).topRows ?? []
  expect(top.some(({ row }) => row === 3 || gaps.has(row))).toBe(false)
  const refused = await runHere(work, 'scores', 'weighted.csv', '--weight-column', 'w', '--out', 'x.npy')
  expect(refused.exitCode).toBe(65)
})

test('a last missing value of one column, which a data frame writes as two quotes, is a row', async () => {
  writeFileSync(work.path('one.csv'), 'x\n1.0\n2.0\n""\n4.0\n""\n')
  const refused = await runHere(work, 'scores', 'one.csv', '--out', 'one.npy', '--force')
  expect([refused.exitCode, refused.stderr]).toEqual([65, expect.stringContaining('a missing value')])
  await jsonHere(work, 'scores', 'one.csv', '--drop-missing', '--out', 'one.npy', '--force')
  const { data } = readNpy(work.path('one.npy'))
  expect(data.map((score) => Math.round(score * 1e6) / 1e6)).toEqual(
    Float64Array.of(0.047619, 0.190476, NaN, 0.761905, NaN),
  )
})

test('a row that a mask hides has the score 0, one that is dropped none', async () => {
  const hidden = Uint8Array.from({ length: ROWS }, (_, i) => Number(i !== 5))
  writeFileSync(work.path('five.npy'), Buffer.concat([npyHeader('|b1', [ROWS]), hidden]))
  await jsonHere(
    work,
    'scores',
    'K.csv',
    '--drop-missing',
    '--key-mask',
    'five.npy',
    '--out',
    'both.npy',
    '--force',
  )
  const { data } = readNpy(work.path('both.npy'))
  expect([data[5], [...gaps.keys()].every((row) => Number.isNaN(data[row]))]).toEqual([0, true])
})

test.each([
  ['numpy.savetxt', '1.5e+00 2.5e+00\nnan 3.5e+00\n4.5e+00 5.5e+00\n7.5e+00 1.5e+00\n9.0e+00 2.0e+00\n'],
  ['write.table', '"a" "b"\n"1" 1.5 2.5\n"2" NA 3.5\n"3" 4.5 5.5\n"4" 7.5 1.5\n"5" 9 2\n'],
])('blanks between numbers, one of them missing, as %s writes them', async (_, text) => {
  writeFileSync(work.path('gap.txt'), text)
  await jsonHere(work, 'scores', 'gap.txt', '--drop-missing', '--out', 'gap.npy', '--force')
  const rows = [1.5, 2.5, 4.5, 5.5, 7.5, 1.5, 9, 2]
  const { leverage } = leverageOracle({ rows: 4, cols: 2, data: Float64Array.from(rows) })
  const { data } = readNpy(work.path('gap.npy'))
  expect(Number.isNaN(data[1])).toBe(true)
  leverage.forEach((tau, i) => expect(data[i === 0 ? 0 : i + 1]).toBeCloseTo(tau, 12))
  const refused = await runHere(work, 'scores', 'gap.txt', '--out', 'gap.npy', '--force')
  expect(refused.stderr).toContain('a missing value')
})

test('row numbers beside a column with a gap: that column is not left out by what is told', async () => {
  writeFileSync(work.path('numbered.csv'), '"","a","b"\n"1",1.5,2\n"2",NA,4\n"3",5,7\n')
  const refused = await runHere(work, 'scores', 'numbered.csv', '--out', 'n.npy', '--force')
  expect(refused.stderr).toContain('To leave it out add `--columns 1:3`')
})
