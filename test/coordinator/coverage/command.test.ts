// Catches: a summary that is not of its schema, files that say something else than the summary or depend on threads and kernels,
// figures whose histograms are not the definition's, heads mixed up, options that are let through or refused in words that do not
// help, a file that is left behind. Cannot catch: numbers that are wrong everywhere alike (golden.test.ts).
import { readFileSync, writeFileSync } from 'node:fs'
import type { Coverage } from '@levattention/coordinator'
import { npyHeader } from '@levattention/core/internal'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readNpz } from '../../support/npy.mjs'
import { oracleCoverage, type OracleCoverageOptions } from '../../support/softmax/coverage.ts'
import { tiered } from '../../support/tier.ts'
import { gaussianRows, Workspace } from '../cli/bin.ts'
import { jsonHere, runHere } from '../cli/in-process.ts'
import { done, ofSchema } from '../steps/support.ts'

const work = new Workspace()
const [HEADS, KEY_HEADS, ROWS, DIM, VALUE_DIM] = [4, 2, 21, 6, 3]
const queries = gaussianRows(HEADS * ROWS, DIM, 1).map((x) => 2 * x)
const keys = gaussianRows(KEY_HEADS * ROWS, DIM, 2)
const values = gaussianRows(KEY_HEADS * ROWS, VALUE_DIM, 3)
afterAll(() => work.remove())

beforeAll(() => {
  work.npy('Q4.npy', [1, HEADS, ROWS, DIM], queries)
  work.npy('K4.npy', [1, KEY_HEADS, ROWS, DIM], keys)
  work.npy('V4.npy', [1, KEY_HEADS, ROWS, VALUE_DIM], values)
  work.npy('Q.npy', [ROWS, DIM], queries.subarray(0, ROWS * DIM))
  work.npy('K.npy', [ROWS, DIM], keys.subarray(0, ROWS * DIM))
  work.npy('V.npy', [ROWS, VALUE_DIM], values.subarray(0, ROWS * VALUE_DIM))
  work.npy('one.npy', [1, DIM], queries.subarray(0, DIM))
  work.npy(
    'tau.npy',
    [ROWS],
    Float64Array.from({ length: ROWS }, (_, j) => (j * 7) % ROWS),
  )
})

const matrix = (data: Float32Array, cols: number, head = 0) => ({
  rows: ROWS,
  cols,
  data: Float64Array.from(data.subarray(head * ROWS * cols, (head + 1) * ROWS * cols)),
})
const ONE = {
  queries: [matrix(queries, DIM)],
  keys: [matrix(keys, DIM)],
}
const ALL = {
  queries: [0, 1, 2, 3].map((head) => matrix(queries, DIM, head)),
  keys: [0, 1].map((head) => matrix(keys, DIM, head)),
  values: [0, 1].map((head) => matrix(values, VALUE_DIM, head)),
}
const [MATRICES, ARRAYS] = [
  ['--queries', 'Q.npy', '--keys', 'K.npy'],
  ['--queries', 'Q4.npy', '--keys', 'K4.npy', '--values', 'V4.npy', '--heads', 'all'],
]

async function covered(...args: string[]): Promise<Coverage> {
  return (await done(work, 'coverage', ...args)) as unknown as Coverage
}

/** Every mean and bin of what is printed is the oracle's. */
function expectOracle(
  found: Coverage,
  heads: Parameters<typeof oracleCoverage>[0],
  options: OracleCoverageOptions,
) {
  const wanted = oracleCoverage(heads, options)
  expect(found.heads.map(({ index }) => index)).toEqual(wanted.heads.map(({ index }) => index))
  wanted.heads.forEach(({ selections, ...head }, h) => {
    expect(found.heads[h]).toMatchObject(head)
    selections.forEach((selection, s) => {
      const own = found.heads[h].selections[s]
      const { select, keep, fit, histogram, massMean, uniformMass, uniformMedian, keysPerRow, heavyRecall } =
        selection
      expect(own).toMatchObject({ select, keep, fit, histogram })
      expect(own.massMean).toBeCloseTo(massMean ?? NaN, 12)
      expect(own.uniformMass).toBeCloseTo(uniformMass ?? NaN, 12)
      expect(own.uniformMedian).toBeCloseTo(uniformMedian ?? NaN, 12)
      expect(own.keysPerRow).toBeCloseTo(keysPerRow ?? NaN, 12)
      if (heavyRecall === null) expect(own.heavyRecall).toBeNull()
      else expect(own.heavyRecall).toBeCloseTo(heavyRecall, 12)
      if (selection.outputErrorPooled !== undefined)
        expect(own.outputErrorPooled).toBeCloseTo(selection.outputErrorPooled ?? NaN, 10)
    })
  })
}

test('the defaults: leverage beside others, of the numbers of keys that there are', async () => {
  const found = await covered(...MATRICES)
  const select = ['leverage', 'norm-max', 'norm-min', 'random', 'accumulated', 'best']
  expect(found).toMatchObject({ attention: 'softmax', scale: 1 / Math.sqrt(DIM), heavy: 0.01, judged: ROWS })
  const { heads } = await covered(...MATRICES, '--attention', 'softmax')
  expect(heads).toEqual(found.heads)
  expectOracle(found, ONE, { select, keep: [8, 16] })
})

test('every head, GQA, causal, with values', async () => {
  const found = await covered(...ARRAYS, '--causal', '--keep', '3,5', '--select', 'leverage,accumulated,best')
  expectOracle(found, ALL, { select: ['leverage', 'accumulated', 'best'], keep: [3, 5], causal: true })
  expect(found.heads[2]).toMatchObject({ index: 2, batch: 0, head: 2, keyHead: 1 })
})

test('figures 2, 3 and 4 of the paper: best, near patches, most attention beside them', async () => {
  const grid = ['--local', '2', '--grid', '4x5', '--prefix-tokens', '1', '--keep', '4']
  const found = await covered(...MATRICES, '--select', 'best,local,accumulated+local', ...grid)
  const figures = { local: 2, grid: { height: 4, width: 5, prefixTokens: 1 } }
  expectOracle(found, ONE, { select: ['best', 'local', 'accumulated+local'], keep: [4], ...figures })
})

test('scores of a file, held-out queries, a sample', async () => {
  const given = ['--select', 'leverage,tau.npy,accumulated', '--keep', '4', '--holdout', '--sample', '6']
  const found = await covered(...MATRICES, ...given, '--seed', '5')
  const scores = { 'tau.npy': [Float64Array.from({ length: ROWS }, (_, j) => (j * 7) % ROWS)] }
  const select = ['leverage', 'tau.npy', 'accumulated']
  expectOracle(found, ONE, { select, keep: [4], holdout: true, sample: 6, seed: 5, scores })
})

test('masks of each batch, by the file of all', async () => {
  const masks = Uint8Array.from({ length: 2 * ROWS }, (_, j) => (j % 3 === 0 ? 0 : 1))
  work.npy('Qb.npy', [2, 1, ROWS, DIM], queries.subarray(0, 2 * ROWS * DIM))
  work.npy('Kb.npy', [2, 1, ROWS, DIM], keys.subarray(0, 2 * ROWS * DIM))
  writeFileSync(work.path('mask.npy'), Buffer.concat([npyHeader('|b1', [2, ROWS]), masks]))
  const arrays = ['--queries', 'Qb.npy', '--keys', 'Kb.npy', '--heads', 'all']
  const select = ['leverage', 'accumulated']
  const given = ['--key-mask', 'mask.npy', '--keep', '4', '--select', select.join()]
  const found = await covered(...arrays, ...given)
  expect(found).toMatchObject({ keysHidden: 14 })
  for (const batch of [0, 1]) {
    const heads = { queries: [matrix(queries, DIM, batch)], keys: [matrix(keys, DIM, batch)] }
    const keyMask = masks.subarray(batch * ROWS, (batch + 1) * ROWS)
    const [wanted] = oracleCoverage(heads, { select, keep: [4], keyMask }).heads
    wanted.selections.forEach(({ massMean, histogram }, s) => {
      expect(found.heads[batch].selections[s].massMean).toBeCloseTo(massMean ?? NaN, 12)
      expect(found.heads[batch].selections[s].histogram).toEqual(histogram)
    })
  }
})

describe('files', () => {
  const OUT = ['--out', 't.csv', '--out', 't.json', '--out', 't.npz', '--force']
  const bytes = () =>
    ['t.csv', 't.json', 't.npz'].map((name) => readFileSync(work.path(name)).toString('hex'))

  test('say what the summary says, whatever the threads and kernels', async () => {
    const given = [...ARRAYS, '--rest-clusters', '3', '--select', 'leverage,random,best', '--keep', '4']
    const summary = await covered(...given, ...OUT, '--workers', '0')
    const first = bytes()
    const json = ofSchema(JSON.parse(readFileSync(work.path('t.json'), 'utf8')) as Coverage)
    expect(summary).toMatchObject(json)
    const lines = readFileSync(work.path('t.csv'), 'utf8').trimEnd().split('\n')
    expect(lines.length).toBe(1 + HEADS * 3)
    const at = lines[0].split(',').indexOf('massMean')
    expect(Number(lines[5].split(',')[at])).toBe(json.heads[1].selections[1].massMean)
    expect(lines[0]).toMatch(/^index,layer,batch,head,source,keyHead,n,m,judged,.*,select,keep,fit,massMean,/)
    const { meta: _meta, mass, error, rows, offsets } = readNpz(work.path('t.npz'))
    expect(mass.shape).toEqual([3, HEADS * ROWS])
    expect([...offsets.data]).toEqual([0, 1, 2, 3, 4].map((head) => head * ROWS))
    expect(rows.data[ROWS + 3]).toBe(3)
    const wanted = oracleCoverage(ALL, { select: ['leverage'], keep: [4], restClusters: 3 })
    wanted.heads.forEach(({ selections: [{ mass: masses, error: errors = [] }] }, h) => {
      masses.forEach((value, i) => expect(mass.data[h * ROWS + i]).toBeCloseTo(value, 12))
      errors.forEach((value, i) => expect(error.data[h * ROWS + i]).toBeCloseTo(value, 10))
    })
    for (const more of [
      ['--workers', '2', '--kernels', 'scalar'],
      ...tiered(
        [],
        [
          ['--workers', '1'],
          ['--workers', '5'],
        ],
      ),
    ]) {
      await covered(...given, ...OUT, ...more)
      expect(bytes(), more.join(' ')).toEqual(first)
    }
  })

  test('nothing is left of a run that fails', async () => {
    const before = work.names()
    const bad = values.slice(0, ROWS * VALUE_DIM)
    bad[4] = NaN
    work.npy('bad.npy', [ROWS, VALUE_DIM], bad)
    const out = ['--values', 'bad.npy', '--out', 'u.csv', '--out', 'u.npz']
    const { exitCode, stderr } = await runHere(work, 'coverage', ...MATRICES, ...out)
    expect({ exitCode, said: /bad\.npy: row 1, column 1 is NaN/.test(stderr) }, stderr).toMatchObject({
      said: true,
    })
    expect(work.names()).toEqual([...before, 'bad.npy'].sort())
  })
})

test('people see a table with the mean of the heads, and a sentence that puts leverage beside others', async () => {
  const { stdout } = await runHere(work, 'coverage', ...ARRAYS, '--keep', '4')
  expect(stdout).toMatch(/head +equal +leverage +norm-max +norm-min +random +accumulated +best/)
  expect(stdout.split('\n').filter((line) => /^ +(\d+|mean)(?: +±?[\d.]+){5}/.test(line)).length).toBe(
    3 * (HEADS + 1),
  )
  expect(stdout.replaceAll(/\s+/g, ' ')).toMatch(
    /^levattention coverage: at 4 of 21 keys leverage holds 0\.\d+ of the attention, the longest keys 0\.\d+, .*random keys 0\.\d+, the best fixed set 0\.\d+/,
  )
  const alone = await runHere(work, 'coverage', ...MATRICES, '--select', 'leverage', '--keep', '4')
  expect(alone.stdout.replaceAll(/\s+/g, ' ')).toMatch(/equal weights would give 0\.19/)
})

describe('on the screen', () => {
  const shown = async (...args: string[]) => (await runHere(work, 'coverage', ...args)).stdout
  const inOneLine = async (...args: string[]) => (await shown(...args)).replaceAll(/\s+/g, ' ')

  test('heads stand where their arrays or files have them', async () => {
    work.npy('Q5.npy', [2, 1, 2, ROWS, DIM], queries)
    const arrays = ['--queries', 'Q5.npy', '--keys', 'Q5.npy', '--heads', 'all', '--keep', '4']
    const table = await shown(...arrays, '--select', 'leverage')
    expect(table).toMatch(/index +layer +batch +head +equal +leverage\n/)
    expect(table).toMatch(/\n +3 +1 +0 +1 +0\.19 /)
    const files = ['--queries', 'Q.npy', '--queries', 'K.npy', '--keys', 'K.npy', '--keys', 'Q.npy']
    expect(await shown(...files, '--as-heads', '--keep', '4')).toMatch(/\n +1 +K\.npy +0\.19 /)
  })

  test('rules that keep different numbers of keys: what equal weights give stands behind each', async () => {
    const args = ['--select', 'leverage+local,local,leverage', '--local', '1', '--keep', '4,8']
    const { heads } = await jsonHere(work, 'coverage', ...MATRICES, ...args)
    const [{ selections }] = heads as {
      selections: { select: string; keep: number; uniformMass: number }[]
    }[]
    const equal = (select: string, keep: number | null) =>
      selections.find((one) => one.select === select && one.keep === keep)!.uniformMass.toPrecision(3)
    const table = await shown(...MATRICES, ...args)
    expect(table).not.toMatch(/keys +equal/)
    for (const keep of [4, 8]) {
      const cells = [equal('leverage+local', keep), equal('local', null), equal('leverage', keep)]
      const inBrackets = cells.map((one) => ` +0\\.\\d+ \\(${Number(one)}\\)`).join('')
      expect(table).toMatch(new RegExp(`\n +${keep}${inBrackets}\n`))
    }
    const ofHeads = await shown(...ARRAYS, ...args)
    expect(ofHeads).toMatch(/\n +mean(?: +0\.\d+ \(0\.\d+\)){3}\n/)
    const wide = await shown(...ARRAYS, ...args)
    for (const line of wide.split('\n')) expect(line.length).toBeLessThanOrEqual(100)
  })

  test('of one head every number of keys, of several the middle one, which is said', async () => {
    expect(await shown(...MATRICES, '--keep', '3,5,9')).toMatch(/\n +3 .*\n +5 .*\n +9 /)
    const several = await inOneLine(...ARRAYS, '--keep', '9,3,5')
    expect(several).toMatch(/that 5 keys hold.* keys 5 here; 9, 3 in the files of --out, and with --json/)
  })

  test('heavy pairs, what is chance in random keys, and in a sample', async () => {
    const all = await inOneLine(...MATRICES, '--keep', '4', '--heavy', '.2')
    expect(all).toMatch(/± of random the standard deviation of its 16 draws attention/)
    expect(all).toMatch(/The share of heavy pairs, A_ij >= 0\.2, that the kept keys hold:/)
    expect(all.match(/ ±[\d.]+/g)?.length).toBe(1)
    const sampled = await inOneLine(...MATRICES, '--keep', '4', '--sample', '6')
    expect(sampled).toMatch(/16 draws, of others the standard error of the sampled queries/)
    expect(sampled.match(/ ±[\d.]+/g)?.length).toBe(6)
    expect(sampled).toContain('6 queries are few to judge by.')
    const none = await inOneLine(...MATRICES, '--select', 'leverage', '--keep', '4', '--heavy', '1')
    expect(none).not.toMatch(/heavy pairs|±/)
  })

  test('what clusters stand for', async () => {
    const clusters = ['--rest-clusters', '3', '--keep', '4']
    const withValues = [...MATRICES, '--values', 'V.npy', ...clusters]
    expect(await inOneLine(...withValues)).toMatch(
      /clusters 3 stand for the rest of the keys in outputs; masses are of real keys alone; best is without clusters/,
    )
    const named = ['--select', 'leverage,leverage+rest']
    expect(await inOneLine(...withValues, ...named)).toMatch(
      /in outputs of leverage\+rest; masses are of real keys alone attention/,
    )
    expect(await inOneLine(...MATRICES, ...clusters)).toContain('stand for values, and there are none')
  })

  test('--quiet: the tables alone, with files nothing; --json is as ever', async () => {
    const given = [...MATRICES, '--keep', '4', '--quiet']
    expect(await shown(...given)).toMatch(/^ {2}The share of a query’s attention [^]*\d\n$/)
    expect(await shown(...given)).not.toMatch(/judged|time|at 4/)
    const file = ['--out', 'quiet.csv', '--force']
    expect(await runHere(work, 'coverage', ...given, ...file)).toMatchObject({ stdout: '', stderr: '' })
    expect(JSON.parse(await shown(...given, ...file, '--json'))).toMatchObject({ command: 'coverage' })
  })
})

describe('what cannot be asked', () => {
  test.each([
    ['more keys than there are', ['--keep', '8,22'], /--keep has 22, and there are 21 keys/],
    ['a number of keys that is none', ['--keep', '8,x'], /--keep is 'x'/],
    ['a grid that does not fit', ['--local', '1', '--grid', '5x4'], /20 cells.*--prefix-tokens 1/],
    ['a rule that is none', ['--select', 'leverage,bst'], /no rule 'bst'; did you mean 'best'\?/],
    ['two rules in one', ['--select', 'best+leverage'], /'best' and 'leverage' are two rules/],
    ['an extra that is none', ['--select', 'leverage+locl'], /no '\+locl'; did you mean 'local'/],
    ['an extra without its size', ['--select', 'leverage+local'], /add --local/],
    ['one query held out', ['--holdout', '--query-rows', '3:4'], /at least 2/],
    ['values of other keys', ['--values', 'one.npy'], /one\.npy|rows of values|values/],
    ['a file that is none of ours', ['--out', 't.txt'], /\.csv .*\.json .*\.npz/],
    ['a heavy pair of nothing', ['--heavy', '0'], /--heavy/],
  ])('%s', async (_name, args, said) => {
    const { exitCode, stderr } = await runHere(work, 'coverage', ...MATRICES, ...args)
    expect(exitCode, stderr).toBeGreaterThan(0)
    expect(stderr).toMatch(said)
  })
})
