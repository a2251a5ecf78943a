// Catches: a size or kind that is misread, one that is no size taken, cases that differ from what was asked. Cannot catch: sizes
// that take too long.
import { BENCH_KINDS, casesOf, FULL_CASES } from '#coordinator/bench/bench-case'
import { parseKinds, parseSizes } from '#coordinator/bench/parse-cases'
import { isLevError } from '@levattention/core/internal'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'

test('sizes: keys x columns, and queries', () => {
  expect(parseSizes('1e6x64,2500x8x100,1.5E5x16', 'sizes')).toEqual([
    { n: 1e6, d: 64 },
    { n: 2500, d: 8, m: 100 },
    { n: 150_000, d: 16 },
  ])
})

test('whatever is written as a size is read as it', () => {
  const count = (max: number) => fc.integer({ min: 1, max })
  fc.assert(
    fc.property(count(1e9), count(4096), fc.option(count(1e6)), (n, d, m) => {
      const text = m === null ? `${n}x${d}` : `${n}x${d}x${m}`
      expect(parseSizes(text, 'sizes')).toEqual([{ n, d, ...(m !== null && { m }) }])
    }),
  )
})

test.each([
  '',
  '1e6',
  '1e6x',
  'x64',
  '1e6x64x',
  '1e6 x 64',
  '0x64',
  '10x0',
  '10x5000',
  '1.5x8',
  '1e10x8',
  '-5x8',
  '1e6x64x10x2',
])("'%s' is no size", (text) => {
  expect(() => parseSizes(text, 'sizes')).toThrowError(
    expect.toSatisfy((error) => isLevError(error, 'Option') && error.place.option === 'sizes'),
  )
})

test('kinds come in the order in which they are measured; another is told with the nearest', () => {
  expect(parseKinds('roofline,heavy,heavy', 'only')).toEqual(['heavy', 'roofline'])
  expect(() => parseKinds('heavy,sofmax', 'only')).toThrow(/'sofmax'.*did you mean softmax\?/)
})

test('a case for each kind, size and epsilon; what needs no epsilon once', () => {
  const cases = casesOf(
    ['heavy', 'scores', 'session'],
    [
      { n: 1000, d: 8, m: 5 },
      { n: 2000, d: 4 },
    ],
    [0.1, 0.01],
  )
  expect(cases.map(({ kind, n, m, epsilon }) => [kind, n, m, epsilon])).toEqual([
    ['heavy', 1000, 5, 0.1],
    ['heavy', 1000, 5, 0.01],
    ['heavy', 2000, 10_000, 0.1],
    ['heavy', 2000, 10_000, 0.01],
    ['scores', 1000, 0, 0.1],
    ['scores', 2000, 0, 0.1],
  ])
  expect(casesOf(BENCH_KINDS, [], [0.01]).map(({ kind }) => kind)).toEqual([
    'heavy',
    'softmax',
    'attend',
    'scores',
  ])
})

test('of many keys fewer rounds and peers', () => {
  const [small, large, huge] = casesOf(
    ['heavy'],
    [
      { n: 1e6, d: 64 },
      { n: 1e7, d: 64 },
      { n: 1e8, d: 32 },
    ],
    [0.01],
  )
  expect([small.isLean, large.isLean, huge.isLean]).toEqual([undefined, true, true])
  expect([small.mostRuns, large.mostRuns, huge.mostRuns]).toEqual([undefined, undefined, 2])
})

test('the full set spans what docs/performance.md shows', () => {
  const heavy = FULL_CASES.filter(({ kind }) => kind === 'heavy')
  const span = (values: readonly number[]) => [Math.min(...values), Math.max(...values)]
  expect(span(heavy.map(({ d }) => d))).toEqual([16, 1024])
  expect(span(heavy.map(({ epsilon }) => epsilon))).toEqual([0.001, 0.1])
  expect(Math.max(...heavy.map(({ n }) => n))).toBe(1e7)
  expect(new Set(FULL_CASES.map(({ kind }) => kind)).size).toBe(4)
})
