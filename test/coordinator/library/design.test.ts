// Catches: an intercept, weights or names of rows that the library takes otherwise than the command, to the byte; weights that do not fit
// and are taken. Cannot catch: what both get wrong (test/coordinator/cli/statistics.test.ts holds the command against NumPy's numbers).
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { levattention, type LevAttention, type ScoresOptions } from '@levattention/coordinator'
import { concatMatrices, inflateInput, matrix, type MatrixSource, openMatrix } from '@levattention/core'
import { npyHeader } from '@levattention/core/internal'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { npyBytes, readNpz } from '../../support/npy.mjs'
import { leverageOracle } from '../../support/oracle.ts'
import { runHere } from '../cli/in-process.ts'
import { gaussian, writeMatrix } from '../jobs/support.ts'
import { someOf } from '../../support/tier.ts'

const [N, D] = [9000, 4] as const
const folder = mkdtempSync(join(tmpdir(), 'lev-design-'))
const path = (name: string) => join(folder, name)
const X = gaussian(N, D, 3)
const weights = Float64Array.from({ length: N }, (_, i) => (i % 11) / 7)
const keyMask = Uint8Array.from({ length: N }, (_, i) => (i % 7 === 2 ? 0 : 1))

let lev: LevAttention
let keys: MatrixSource
beforeAll(async () => {
  writeMatrix(path('X.npy'), X)
  writeFileSync(path('w.npy'), npyBytes([N], weights))
  writeFileSync(path('mask.npy'), Buffer.concat([maskHeader(N), keyMask]))
  lev = await levattention({ workers: 1 })
  keys = openMatrix(path('X.npy'))
})
afterAll(async () => {
  await lev.close()
  rmSync(folder, { recursive: true })
})

function maskHeader(length: number): Buffer {
  const bytes = Buffer.from(npyBytes([length], new Float32Array(length)))
  const text = bytes.subarray(0, bytes.length - 4 * length).toString('latin1')
  return Buffer.from(text.replace('<f4', '|b1'), 'latin1')
}

async function command(name: string, ...args: readonly string[]): Promise<Record<string, unknown>> {
  const ran = await runHere({ folder }, name, ...args, '--workers', '0', '--quiet', '--json')
  expect(ran).toMatchObject({ exitCode: 0, stderr: '' })
  return JSON.parse(ran.stdout) as Record<string, unknown>
}

async function allScores(source: MatrixSource, options: ScoresOptions) {
  const scores = new Float64Array(source.rows)
  const ids: string[] = []
  let d = 0
  for await (const batch of lev.scores(source, options)) {
    scores.set(batch.scores, batch.rowStart)
    ids.push(...(batch.ids ?? []))
    d = batch.keys.d
  }
  return { scores, ids, d }
}

const bytesOf = ({ buffer }: Float64Array) => Buffer.from(buffer)

describe.each<[string, readonly string[], ScoresOptions]>(
  someOf(
    [
      ['an intercept', ['--intercept'], { intercept: true }],
      ['weights', ['--weights', 'w.npy'], { weights }],
      ['both', ['--intercept', '--weights', 'w.npy'], { intercept: true, weights }],
      [
        'both, p = 1, and a mask',
        ['--intercept', '--weights', 'w.npy', '--p', '1', '--key-mask', 'mask.npy'],
        { intercept: true, weights, p: 1, keyMask },
      ],
    ],
    2,
  ),
)('%s', (_name, args, options) => {
  test('scores are the command’s, to the byte', async () => {
    await command('scores', 'X.npy', ...args, '--out', 'tau.npy', '--force')
    const { scores, d } = await allScores(keys, options)
    expect(bytesOf(scores).equals(readFileSync(path('tau.npy')).subarray(-8 * N))).toBe(true)
    expect(d).toBe(D + (options.intercept ? 1 : 0))
    // In memory too.
    const held = await allScores(matrix(X.data, { rows: N, cols: D }), options)
    expect(held.scores).toEqual(scores)
  })

  test('the curve is the command’s', async () => {
    const { curve, maxBound, rank, condition } = await command('curve', 'X.npy', ...args)
    const own = await lev.curve(keys, options)
    expect([own.points, own.maxBound, own.rank, own.condition]).toEqual([curve, maxBound, rank, condition])
  })

  test.skipIf(options.p)('a sample is the command’s', async () => {
    await command('sample', 'X.npy', ...args, '--rows', '200', '--out', 's.npz', '--force')
    const { p: _, ...own } = options
    const { rowIds, probabilities, weights: inverse, rows } = await lev.sample(keys, { rows: 200, ...own })
    const npz = readNpz(path('s.npz'))
    expect([rowIds, probabilities, inverse]).toEqual(
      ['rowIds', 'probabilities', 'weights'].map((array) => npz[array].data),
    )
    expect([...rows]).toEqual([...npz.rows.data])
  })
})

test('weights are taken from any array of numbers, and from any file of them', async () => {
  const wanted = (await allScores(keys, { weights })).scores
  const narrow = Float64Array.from(Float32Array.from(weights))
  const wantedNarrow = (await allScores(keys, { weights: narrow })).scores
  writeFileSync(path('w.csv'), `w\n${[...weights].join('\n')}\n`)
  writeFileSync(path('w32.npy'), npyBytes([N], Float32Array.from(weights)))
  for (const given of [[...weights], weights.subarray(0), path('w.npy'), path('w.csv')])
    expect((await allScores(keys, { weights: given })).scores).toEqual(wanted)
  for (const given of [Float32Array.from(weights), path('w32.npy')])
    expect((await allScores(keys, { weights: given })).scores).toEqual(wantedNarrow)
  const counts = Int32Array.from({ length: N }, (_, i) => i % 3)
  expect((await allScores(keys, { weights: counts })).scores).toEqual(
    (await allScores(keys, { weights: Float64Array.from(counts) })).scores,
  )
})

test('weights are taken of the types that keys have: halves, 64 bits, true and false', async () => {
  const scoresOf = async (given: ScoresOptions['weights']) =>
    (await allScores(keys, { weights: given })).scores
  const counts = Array.from({ length: N }, (_, i) => i % 3)
  const [wanted, wantedFlags] = [await scoresOf(counts), await scoresOf(counts.map((count) => count % 2))]
  for (const given of [
    BigInt64Array.from(counts, BigInt),
    BigUint64Array.from(counts, BigInt),
    Uint16Array.from(counts),
    counts.map(BigInt),
    Object.assign({}, counts, { length: N }),
  ])
    expect(await scoresOf(given)).toEqual(wanted)
  expect(await scoresOf(counts.map((count) => count === 1))).toEqual(wantedFlags)
  // 0, 1, 2 as float16 and as bfloat16.
  for (const [type, bits] of [
    ['<f2', [0, 0x3c00, 0x4000]],
    ['bfloat16', [0, 0x3f80, 0x4000]],
  ] as const) {
    const halves = Uint16Array.from(counts, (count) => bits[count])
    writeFileSync(path('half.npy'), Buffer.concat([npyHeader(type, [N]), Buffer.from(halves.buffer)]))
    expect(await scoresOf(path('half.npy'))).toEqual(wanted)
  }
})

test.each<[string, unknown, string, RegExp]>([
  ['too few', [1, 2], 'ShapeMismatch', /there are 2 weights, and 9000 rows/],
  ['a negative one', weights.with(5, -1), 'Content', /weight 5 is -1/],
  ['a NaN', weights.with(7, NaN), 'Content', /weight 7 is NaN/],
  ['a hole', [...weights.subarray(0, N - 1), undefined], 'Option', /weights is a plain array; it must be/],
  [
    'texts',
    [...weights].map(String),
    'Option',
    /weights is a plain array; it must be numbers, one a row \(integers up to 2\^53\), or/,
  ],
  ['big integers', new BigInt64Array(N).fill(2n ** 60n), 'Option', /weights is a BigInt64Array; it must be/],
  ['bytes', Buffer.alloc(N), 'Option', /weights is a Buffer; it must be/],
  ['no array', 7, 'Option', /weights is 7; it must be/],
  ['a matrix', undefined, 'Option', /weights is an? .*; it must be/],
  ['no file', 'gone.npy', 'NotFound', /gone\.npy/],
  ['a file of too few', 'short', 'Content', /`weights` .*short\.npy: 3 weights, and the keys have 9000 rows/],
])('weights that are %s are refused', async (name, value, tag, message) => {
  writeFileSync(path('short.npy'), npyBytes([3], Float32Array.of(1, 2, 3)))
  const given = name === 'a matrix' ? keys : value === 'short' ? path('short.npy') : value
  for (const call of [
    () => lev.scores(keys, { weights: given as never }).next(),
    () => lev.curve(keys, { weights: given as never }),
    () => lev.sample(keys, { rows: 2, weights: given as never }),
  ]) {
    const error: unknown = await Promise.resolve(call()).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ tag, message: expect.stringMatching(message) as string })
    if (tag !== 'NotFound') expect(error).toMatchObject({ place: { option: 'weights' } })
  }
})

describe('names of rows', () => {
  const NAMES = ['a', 'b "b"', 'c,c', 'dä', 'e']
  const table = (name: string, from = 0) => {
    const rows = NAMES.map((id, i) => `"${id.replaceAll('"', '""')}",${i + from},${(i + from) ** 2}`)
    writeFileSync(path(name), `who,x,y\n${rows.join('\n')}\n`)
    return path(name)
  }
  const opened = async (address: string, options = {}) =>
    openMatrix(address, { ...options, inflated: await inflateInput(address, folder, options) })

  test('of the column that names them stand beside the scores, as in the command’s .csv', async () => {
    const address = table('t.csv')
    await command('scores', 't.csv', '--id', 'who', '--intercept', '--out', 'named.csv')
    const wanted = readFileSync(path('named.csv'), 'utf8')
    const csv = async (source: MatrixSource, options: ScoresOptions) => {
      const { scores, ids } = await allScores(source, { intercept: true, ...options })
      const cell = (text: string) => (/[",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)
      return `row,id,score\n${ids.map((id, i) => `${i},${cell(id)},${scores[i]}\n`).join('')}`
    }
    expect(await csv(await opened(address, { id: 'who' }), {})).toBe(wanted)
    expect(await csv(await opened(address, { id: 'who' }), { id: 'who' })).toBe(wanted)
    expect(await csv(await opened(address, { columns: 'x,y' }), { id: '0' })).toBe(wanted)
    // Of several tables as one matrix, in their order.
    const two = concatMatrices([
      await opened(address, { id: 'who' }),
      await opened(table('t2.csv', 5), { id: 'who' }),
    ])
    expect((await allScores(two, {})).ids).toEqual([...NAMES, ...NAMES])
    expect((await allScores(await opened(address, { columns: 'x,y' }), {})).ids).toEqual([])
  })

  test('that cannot be had are refused', async () => {
    const address = table('t3.csv')
    const source = await opened(address, { id: 'who' })
    const asked = (of: MatrixSource, id: unknown) => lev.scores(of, { id: id as string }).next()
    await expect(asked(keys, 'who')).rejects.toMatchObject({
      tag: 'Option',
      place: { option: 'id' },
      message: expect.stringContaining('`id` names the rows of a table') as string,
    })
    await expect(asked(source, 'whom')).rejects.toThrow(/whom/)
    await expect(asked(source, 7)).rejects.toThrow('scores: id is 7; it must be a string')
    table('t3.csv', 3)
    await expect(asked(source, undefined)).rejects.toMatchObject({ tag: 'InputChanged' })
  })
})

test('weights of rows whose columns follow from one another exactly: scores are those without such columns', async () => {
  const rows = 60
  const years = Array.from({ length: rows }, (_, i) => [20 + ((i * 7) % 41), 1990 + ((i * 11) % 23)])
  const table = Float64Array.from(years.flatMap(([age, year]) => [age, year, year - age]))
  const some = Float64Array.from({ length: rows }, (_, i) => 0.1 + ((i * 13) % 17) / 9)
  // An intercept, age and year, scaled: what the third column says they say.
  const scaled = years.flatMap(([age, year], i) => [1, age, year].map((x) => x * Math.sqrt(some[i])))
  const { leverage } = leverageOracle({ rows, cols: 3, data: Float64Array.from(scaled) })
  const source = matrix(table, { rows, cols: 3 })
  const { scores } = await allScores(source, { intercept: true, weights: some })
  scores.forEach((score, i) => expect(Math.abs(score - leverage[i])).toBeLessThan(1e-9))
  const { maxBound = 0, rank } = await lev.curve(source, { intercept: true, weights: some })
  expect(rank).toBe(3)
  expect(Math.abs(maxBound - Math.max(...leverage))).toBeLessThan(1e-9)
  const drawn = await lev.sample(source, { intercept: true, weights: some, rows: 20 })
  const scale = drawn.probabilities[0] / leverage[drawn.rowIds[0]]
  drawn.rowIds.forEach((row, i) => {
    const wanted = Math.min(1, scale * leverage[row])
    expect(Math.abs(drawn.probabilities[i] - wanted)).toBeLessThan(1e-9)
  })
})
