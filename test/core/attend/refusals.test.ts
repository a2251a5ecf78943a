// Catches: matrices, options or selections that do not go together and are taken, or refused without what fits. Cannot catch:
// numbers of what is taken (golden.test.ts).
import { attend, type AttendOptions, type DenseHead, isLevError } from '@levattention/core'
import { describe, expect, test } from 'vitest'
import { gaussian } from '../../support/matrices.ts'

const [M, N, D, DV] = [6, 9, 3, 2]
const head: DenseHead = { queries: gaussian(M, D, 1), keys: gaussian(N, D, 2), values: gaussian(N, DV, 3) }
const full: AttendOptions = { selection: { full: true } }

function refused(given: object, options: object) {
  try {
    attend(given as DenseHead, options as AttendOptions)
  } catch (error) {
    if (isLevError(error)) return error
    throw error
  }
  throw new Error('nothing was refused')
}

describe('matrices', () => {
  test.each([
    [{ ...head, values: gaussian(N - 1, DV, 3) }, 'values', /8 rows and keys 9/],
    [{ ...head, queries: gaussian(M, D + 1, 3) }, 'queries', /4 columns and keys 3/],
    [{ ...head, keys: { ...head.keys, data: [1, 2] } }, undefined, /keys: data is a plain array/],
    [{ ...head, keys: { ...head.keys, rows: 4 } }, 'keys', /4 x 3 needs 12 numbers, and data has 27/],
    [{ queries: head.queries, keys: head.keys }, 'values', /values are not given/],
  ])('%#: %s', (given, input, message) => {
    const error = refused(given, full)
    expect(error.tag).toBe('ShapeMismatch')
    expect(error.message).toMatch(message)
    expect(error.place.input).toBe(input)
  })
})

describe('options', () => {
  test.each<[object, RegExp]>([
    [{}, /selection is not given; say which keys .* `selection: \{ rule: 'leverage', keep: 32 \}`$/],
    [{ selection: [3] }, /selection: .* as in \{ rule, keep \}/],
    [{ selection: { keep: 0 } }, /`keep` is 0/],
    [{ selection: { keep: 2, epsilon: 0.1 } }, /both given/],
    [{ selection: { ids: [1], seed: 2 } }, /`seed` does not go with ids/],
    [{ selection: { seed: 2 } }, /`keep` alone/],
    [{ selection: {} }, /exactly one of full, none, ids, scores, rule/],
    [{ selection: { rule: 'leverage', keep: N + 1 } }, /`keep` is 10, and there are 9 keys/],
    [{ selection: { none: true } }, /at least one of `local`, `sinkTokens`, `restClusters`/],
    [{ selection: { full: true, local: 2 } }, /`full` is every key already/],
    [{ selection: { none: true, local: -1 } }, /`local` is -1/],
    [{ selection: { none: true, local: 1, gird: {} } }, /no option 'gird'; did you mean 'grid'/],
    [{ selection: { none: true, sinkTokens: 1, grid: { height: 3, width: 3 } } }, /add `local`/],
    [{ selection: { none: true, local: 1, grid: { height: 4, width: 2 } } }, /`prefixTokens: 1` fits/],
    [
      { selection: { none: true, local: 1, grid: { height: 4, width: 4 } } },
      /not as many keys as cells; a square grid that fits is 3 x 3$/,
    ],
    [
      { selection: { none: true, local: 1, grid: { height: 2, width: 2 } } },
      /fits; a square grid that fits is 3/,
    ],
    [
      { selection: { none: true, local: 1, grid: { height: 2, width: 3, prefixTokens: 1 } } },
      /`prefixTokens: 3` fits$/,
    ],
    [{ ...full, causal: true }, /`queryStart: 0`.*`queryStart: 3`/],
    [{ ...full, causal: true, queryStart: 4 }, /and there are 9 keys/],
    [{ ...full, slidingWindow: 2 }, /add `causal: true`/],
    [{ ...full, keyMask: new Uint8Array(8) }, /`keyMask` has 8 numbers, and there are 9 keys/],
    [{ ...full, queryMask: new Uint8Array(8) }, /`queryMask` has 8 numbers, and there are 6/],
    [{ ...full, scale: 0 }, /`scale` is 0; it must be above 0/],
    [{ ...full, scale: NaN }, /`scale` is NaN/],
    [{ ...full, p: 2 }, /`p` is of weights .*: add `attention: 'power'`/],
    [{ ...full, attention: 'power', scale: 1 }, /`scale` is of softmax/],
    [{ ...full, attention: 'power', p: -1 }, /`p` is -1/],
    [
      { attention: 'power', selection: { rule: 'leverage', keep: 2, restClusters: 2 } },
      /`restClusters` is of softmax/,
    ],
    [{ attention: 'power', p: 3, selection: { rule: 'leverage', keep: 2 } }, /give the scores of the keys/],
    [{ ...full, top: 3 }, /no option 'top'/],
  ])('%j', (options, message) => {
    const error = refused(head, options)
    expect(error.tag).toBe('Option')
    expect(error.message).toMatch(message)
  })
})

test.each<[AttendOptions['selection'], AttendOptions['selection']]>([
  [{ keep: 3 }, { rule: 'leverage', keep: 3 }],
  [
    { keep: 3, local: 1, restClusters: 2, seed: 5 },
    { rule: 'leverage', keep: 3, local: 1, restClusters: 2, seed: 5 },
  ],
  [{ epsilon: 0.4 }, { rule: 'leverage', epsilon: 0.4 }],
])('%j is of leverage', (selection, named) => {
  expect(attend(head, { selection })).toEqual(attend(head, { selection: named }))
})

test('a seed is of the clusters beside any set', () => {
  const outputs = [1, 2, 3, 4, 5].map((seed) =>
    attend(head, { selection: { none: true, restClusters: 3, seed } }).output.join(),
  )
  expect(new Set(outputs).size).toBeGreaterThan(1)
})

test('what is undefined is not given', () => {
  const selection = { full: undefined, rule: undefined, keep: 3 } as unknown as AttendOptions['selection']
  expect(attend(head, { selection })).toEqual(attend(head, { selection: { keep: 3 } }))
})

describe('a NaN', () => {
  const spoilt = (input: keyof DenseHead, row: number) => {
    const matrix = head[input]
    const data = matrix.data.slice()
    data[row * matrix.cols] = NaN
    return { ...head, [input]: { ...matrix, data } }
  }

  test.each(['queries', 'keys', 'values'] as const)('that takes part is told of the %s', (input) => {
    const error = refused(spoilt(input, 4), full)
    expect(error).toMatchObject({ tag: 'Content', place: { input, row: 4, column: 0 } })
  })

  test.each(['keys', 'values'] as const)('that is masked counts for nothing: %s', (input) => {
    const keyMask = Uint8Array.from({ length: N }, (_, key) => (key === 4 ? 0 : 1))
    for (const selection of [
      { full: true },
      { none: true, local: 2 },
      { rule: 'norm-max', keep: 3 },
    ] as const) {
      const options = { keyMask, selection }
      expect(attend(spoilt(input, 4), options)).toEqual(attend(head, options))
    }
  })
})

test.each<[string, number, DenseHead['keys']['data'], AttendOptions]>([
  ['float64', 1e39, new Float64Array(N * D), full],
  ['float64, power', 1e39, new Float64Array(N * D), { ...full, attention: 'power' }],
  ['float64 at the end of its range', 1e308, new Float64Array(N * D), { ...full, scale: 1e30 }],
  ['float32', 1e20, new Float32Array(N * D), { ...full, scale: 1e30 }],
])(
  'keys of zeros give every key the same weight, however large a query: %s',
  (_name, size, data, options) => {
    const queries = { ...head.queries, data: gaussian(M, D, 1).data.map((x) => Math.sign(x) * size) }
    const { output, lse, emptyRows } = attend({ ...head, queries, keys: { rows: N, cols: D, data } }, options)
    if ('attention' in options) {
      expect(emptyRows).toBe(M)
      return
    }
    const mean = (a: number) =>
      Float64Array.from(head.values.data).reduce((sum, x, i) => sum + (i % DV === a ? x / N : 0), 0)
    output.forEach((x, i) => expect(x).toBeCloseTo(mean(i % DV), 6))
    lse.forEach((x) => expect(x).toBeCloseTo(Math.log(N), 12))
  },
)

test('values whose sums float64 may not hold are refused by their row', () => {
  const values = { ...head.values, data: head.values.data.map((x, i) => (i === 9 ? 1e307 : x)) }
  expect(refused({ ...head, values }, full)).toMatchObject({
    tag: 'Content',
    place: { input: 'values', row: 4 },
    message: expect.stringMatching(/row 4: values reach 1e\+307.* divide the values/) as string,
  })
})

test('rules that read queries take softmax at 1/sqrt(d) beside weights of powers', () => {
  for (const rule of ['accumulated', 'sampled-queries', 'query-moments'] as const) {
    const large = { ...head, queries: { ...head.queries, data: head.queries.data.map((x) => 9 * x) } }
    const selection = { rule, keep: 3 }
    expect(attend(large, { attention: 'power', selection }).keyIds).toEqual(
      attend(large, { selection }).keyIds,
    )
  }
})

test.each([0.01, 1000])('powers of %s neither overflow nor vanish', (p) => {
  const { output, lse, emptyRows } = attend(head, { attention: 'power', p, selection: { full: true } })
  expect(emptyRows).toBe(0)
  expect([...output, ...lse].every(Number.isFinite)).toBe(true)
})
