// Catches: numbers of the library that are not the oracle's, of matrices and of heads; a call that takes what is not its own, or does
// not stop when it is told to. Cannot catch: what the command has by itself (test/coordinator/coverage).
import { levattention } from '@levattention/coordinator'
import { matrix, openHeads } from '@levattention/core'
import { afterAll, describe, expect, test } from 'vitest'
import { gaussian } from '../../support/matrices.ts'
import { oracleCoverage } from '../../support/softmax/coverage.ts'
import { gaussianRows, Workspace } from '../cli/bin.ts'

const lev = await levattention({ workers: 0 })
const work = new Workspace()
afterAll(async () => {
  await lev.close()
  work.remove()
})

const [ROWS, DIM] = [40, 4]
const [keyData, queryData, valueData] = [1, 2, 3].map((seed) => gaussian(ROWS, DIM, seed))
const shape = { rows: ROWS, cols: DIM }
const [keys, queries, values] = [keyData, queryData, valueData].map(({ data }) => matrix(data, shape))

test('the numbers of the oracle, with scores of one’s own', async () => {
  const mine = Float64Array.from({ length: ROWS }, (_, key) => (key * 11) % ROWS)
  const asked = { select: ['leverage', 'mine', 'accumulated+local'], keep: [3, 7], local: 2, causal: true }
  const found = await lev.coverage({ queries, keys, values }, { ...asked, scores: { mine } })
  const heads = { queries: [queryData], keys: [keyData], values: [valueData] }
  const [wanted] = oracleCoverage(heads, { ...asked, scores: { mine: [mine] } }).heads
  const [head] = found.heads
  expect(found).toMatchObject({ command: 'coverage', attention: 'softmax', judged: ROWS, scale: 0.5 })
  expect(head.selections.map(({ select, keep, fit }) => [select, keep, fit])).toEqual(
    wanted.selections.map(({ select, keep, fit }) => [select, keep, fit]),
  )
  wanted.selections.forEach(({ massMean, histogram, outputErrorMean, massQuantiles }, s) => {
    const own = head.selections[s]
    expect(own.massMean).toBeCloseTo(massMean ?? NaN, 12)
    expect(own.outputErrorMean).toBeCloseTo(outputErrorMean ?? NaN, 10)
    expect(own.histogram).toEqual(histogram)
    massQuantiles?.forEach((value, i) => expect(own.massQuantiles?.[i]).toBeCloseTo(value, 12))
  })
})

test('the defaults are leverage and what stands beside it', async () => {
  const { heads } = await lev.coverage({ queries, keys })
  const told = heads[0].selections.map(({ select, keep }) => `${select} ${keep}`)
  expect(told.length).toBe(6 * 3)
  expect(told.slice(0, 4)).toEqual(['leverage 8', 'leverage 16', 'leverage 32', 'norm-max 8'])
})

test('heads, each with the key head that serves it, and other queries to fit on', async () => {
  work.npy('Q.npy', [4, 20, 3], gaussianRows(80, 3, 5))
  work.npy('K.npy', [2, 30, 3], gaussianRows(60, 3, 6))
  const inputs = { queries: openHeads(work.path('Q.npy')), keys: openHeads(work.path('K.npy')) }
  const { heads, judged } = await lev.coverage(
    { ...inputs, fitQueries: inputs.queries },
    { select: ['accumulated'], keep: [4] },
  )
  expect(judged).toBe(80)
  expect(heads.map(({ index, keyHead }) => [index, keyHead])).toEqual([
    [0, 0],
    [1, 0],
    [2, 1],
    [3, 1],
  ])
  expect(heads[3].selections[0].fit).toBe('held-out')
})

describe('what is refused', () => {
  const refused = (options: object, inputs: object = { queries, keys }) =>
    expect(lev.coverage(inputs as never, options)).rejects
  test.each([
    ['epsilon', { epsilon: 0.1 }, /coverage has no option 'epsilon'/],
    ['a word in place of a list', { select: 'leverage' }, /select is .*a list of names/],
    ['more keys than there are', { keep: [41] }, /`keep` has 41, and there are 40 keys/],
    ['a rule of another name', { select: ['levrage'] }, /did you mean 'leverage'/],
    ['scores of other keys', { scores: { a: new Float64Array(3) } }, /scores a: 3 numbers/],
    ['nothing to compare', { select: [] }, /names no selection/],
    ['scores that are not there', { select: ['tau.npy'] }, /no scores of that name/],
    ['a grid of other keys', { local: 1, grid: { height: 6, width: 6 } }, /`prefixTokens: 4` fits/],
  ])('%s', async (_name, options, said) => {
    await refused(options).toThrow(said)
  })

  test('matrices that do not go together', async () => {
    await refused({}, { queries, keys: matrix(new Float32Array(12), { rows: 4, cols: 3 }) }).toThrow(
      /columns/,
    )
    await refused({}, { queries, keys: openHeads(work.path('K.npy')) }).toThrow(/heads and matrices/)
    const bad = valueData.data.slice()
    bad[9] = NaN
    await refused({}, { queries, keys, values: matrix(bad, shape) }).toThrow(/row 2, column 1 is NaN/)
  })
})

test('stops when it is told to', async () => {
  const stop = new AbortController()
  stop.abort()
  await expect(lev.coverage({ queries, keys }, { signal: stop.signal })).rejects.toMatchObject({
    tag: 'Aborted',
  })
})
