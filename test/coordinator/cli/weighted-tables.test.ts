// Catches: weights of a table's own column that stay among its numbers without a word; a sample whose weighted rows are not what they are said to
// be; a summary that does not tell how many rows stand out, or why the rank is below the columns. Cannot catch: wrong scores (statistics.test.ts).
import { readFileSync, writeFileSync } from 'node:fs'
import { levattention } from '@levattention/coordinator'
import { inflateInput, openMatrix } from '@levattention/core'
import { parquetWriteBuffer } from 'hyparquet-writer'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readNpz } from '../../support/npy.mjs'
import { Random } from '../../support/random.mjs'
import { Workspace } from './bin.ts'
import { jsonHere, runHere } from './in-process.ts'

const work = new Workspace()
afterAll(() => work.remove())

const CODE = 'weights-among-columns'
const N = 4000
const random = new Random(11)
const column = (of: () => number) => Float64Array.from({ length: N }, of)
const [x1, x2] = [column(() => random.normal()), column(() => random.normal())]
const w = column(() => 0.2 + Math.abs(random.normal()) ** 3)
const y = x1.map((value, i) => 3 - 2 * value + x2[i] + random.normal() / Math.sqrt(w[i]))

beforeAll(() => {
  const lines = Array.from(x1, (value, i) => `r${i},${value},${x2[i]},${w[i]}`)
  writeFileSync(work.path('t.csv'), `id,x1,x2,w\n${lines.join('\n')}\n`)
  writeFileSync(
    work.path('plain.csv'),
    lines
      .slice(0, 50)
      .map((line) => `${line.replace(/^r\d+,/, '')}\n`)
      .join(''),
  )
  const columnData = Object.entries({ x1, x2, w }).map(([name, data]) => ({
    name,
    data: Array.from(data),
    type: 'DOUBLE' as const,
  }))
  writeFileSync(work.path('t.parquet'), new Uint8Array(parquetWriteBuffer({ columnData })))
  const levels = Array.from(
    { length: 30 },
    (_, i) => `${x1[i]},${[0, 1, 2].map((at) => Number(i % 3 === at)).join(',')}`,
  )
  writeFileSync(work.path('levels.csv'), `x,a,b,c\n${levels.join('\n')}\n`)
})

interface Told {
  readonly scoreSum?: number
  readonly warnings: readonly { readonly code: string; readonly message: string }[]
}
const warningsOf = async (...args: string[]) => {
  const { warnings } = (await jsonHere(work, args[0], ...args.slice(1), '--force')) as unknown as Told
  return warnings.filter(({ code }) => code === CODE).map(({ message }) => message)
}
const message = (name: string, table: string) =>
  `column ${name} of ${table} weighs the rows, and is one of their columns too. To leave it out there: \`--weight-column ${name}\` in place of --weights`

describe('weights that are a column of the rows', () => {
  test.each([
    ['scores', '--out', 'tau.csv'],
    ['sample', '--rows', '20', '--out', 's.npz'],
    ['report', '--out', 'r.html'],
  ])('%s warns', async (name, ...more) => {
    const args = ['t.csv', '--id', 'id', '--weights', 't.csv#w', ...more]
    expect(await warningsOf(name, ...args)).toEqual([message('w', 't.csv')])
  })

  test('curve warns, of any kind of table, by whatever the file is called', async () => {
    const of = (...args: string[]) => warningsOf('curve', ...args)
    expect(await of('t.csv', '--id', 'id', '--weights', './t.csv#w')).toEqual([message('w', 't.csv')])
    expect(await of('t.parquet', '--weights', 't.parquet#w')).toEqual([message('w', 't.parquet')])
    expect(await of('plain.csv', '--weights', 'plain.csv#2')).toEqual([message('2', 'plain.csv')])
  })

  test('but not where it is left out, or asked for', async () => {
    const of = (...args: string[]) => warningsOf('curve', 't.csv', '--id', 'id', ...args)
    expect(await of('--weight-column', 'w')).toEqual([])
    expect(await of('--weights', 't.csv#w', '--columns', 'x1,x2')).toEqual([])
    expect(await of('--weights', 't.csv#w', '--columns', 'x1,x2,w')).toEqual([])
    expect(await of('--weights', 't.parquet#w')).toEqual([])
  })

  test('and the numbers are what they were: all columns', async () => {
    const sum = async (...args: string[]) =>
      (
        (await jsonHere(
          work,
          'scores',
          't.csv',
          '--id',
          'id',
          '--intercept',
          ...args,
          '--out',
          't.npy',
          '--force',
        )) as unknown as Told
      ).scoreSum
    expect(await sum('--weights', 't.csv#w')).toBeCloseTo(4, 9)
    expect(await sum('--weight-column', 'w')).toBeCloseTo(3, 9)
  })

  test('in the library', async () => {
    const lev = await levattention({ workers: 0 })
    const path = work.path('t.csv')
    const warned = async (options: { id: string; weightColumn?: string; columns?: string }) => {
      const inflated = await inflateInput(path, work.folder, options)
      const { warnings } = await lev.curve(openMatrix(path, { ...options, inflated }), {
        weights: `${path}#w`,
      })
      return warnings.filter(({ code }) => code === CODE).map(({ message: told }) => told)
    }
    expect(await warned({ id: 'id' })).toEqual([
      `column w of ${path} weighs the rows, and is one of their columns too. To leave it out there, inflateInput and openMatrix take \`weightColumn: 'w'\``,
    ])
    expect(await warned({ id: 'id', weightColumn: 'w' })).toEqual([])
    expect(await warned({ id: 'id', columns: 'x1' })).toEqual([])
    await lev.close()
  })
})

/** b of least squares of `y` [n] by `rows` [n, d] with `weights` [n], and the inverse of the Gram. */
function fit(rows: readonly Float64Array[], response: readonly number[], weights: readonly number[]) {
  const d = rows[0].length
  const gram = Array.from({ length: d }, (_, a) =>
    Array.from({ length: 2 * d }, (_unused, b) =>
      b < d ? rows.reduce((sum, row, i) => sum + weights[i] * row[a] * row[b], 0) : Number(b - d === a),
    ),
  )
  for (let a = 0; a < d; a++) {
    const pivot = gram[a][a]
    gram[a] = gram[a].map((value) => value / pivot)
    for (let other = 0; other < d; other++) {
      const factor = gram[other][a]
      if (other !== a) gram[other] = gram[other].map((value, b) => value - factor * gram[a][b])
    }
  }
  const inverse = gram.map((row) => row.slice(d))
  const right = Array.from({ length: d }, (_, a) =>
    rows.reduce((sum, row, i) => sum + weights[i] * row[a] * response[i], 0),
  )
  return { b: inverse.map((row) => row.reduce((sum, value, a) => sum + value * right[a], 0)), inverse }
}

describe('a sample of weighted rows', () => {
  test('has rows and a column of ones that are scaled: with y scaled too it gives the coefficients of weighted least squares', async () => {
    const args = [
      't.csv',
      '--id',
      'id',
      '--weight-column',
      'w',
      '--intercept',
      '--rows',
      '600',
      '--out',
      'wls.npz',
    ]
    const { exitCode, stderr } = await runHere(work, 'sample', ...args)
    expect(exitCode, stderr).toBe(0)
    expect(stderr.replaceAll(/\s+/g, ' ')).toContain(
      'rows are scaled by the roots of their weights: multiply y by sqrt(weight) too',
    )
    const {
      rows: flat,
      rowIds,
      weights,
    } = readNpz(work.path('wls.npz')) as Record<string, { data: Float64Array }>
    const ids = Array.from(rowIds.data, Number)
    const drawn = ids.map((_, i) => Float64Array.from(flat.data.subarray(3 * i, 3 * i + 3)))
    ids.forEach((id, i) => expect(drawn[i][0]).toBeCloseTo(Math.sqrt(w[id]), 12))
    const all = fit(
      Array.from(x1, (value, i) => Float64Array.of(1, value, x2[i])),
      Array.from(y),
      Array.from(w),
    )
    const ofSample = Array.from(weights.data)
    const scaled = ids.map((id) => y[id] * Math.sqrt(w[id]))
    const sampled = fit(drawn, scaled, ofSample)
    // Over draws: a row is there with 1/weight, each by itself.
    const rests = drawn.map(
      (row, i) => scaled[i] - row.reduce((sum, value, a) => sum + value * sampled.b[a], 0),
    )
    const errors = sampled.inverse.map((direction) =>
      Math.sqrt(
        drawn.reduce((sum, row, i) => {
          const part = direction.reduce((total, value, a) => total + value * row[a], 0)
          return sum + ofSample[i] * (ofSample[i] - 1) * (part * rests[i]) ** 2
        }, 0),
      ),
    )
    const offOf = (b: readonly number[]) =>
      Math.max(...b.map((value, a) => Math.abs(value - all.b[a]) / errors[a]))
    expect(offOf(sampled.b)).toBeLessThan(4)
    const unscaled = fit(
      drawn,
      ids.map((id) => y[id]),
      ofSample,
    )
    expect(offOf(unscaled.b)).toBeGreaterThan(10)
    const plain = await runHere(
      work,
      'sample',
      't.csv',
      '--columns',
      'x1,x2',
      '--rows',
      '60',
      '--out',
      'plain.npz',
    )
    expect(plain.stderr).not.toContain('scaled')
  })
})

describe('the summary of scores', () => {
  test('counts the rows that reach twice and three times the mean, in a line', async () => {
    const { stderr } = await runHere(
      work,
      'scores',
      't.csv',
      '--id',
      'id',
      '--weight-column',
      'w',
      '--out',
      'high.csv',
    )
    const tau = readFileSync(work.path('high.csv'), 'utf8')
      .trim()
      .split('\n')
      .slice(1)
      .map((line) => Number(line.split(',').at(-1)))
    const [twice, thrice] = [2, 3].map((times) => tau.filter((score) => score >= (times * 2) / N).length)
    expect(twice).toBeGreaterThan(thrice)
    expect(stderr).toMatch(
      new RegExp(
        `^  high +${twice} rows reach 2p/n = 0\\.001, ${thrice} reach 3p/n = 0\\.0015 \\(p: the rank\\)$`,
        'm',
      ),
    )
    const other = await runHere(work, 'scores', 't.csv', '--id', 'id', '--p', '3', '--out', 'p3.npy')
    expect(other.stderr).not.toContain('2p/n')
  })

  test('says that columns follow from others', async () => {
    const of = async (...args: string[]) =>
      (await runHere(work, 'scores', 'levels.csv', ...args, '--out', 'l.npy', '--force')).stderr.replaceAll(
        /\s+/g,
        ' ',
      )
    const told = await of('--intercept')
    expect(told).toContain('the rank 4 of 5 columns: one follows from the others')
    expect(told).not.toContain('warning')
    expect(await of()).toContain('the rank 4 row')
    expect(
      (await runHere(work, 'curve', 'levels.csv', '--intercept')).stdout.replaceAll(/\s+/g, ' '),
    ).toContain('the rank is 4 of 5 columns: one follows from the others.')
  })
})
