// Catches: hat values of a table that are not those of lm() by an oracle of their own, with an intercept, weights, or dependent columns;
// names of rows that stand beside other rows; scores that hang on threads; options that are taken and do nothing. After public reports:
// weights and intercepts that had no option, all levels of a factor beside an intercept, levels of one row, a matrix the wrong way round.
import { gzipSync } from 'node:zlib'
import { readFileSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { leverageOracle } from '../../support/oracle.ts'
import { npyHeader } from '@levattention/core/internal'
import { readNpy } from '../../support/npy.mjs'
import { Random } from '../../support/random.mjs'
import { Workspace } from './bin.ts'
import { runHere } from './in-process.ts'

const work = new Workspace()
afterAll(() => work.remove())
const ROWS = 97
const random = new Random(4)
/** A level of one row alone: its leverage is 1. */
const levels = Array.from({ length: ROWS }, (_, i) => (i === 41 ? 0 : 1 + random.below(4)))
const x = Array.from({ length: ROWS }, () => Math.round(1000 * random.normal()) / 1000)
const weights = Float64Array.from({ length: ROWS }, () => 0.1 + 9 * random.uniform())
const oneHot = levels.map((level) => [0, 1, 2, 3, 4].map((own) => Number(own === level)))
const names = Array.from({ length: ROWS }, (_, i) => (i % 9 === 0 ? `row "${i}", first` : `r${i}`))
const table = oneHot.map((row, i) => [...row, x[i]])

beforeAll(() => {
  work.npy('X.npy', [ROWS, 6], Float64Array.from(table.flat()))
  work.npy('w.npy', [ROWS], weights)
  work.npy('column.npy', [ROWS, 1], weights)
  const quoted = (name: string) => (name.includes('"') ? `"${name.replaceAll('"', '""')}"` : name)
  const lines = table.map((row, i) => [quoted(names[i]), ...row].join(','))
  const text = `name,a,b,c,d,e,x\n${lines.join('\n')}\n`
  writeFileSync(work.path('t.csv'), text)
  const weighed = lines.map((line, i) => `${line},${weights[i]}`)
  writeFileSync(work.path('w.csv'), `name,a,b,c,d,e,x,w\n${weighed.join('\n')}\n`)
  work.npy(
    'half.npy',
    [ROWS],
    weights.map((_, i) => i % 2),
  )
  const flags = Uint8Array.from(weights, (_, i) => i % 2)
  writeFileSync(work.path('flags.npy'), Buffer.concat([npyHeader('|b1', [ROWS]), flags]))
  writeFileSync(work.path('t.csv.gz'), gzipSync(text))
  writeFileSync(
    work.path('plain.csv'),
    `name,a,b,c,d,e,x\n${table.map((row, i) => [`r${i}`, ...row].join(',')).join('\n')}\n`,
  )
})

/** By dropping what depends: a level goes where an intercept or all levels stand. */
function hatValues(withIntercept: boolean, weighed: boolean): Float64Array {
  const rows = table.map((row, i) => {
    const own = withIntercept ? [1, ...row.slice(1)] : row
    return weighed ? own.map((value) => Math.sqrt(weights[i]) * value) : own
  })
  return leverageOracle({ rows: ROWS, cols: rows[0].length, data: Float64Array.from(rows.flat()) }).leverage
}

async function scores(...args: string[]) {
  const found = await runHere(work, 'scores', ...args, '--out', 'tau.npy', '--force', '--json')
  expect(found.exitCode).toBe(0)
  return {
    tau: readNpy(work.path('tau.npy')).data,
    summary: JSON.parse(found.stdout) as Record<string, unknown>,
  }
}

test('rows that are sums of others have the same scores by steps, which keep nothing of what no file holds', async () => {
  const rows = Float64Array.from({ length: 12 * 40 }, () => random.below(7) - 3)
  for (let a = 0; a < 40; a++) rows[5 * 40 + a] = rows[3 * 40 + a] + rows[4 * 40 + a]
  work.npy('few.npy', [12, 40], rows)
  const { tau, summary } = await scores('few.npy')
  expect(tau[5]).toBeCloseTo(2 / 3, 12)
  expect(summary.warnings).toMatchObject([{ code: 'dependent-rows' }])
  await runHere(work, 'plan', '--job', 'scores', '--keys', 'few.npy', '--run', 'steps')
  expect(await runHere(work, 'step', 'map', '--run', 'steps', '--level', '0', '--index', '0')).toMatchObject({
    exitCode: 0,
  })
  expect(await runHere(work, 'step', 'finish', '--run', 'steps')).toMatchObject({ exitCode: 0 })
  expect(readNpy(work.path('steps/result/tau.npy')).data).toEqual(tau)
})

test('weights of true and false are 1 and 0', async () => {
  const { tau } = await scores('X.npy', '--weights', 'flags.npy')
  expect(tau).toEqual((await scores('X.npy', '--weights', 'half.npy')).tau)
})

describe('hat values', () => {
  test.each<[string[], boolean, boolean]>([
    [['X.npy'], false, false],
    [['X.npy', '--intercept'], true, false],
    [['X.npy', '--weights', 'w.npy'], false, true],
    [['X.npy', '--weights', 'column.npy'], false, true],
    [['X.npy', '--intercept', '--weights', 'w.npy'], true, true],
    [['w.csv', '--id', 'name', '--weight-column', 'w'], false, true],
    [['w.csv', '--id', '0', '--weight-column', '7', '--intercept'], true, true],
    [['t.csv', '--id', 'name', '--intercept'], true, false],
    [['t.csv', '--columns', '1:7', '--intercept', '--weights', 'w.npy'], true, true],
  ])(
    '%j: by an oracle, no warning of ridge scores, for any threads',
    async (args, withIntercept, weighed) => {
      const wanted = hatValues(withIntercept, weighed)
      const found = [await scores(...args, '--workers', '0'), await scores(...args, '--workers', '2')]
      for (const { tau, summary } of found) {
        expect(tau).toEqual(found[0].tau)
        const worst = tau.reduce(
          (most: number, score: number, i: number) => Math.max(most, Math.abs(score - wanted[i])),
          0,
        )
        expect(worst).toBeLessThan(1e-12)
        expect(summary).toMatchObject({ rank: 6, d: 6 + Number(withIntercept) })
        const codes = (summary.warnings as { code: string }[]).map(({ code }) => code)
        expect(codes.filter((code) => code !== 'turned-input')).toEqual([])
        expect((summary.topRows as object[])[0]).toMatchObject({ row: 41 })
      }
    },
  )

  test('the screen speaks of rows and leverage, and names the largest', async () => {
    const { stderr } = await runHere(work, 'scores', 't.csv', '--id', 'name', '--out', 'tau.npy', '--force')
    expect(stderr).toMatch(/^levattention scores: leverage scores of 97 rows, the largest 1; their sum is/m)
    expect(stderr).toMatch(/\n {2}row +score {2}id\n +41 {2}1\.000000 {2}r41\n/)
    expect(stderr).toContain('inputs   rows [97, 6]')
    expect(stderr).not.toMatch(/attention {2}|keys \[/)
  })
})

test.each(['t.csv', 't.csv.gz', 'plain.csv'])('%s: names stand beside their rows', async (file) => {
  await runHere(work, 'scores', file, '--id', 'name', '--out', 'tau.csv', '--force')
  const { tau } = await scores(file, '--id', 'name')
  const lines = readFileSync(work.path('tau.csv'), 'utf8').trimEnd().split('\n')
  expect(lines[0]).toBe('row,id,score')
  expect(lines).toHaveLength(ROWS + 1)
  lines.slice(1).forEach((line, i) => {
    const own = file === 'plain.csv' ? `r${i}` : names[i]
    const cell = own.includes('"') ? `"${own.replaceAll('"', '""')}"` : own
    expect(line).toBe(`${i},${cell},${tau[i]}`)
  })
})

test('curve and sample take them as well', async () => {
  const curve = await runHere(work, 'curve', 'X.npy', '--intercept', '--json')
  expect(JSON.parse(curve.stdout)).toMatchObject({ d: 7 })
  const sample = await runHere(
    work,
    'sample',
    'X.npy',
    '--intercept',
    '--weights',
    'w.npy',
    '--rows',
    '20',
    '--out',
    's.npz',
    '--json',
  )
  expect(JSON.parse(sample.stdout)).toMatchObject({ d: 7, rank: 6 })
})

test('a matrix the wrong way round: 1 at once, and what it means', async () => {
  work.npy(
    'T.npy',
    [34, 400],
    Float32Array.from({ length: 34 * 400 }, () => random.normal()),
  )
  const { tau, summary } = await scores('T.npy')
  expect(tau.every((score) => score === 1)).toBe(true)
  expect(summary.warnings).toMatchObject([
    { code: 'few-rows', message: expect.stringContaining("`'T.npy#.T'` takes its columns as rows") },
  ])
  const turned = await scores('T.npy#.T')
  expect([turned.tau.length, turned.summary.n, turned.summary.d, turned.summary.rank]).toEqual([
    400, 400, 34, 34,
  ])
  expect(turned.summary.warnings).toEqual([])
})

test('the universal set of a matrix the wrong way round holds every row, and says how it is turned', async () => {
  const { stdout } = await runHere(
    work,
    'build',
    'T.npy',
    '--p',
    '3',
    '--out',
    'wide.lev',
    '--force',
    '--json',
  )
  const { warnings, universalSize } = JSON.parse(stdout) as {
    warnings: { message: string }[]
    universalSize: number
  }
  expect(universalSize).toBe(34)
  expect(warnings[0].message).toContain("`'T.npy#.T'` takes its columns as rows")
})

describe('told of', () => {
  beforeAll(() => {
    writeFileSync(work.path('unnamed.csv'), ',x,y\n4.5,1,2\n8.5,3,5\n')
    work.npy('short.npy', [ROWS - 1], weights.subarray(1))
    work.npy(
      'negative.npy',
      [ROWS],
      weights.map((w, i) => (i === 5 ? -w : w)),
    )
    work.npy(
      'nan.npy',
      [ROWS, 2],
      Float64Array.from({ length: 2 * ROWS }, (_, i) => (i === 7 ? NaN : i)),
    )
    work.npy('H.npy', [2, ROWS, 3], new Float64Array(6 * ROWS).fill(1))
  })
  test.each<[string, number, RegExp]>([
    ['X.npy --weights short.npy', 65, /--weights short\.npy: 96 weights, and the keys have 97 rows/],
    ['X.npy --weights negative.npy', 65, /weight 5 is -/],
    ['X.npy --weights negative.npy', 65, /--weights negative\.npy: weight 5 is -/],
    ['t.csv --id name --weight-column x', 65, /--weight-column x: weight \d+ is -/],
    ['t.csv --id name --weight-column name', 65, /column 0 \(name\) is '/],
    ['X.npy --weight-column w', 2, /--weight-column is for tables; X\.npy is none/],
    ['w.csv --id name --weight-column w --weights w.npy', 2, /the weights are given twice/],
    ['X.npy --weights gone.npy', 66, /gone\.npy/],
    ['X.npy --id name', 2, /--id is for tables; X\.npy is none/],
    ['unnamed.csv --columns z', 2, /has no column named 'z'; near names: x, y$/m],
    ['t.csv --id nome', 2, /t\.csv: has no column named 'nome'; near names: name/],
    ['nan.npy --intercept', 65, /row 3, column 1 is NaN/],
    ['H.npy --heads all --intercept', 2, /--intercept is about the rows of one table/],
  ])('scores %s', async (args, exitCode, message) => {
    const out = args.includes('--heads') ? 'folder' : 'none.npy'
    const found = await runHere(work, 'scores', ...args.split(' '), '--out', out)
    expect(found.exitCode).toBe(exitCode)
    expect(found.stderr).toMatch(message)
    expect(work.names()).not.toContain(out)
  })
})

test('a hidden row has no intercept either: the scores of the others, as if it were not there', async () => {
  const hidden = [3, 41, 60]
  const seen = Uint8Array.from({ length: ROWS }, (_, i) => Number(!hidden.includes(i)))
  writeFileSync(work.path('mask.npy'), Buffer.concat([npyHeader('|b1', [ROWS]), seen]))
  const { tau } = await scores('X.npy', '--intercept', '--weights', 'w.npy', '--key-mask', 'mask.npy')
  const kept = Array.from(table.keys()).filter((i) => !hidden.includes(i))
  work.npy('few.npy', [kept.length, 6], Float64Array.from(kept.flatMap((i) => table[i])))
  work.npy(
    'fewer.npy',
    [kept.length],
    Float64Array.from(kept, (i) => weights[i]),
  )
  const few = await scores('few.npy', '--intercept', '--weights', 'fewer.npy')
  kept.forEach((row, i) => expect(Math.abs(tau[row] - few.tau[i])).toBeLessThan(1e-12))
  for (const row of hidden) expect(tau[row]).toBe(0)
})
