// Catches: an output, lse or fixed set in a file that is not the oracle's, of heads, groups, layouts and masks; bytes that depend on
// workers or kernels; what a failure leaves behind. Cannot catch: what only the whole selection shows (test/core/attend).
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { npyHeader } from '@levattention/core/internal'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readNpy, readNpz } from '../../support/npy.mjs'
import type { DenseMatrix } from '../../support/oracle.ts'
import { oracleAttend, type OracleAttendOptions } from '../../support/softmax/attend.ts'
import type { OracleHeads } from '../../support/softmax/head.ts'
import { tiered } from '../../support/tier.ts'
import { gaussianRows, Workspace } from '../cli/bin.ts'
import { runHere } from '../cli/in-process.ts'

const work = new Workspace()
afterAll(() => work.remove())

const [B, HQ, HK, M, N, D, DV] = [2, 4, 2, 30, 40, 6, 5]
const data: Record<string, Float64Array> = {}

beforeAll(() => {
  const arrays = {
    Q4: [B, M, HQ, D],
    K4: [B, N, HK, D],
    V4: [B, N, HK, DV],
    Q: [M, D],
    K: [N, D],
    V: [N, DV],
  }
  Object.entries(arrays).forEach(([name, shape], seed) => {
    const columns = shape[shape.length - 1]
    const values = Float32Array.from(gaussianRows(shape.reduce((a, b) => a * b) / columns, columns, seed + 1))
    data[name] = Float64Array.from(values)
    work.npy(`${name}.npy`, shape, values)
  })
})

/** Of a [batch, rows, heads, columns] array head [batch, head]. */
function headOf(
  name: string,
  heads: number,
  rows: number,
  cols: number,
  batch: number,
  head: number,
): DenseMatrix {
  const values = new Float64Array(rows * cols)
  for (let r = 0; r < rows; r++)
    for (let c = 0; c < cols; c++)
      values[r * cols + c] = data[name][((batch * rows + r) * heads + head) * cols + c]
  return { rows, cols, data: values }
}

function headsOfBatch(batch: number): OracleHeads {
  const all = (name: string, heads: number, rows: number, cols: number) =>
    Array.from({ length: heads }, (_, head) => headOf(name, heads, rows, cols, batch, head))
  return { queries: all('Q4', HQ, M, D), keys: all('K4', HK, N, D), values: all('V4', HK, N, DV) }
}

/** Of bool, [n]. */
function maskFile(name: string, mask: Uint8Array): void {
  writeFileSync(work.path(name), Buffer.concat([npyHeader('|b1', [mask.length]), mask]))
}

const heads = '--queries Q4.npy --keys K4.npy --values V4.npy --layout bshd --heads all'
const one = '--queries Q.npy --keys K.npy --values V.npy'

async function attend(line: string) {
  const found = await runHere(work, 'attend', ...line.split(' '), '--json')
  return { ...found, summary: JSON.parse(found.stdout) as Record<string, unknown> }
}

/** The options of the command and of the oracle. */
const CASES: readonly (readonly [line: string, options: OracleAttendOptions])[] = [
  ['--full', { selection: { full: true } }],
  ['--full --causal --query-start 10', { causal: true, queryStart: 10, selection: { full: true } }],
  ['--keep 7', { selection: { rule: 'leverage', keep: 7 } }],
  [
    '--keep 5 --select accumulated+local --local 2',
    { selection: { rule: 'accumulated', keep: 5, local: 2 } },
  ],
  [
    '--keep 5 --select random+sinks+rest --seed 3 --sink-tokens 2 --rest-clusters 3',
    { selection: { rule: 'random', keep: 5, seed: 3, sinkTokens: 2, restClusters: 3 } },
  ],
  [
    '--select local+sinks --local 4 --sink-tokens 1 --causal --query-start 10',
    { causal: true, queryStart: 10, selection: { none: true, local: 4, sinkTokens: 1 } },
  ],
  [
    '--epsilon 0.3 --causal --query-start 0',
    { causal: true, queryStart: 0, selection: { rule: 'leverage', epsilon: 0.3 } },
  ],
  ['--attention power --p 3 --full', { attention: 'power', p: 3, selection: { full: true } }],
  ['--full --scale 1', { scale: 1, selection: { full: true } }],
]

describe.each(CASES)('%s', (line, options) => {
  test('heads in groups, in the layout of the queries', async () => {
    const { exitCode, summary } = await attend(
      `${heads} ${line} --out O.npy --lse L.npy --selected S.npz --force`,
    )
    expect(exitCode).toBe(0)
    const [output, lse] = [readNpy(work.path('O.npy')), readNpy(work.path('L.npy'))]
    expect([output.shape, lse.shape]).toEqual([
      [B, M, HQ, DV],
      [B, M, HQ],
    ])
    const selected = readNpz(work.path('S.npz'))
    let [kept, selfRows] = [0, 0]
    for (let b = 0; b < B; b++) {
      oracleAttend(headsOfBatch(b), options).forEach((answer, h) => {
        const at = (row: number) => (b * M + row) * HQ + h
        for (let row = 0; row < M; row++) {
          const [own, wanted] = [lse.data[at(row)], answer.lse[row]]
          if (wanted === -Infinity) expect(own).toBe(-Infinity)
          else expect(Math.abs(own - wanted)).toBeLessThan(2e-5)
          for (let c = 0; c < DV; c++) {
            const gap = output.data[at(row) * DV + c] - answer.output[row * DV + c]
            expect(Math.abs(gap)).toBeLessThan(5e-6)
          }
        }
        selfRows += answer.selfRows
        if (h % (HQ / HK) > 0) return
        expect([...selected.ids.data.subarray(kept, kept + answer.keyIds.length)]).toEqual([...answer.keyIds])
        kept += answer.keyIds.length
      })
    }
    expect([selected.ids.data.length, selected.offsets.data.at(-1)]).toEqual([kept, kept])
    expect(summary).toMatchObject({ command: 'attend', selfRows, n: N, m: M, d: D, dv: DV })
  })
})

const RUNS = [
  '--workers 0 --kernels scalar',
  '--workers 2 --kernels wasm',
  '--workers 1',
  '--workers 5 --kernels scalar',
]

test.each([
  `${heads} --keep 5 --local 3`,
  `${heads} --full --causal --query-start 0`,
  `${one} --keep 6 --rest-clusters 4 --causal --query-start 9`,
])('%s: the same bytes by any workers and kernels', async (line) => {
  const digests = new Set<string>()
  for (const run of tiered(RUNS.slice(0, 2), RUNS)) {
    const { exitCode } = await attend(`${line} ${run} --out same.npy --lse same-lse.npy --force`)
    expect(exitCode).toBe(0)
    const files = ['same.npy', 'same-lse.npy'].map((name) => readFileSync(work.path(name)))
    digests.add(createHash('sha256').update(Buffer.concat(files)).digest('hex'))
  }
  expect(digests.size).toBe(1)
})

test('some heads: an axis of them before the rows', async () => {
  await attend(`${heads} --full --out all.npy`)
  await attend(`${heads.replace('all', '1,6')} --full --out some.npy`)
  const [all, some] = ['all.npy', 'some.npy'].map((name) => readNpy(work.path(name)))
  expect(some.shape).toEqual([2, M, DV])
  const rowOf = (b: number, h: number, row: number) => {
    const at = ((b * M + row) * HQ + h) * DV
    return [...all.data.subarray(at, at + DV)]
  }
  for (let row = 0; row < M; row++) {
    expect([...some.data.subarray(row * DV, (row + 1) * DV)]).toEqual(rowOf(0, 1, row))
    expect([...some.data.subarray((M + row) * DV, (M + row + 1) * DV)]).toEqual(rowOf(1, 2, row))
  }
})

test('masks, ranges and given ids, scores and queries to fit', async () => {
  const keyMask = Uint8Array.from({ length: N }, (_, key) => (key % 3 === 0 ? 0 : 1))
  maskFile('mask.npy', keyMask)
  work.npy(
    'scores.npy',
    [N],
    Float64Array.from({ length: N }, (_, key) => Math.cos(7 * key)),
  )
  const queries = { rows: M, cols: D, data: data.Q }
  const sources = {
    queries: [queries],
    keys: [{ rows: N, cols: D, data: data.K }],
    values: [{ rows: N, cols: DV, data: data.V }],
  }
  const check = async (line: string, options: OracleAttendOptions, fit?: DenseMatrix) => {
    const { exitCode, stderr } = await attend(`${one} ${line} --out masked.npy --force`)
    expect(stderr).toBe('')
    expect(exitCode).toBe(0)
    const [answer] = oracleAttend({ ...sources, ...(fit && { fitQueries: [fit] }) }, options)
    const found = readNpy(work.path('masked.npy'))
    expect(found.shape).toEqual([answer.lse.length, DV])
    answer.output.forEach((value, i) => expect(Math.abs(value - found.data[i])).toBeLessThan(5e-6))
  }
  const quiet = '--quiet'
  await check(`--keep 4 --local 1 --key-mask mask.npy ${quiet}`, {
    keyMask,
    selection: { rule: 'leverage', keep: 4, local: 1 },
  })
  await check(`--full --key-rows 5:30 --query-rows 3:9 ${quiet}`, {
    keyRows: [5, 30],
    queryRows: [3, 9],
    selection: { full: true },
  })
  const scores = Float64Array.from({ length: N }, (_, key) => Math.cos(7 * key))
  await check(`--keep 4 --select scores.npy ${quiet}`, { selection: { scores: [scores], keep: 4 } })
  await check(
    `--keep 4 --select query-moments --fit-queries K.npy ${quiet}`,
    { selection: { rule: 'query-moments', keep: 4 } },
    sources.keys[0],
  )
})

/** int64 numbers [n] or [rows, n]. */
function integerFile(name: string, shape: readonly number[], numbers: readonly bigint[]): void {
  writeFileSync(
    work.path(name),
    Buffer.concat([npyHeader('<i8', shape), Buffer.from(BigInt64Array.from(numbers).buffer)]),
  )
}

test('integers are scores, up to 2^53', async () => {
  const ranks = Array.from({ length: N }, (_, key) => BigInt((7 * key) % N))
  integerFile('ranks.npy', [N], ranks)
  const line = `${one} --keep 4 --select ranks.npy --selected ranks.npz --out ranked.npy --quiet`
  expect((await attend(line)).exitCode).toBe(0)
  const best = [...ranks.keys()].filter((key) => ranks[key] >= BigInt(N - 4))
  expect([...readNpz(work.path('ranks.npz')).ids.data]).toEqual(best)
  integerFile('large.npy', [N], ranks.with(3, 2n ** 53n + 1n))
  const { exitCode, stdout } = await attend(`${one} --keep 4 --select large.npy --out refused.npy --force`)
  expect(exitCode).not.toBe(0)
  expect(stdout).toMatch(/large\.npy: entry 3 is 2\^53 or more/)
})

describe('what is wrong with ids or scores is told of their file', () => {
  const scores = (count: number) => Float64Array.from({ length: count }, (_, key) => key)
  test.each<[name: string, write: (name: string) => unknown, option: string, message: RegExp]>([
    ['short.npy', (name) => work.npy(name, [12], scores(12)), '--keep 4 --select', /12 scores for 40 keys/],
    [
      'unranked.npy',
      (name) => work.npy(name, [N], scores(N).fill(NaN, 5, 6)),
      '--keep 4 --select',
      /key 5 is NaN/,
    ],
    ['beyond.npy', (name) => integerFile(name, [2], [3n, 40n]), '--ids', /entry 1 is 40; .* 40 keys/],
  ])('%s', async (name, write, option, message) => {
    write(name)
    const { exitCode, summary } = await attend(`${one} ${option} ${name} --out refused.npy`)
    expect(exitCode).not.toBe(0)
    const { message: told, file } = summary.error as { message: string; file: string }
    expect(told).toContain(`${option.split(' ').at(-1)} ${name}: `)
    expect(told).toMatch(message)
    expect(file).toBe(name)
  })
})

test.each<[line: string, facts: object, told: RegExp]>([
  ['--keep 5', { select: 'leverage', keep: 5 }, /selection +leverage, 5 keys\n/],
  ['--epsilon 0.3', { select: 'leverage', epsilon: 0.3 }, /selection +leverage, 0\.3 or more\n/],
  [
    '--keep 5 --select kmeans --segment 20 --query-start 0 --seed 4',
    { select: 'kmeans', keep: 5, seed: 4, segment: 20, keysKept: 10 },
    /selection +kmeans, 5 keys of each segment; seed 4\n +keys kept +10 of all segments\n/,
  ],
  [
    '--select local+sinks+rest --local 2 --grid 6x6 --prefix-tokens 4 --sink-tokens 3 --rest-clusters 2',
    {
      select: 'none',
      local: 2,
      grid: { height: 6, width: 6, prefixTokens: 4 },
      sinkTokens: 3,
      restClusters: 2,
      seed: 1,
    },
    /selection +local keys within 2 on a grid of 6 x 6 behind 4 prefix tokens; the first 3 keys; the rest as 2 clusters; seed 1/,
  ],
  [
    '--select sinks+rest --sink-tokens 3 --rest-clusters 2 --seed 9',
    { select: 'none', seed: 9 },
    /selection +the first 3 keys; the rest as 2 clusters; seed 9/,
  ],
  ['--full', { select: 'full' }, /selection +every key\n/],
])('%s is what the summary says', async (line, facts, told) => {
  const args = `${one} ${line} --out told.npy --force`
  const { summary } = await attend(args)
  expect(summary).toMatchObject(facts)
  const { stderr } = await runHere(work, 'attend', ...args.split(' '))
  expect(stderr.replaceAll(/\n {4,}/g, ' ').replaceAll('\u00a0', ' ')).toMatch(told)
})

test('leverage of another p: by the bounds that scores writes', async () => {
  const { exitCode } = await runHere(work, 'scores', 'K.npy', '--p', '3', '--out', 'tau3.npy', '--quiet')
  expect(exitCode).toBe(0)
  const tau = readNpy(work.path('tau3.npy')).data
  const power = `${one} --attention power --p 3 --out power.npy --force`
  const keptBy = async (line: string) => {
    expect((await attend(`${power} ${line} --selected power.npz --quiet`)).exitCode).toBe(0)
    return [...readNpz(work.path('power.npz')).ids.data]
  }
  expect(await keptBy('--keep 5')).toEqual(await keptBy('--keep 5 --select tau3.npy'))
  const epsilon = 0.5
  const wanted = [...tau.keys()].filter((id) => tau[id] >= epsilon)
  expect(wanted.length).toBeGreaterThan(0)
  expect(await keptBy(`--epsilon ${epsilon}`)).toEqual(wanted)
  const cut = await runHere(work, 'attend', ...`${power} --keep 5 --key-rows 0:20`.split(' '))
  expect(cut).toMatchObject({ exitCode: 2 })
  expect(cut.stderr).toMatch(/leave --key-rows out/)
})

test('a NaN among the values that take part is told of the values, and nothing is left', async () => {
  const values = Float32Array.from(data.V)
  values[7 * DV + 2] = NaN
  work.npy('VN.npy', [N, DV], values)
  maskFile(
    'hides7.npy',
    Uint8Array.from({ length: N }, (_, key) => (key === 7 ? 0 : 1)),
  )
  const before = readdirSync(work.folder)
  const line = '--queries Q.npy --keys K.npy --values VN.npy --full --out nan.npy --lse nan-lse.npy'
  const { exitCode, stdout } = await runHere(work, 'attend', ...line.split(' '), '--json')
  expect(exitCode).not.toBe(0)
  expect(stdout).toMatch(/VN\.npy.*row 7, column 2 is NaN \(values/)
  expect(readdirSync(work.folder)).toEqual(before)
  const hidden = await attend(`${line} --key-mask hides7.npy --quiet`)
  expect(hidden.exitCode).toBe(0)
  expect(readNpy(work.path('nan.npy')).data.every(Number.isFinite)).toBe(true)
})

test('outputs beyond float32 are not written as infinity, and those of float64 are whole', async () => {
  work.npy(
    'VL.npy',
    [N, DV],
    data.V.map((x) => x * 1e39),
  )
  const line = '--queries Q.npy --keys K.npy --values VL.npy --full --out over-f32.npy'
  const refused = await runHere(work, 'attend', ...line.split(' '), '--out-dtype', 'f32')
  expect(refused).toMatchObject({
    exitCode: 2,
    stderr: expect.stringMatching(/beyond float32; leave --out-dtype out/) as string,
  })
  expect(existsSync(work.path('over-f32.npy'))).toBe(false)
  expect((await attend(`${line} --quiet`)).exitCode).toBe(0)
  expect(readNpy(work.path('over-f32.npy')).data.every(Number.isFinite)).toBe(true)
})

test.each([
  ['--keep 41', /41.*40 keys/],
  ['', /--keep N, --epsilon E, --ids F\.npy or --full/],
  ['--keep 3 --full', /give one of them/],
  ['--keep 3 --select local --local 2', /without a rule/],
  ['--full --local 2', /every key already/],
  ['--keep 3 --select leverage+local', /add --local/],
  ['--keep 3 --select best', /no rule to attend by/],
  ['--keep 3 --local 1 --grid 6x6', /--prefix-tokens 4` fits/],
  ['--keep 3 --selected S.csv', /--selected S\.csv: it goes to a \.npz/],
  ['--keep 3 --lse L.txt', /--lse L\.txt: it goes to a \.npy/],
  ['--keep 3 --prefix-tokens 2', /--grid 14x14/],
  ['--keep 3 --causal', /--query-start 0.*--query-start 10/],
  ['--keep 3 --scale 0', /above 0/],
  ['--keep 3 --p 2', /--attention power/],
  ['--keep 3 --attention power --scale 1', /--scale is of softmax/],
  ['--keep 3 --attention power --rest-clusters 2', /--rest-clusters is of softmax/],
  ['--keep 3 --epsilon 0.1', /give one of them/],
  ['--epsilon 0.1 --select norm-max', /threshold of leverage/],
  ['--select sinks --sink-tokens 0 --keys Q.npy --full', /several|names 2 files|more than one/],
])('refuses %s', async (line, message) => {
  const args = `${one} ${line} --out refused.npy`.split(' ').filter((word) => word !== '')
  const { exitCode, stderr } = await runHere(work, 'attend', ...args)
  expect(exitCode).toBe(2)
  expect(stderr.replaceAll(/\s+/g, ' ')).toMatch(message)
  expect(existsSync(work.path('refused.npy'))).toBe(false)
})
