// Catches: options that make another problem than they say, a summary or file header that tells another one, an estimate that
// leaves out what was asked for. Cannot catch: a search that does not do what the problem says.
import { matrix } from '@levattention/core'
import { problemOf, requireSameDim } from '#coordinator/problem/problem-of'
import { expect, test } from 'vitest'

const keys = matrix(new Float32Array(20), { rows: 5, cols: 4 })
const queries = matrix(new Float32Array(12), { rows: 3, cols: 4 })

test('options that say nothing leave the defaults', () => {
  const problem = problemOf({}, keys, queries)
  expect(problem.facts()).toEqual({
    attention: '|q.k|^2',
    n: 5,
    d: 4,
    p: 2,
    epsilon: 0.01,
    causal: false,
  })
  expect(problem).toMatchObject({ queryCount: 3, sign: 'both', keep: undefined, scores: undefined })
})

test('facts and header tell the same problem, and only what applies', () => {
  const options = {
    p: 3,
    epsilon: 0.1,
    causal: true,
    queryStart: 2,
    sign: 'positive',
    scores: 'exact',
  } as const
  const problem = problemOf(options, keys, queries)
  const facts = { attention: '|q.k|^3', n: 5, d: 4, p: 3, epsilon: 0.1, causal: true, queryStart: 2 }
  expect(problem.facts()).toEqual(facts)
  expect(problem.header()).toEqual({ formatVersion: 1, ...facts, m: 3, sign: 'positive' })
  const intervals = problemOf({ p: 3, scores: 'interval' }, keys, queries)
  expect(intervals.header()).toMatchObject({ scores: 'interval' })
})

test('a header names rows where they are not all of 0 to n - 1', () => {
  const problem = problemOf({}, keys, queries)
  expect(problem.header([{ rowStart: 0, rowEnd: 5 }])).not.toHaveProperty('rows')
  expect(problem.header([{ rowStart: 4, rowEnd: 9 }])).toMatchObject({ n: 5, rows: [[4, 9]] })
})

test('the epsilon of a set takes the place of the one that was asked for', () => {
  const problem = problemOf({ keep: 2 }, keys, queries).at(0.3)
  expect(problem).toMatchObject({ epsilon: 0.3, keep: 2, keys, queries })
})

test('work counts the keys that are read, the queries, and what a causal search adds', () => {
  const many = { rows: 400_000, cols: 64 }
  const asked = { rows: 1000, cols: 64 }
  const found = problemOf({}, many, undefined).work()
  const all = problemOf({}, many, asked).work()
  expect(found).toBeGreaterThan(0)
  expect(all).toBeGreaterThan(found)
  expect(problemOf({}, many, asked).work(0)).toBeLessThan(all - found)
  expect(problemOf({ causal: true, queryStart: 0 }, many, asked).work()).toBeGreaterThan(all)
})

test('keys and queries of different d are refused by both numbers', () => {
  const other = matrix(new Float32Array(6), { rows: 2, cols: 3 })
  expect(() => requireSameDim(keys, other)).toThrow(/3 columns and .* 4; both need the same d/)
  expect(() => requireSameDim(keys, queries)).not.toThrow()
})
