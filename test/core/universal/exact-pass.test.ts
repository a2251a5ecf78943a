// Catches: a pair lost or mis-scored by the exact pass, sums that depend on how rows are cut, squares that vanish, dots that
// are trusted when they are noise. Cannot catch: a shard that is never asked (pipeline tests are for that).
import {
  addSquares,
  EXACT_QUERY_LIFT,
  exactAnswer,
  type ExactPart,
  type ExactPrecision,
  exactShard,
  joinSquares,
  mergeExactParts,
  noSquares,
  scalarKernels,
  scaleQueries,
  shareOfSquares,
} from '@levattention/core/internal'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { adversarialQueries, anyKeys, Random, stack } from '../../support/matrices.ts'
import { attentionRow, bruteForceHeavy, type DenseMatrix, row } from '../../support/oracle.ts'
import { roundedToF32, sourceOf } from '../../support/run-inline.ts'
import { certify } from '../../laws/certify.ts'
import { exactDotRatio, exactly, exactRowSum, isLess, relativeError, toNumber } from '../../laws/rational.ts'

interface Pass {
  readonly keys: DenseMatrix
  readonly queries: DenseMatrix
  readonly epsilon: number
  readonly precision?: ExactPrecision
  readonly element?: 'f32' | 'f64'
  /** Where the rows are cut into shards. */
  readonly cuts?: readonly number[]
  readonly join?: (parts: ExactPart[]) => ExactPart
  /** Row ids of U, ascending. */
  readonly insideRows?: readonly number[]
}

const leftToRight = (parts: ExactPart[]) => parts.reduce((a, b) => mergeExactParts(a, b))

function exactPass(pass: Pass) {
  const {
    keys,
    queries,
    epsilon,
    precision = 'compensated',
    element = 'f64',
    cuts = [],
    join = leftToRight,
    insideRows = [],
  } = pass
  const { factor } = certify(keys)
  const scaled = new Float64Array(queries.data.length)
  const shifts = new Int32Array(queries.rows)
  scaleQueries(factor, queries.data, queries.rows, scaled, shifts, EXACT_QUERY_LIFT)
  const edges = [0, ...cuts, keys.rows]
  const source = sourceOf(keys, element)
  const parts = edges.slice(1).map((rowEnd, i) => {
    const range = { rowStart: edges[i], rowEnd }
    const inside = Float64Array.from(insideRows).filter((id) => id >= range.rowStart && id < rowEnd)
    return exactShard(source, range, scalarKernels(), factor, scaled, epsilon, precision, inside)
  })
  const whole = join(parts)
  return { whole, answer: exactAnswer(whole, factor, scaled, shifts, epsilon, precision) }
}

const label = ({ query, key }: { query: number; key: number }) => `${query}:${key}`
const pairsOf = (answer: ReturnType<typeof exactAnswer>) =>
  new Map(answer.pairs.map((pair) => [label({ query: pair.query, key: pair.keyId }), pair]))

const cutRows = (rows: number) =>
  fc.array(fc.nat(rows), { maxLength: 6 }).map((cuts) => cuts.sort((a, b) => a - b))

/** Merges neighbours in a random order: any tree over the parts in their order. */
function foldAtRandom(parts: ExactPart[], random: Random): ExactPart {
  const left = parts.slice()
  while (left.length > 1) {
    const at = random.below(left.length - 1)
    left.splice(at, 2, mergeExactParts(left[at], left[at + 1]))
  }
  return left[0]
}

describe.each(['compensated', 'exact'] as const)('%s dots', (precision) => {
  test('a pair of exact score epsilon is reported, or its query is sent on; nothing lighter is reported', () => {
    fc.assert(
      fc.property(
        anyKeys({ maxRows: 60, maxCols: 6 }),
        fc.constantFrom(0.5, 0.05, 1e-3, 1e-9),
        (keys, epsilon) => {
          const queries = adversarialQueries(keys, 3)
          const { answer } = exactPass({ keys, queries, epsilon, precision })
          const found = pairsOf(answer)
          const want = bruteForceHeavy(queries, keys, epsilon * 0.99)
          for (const pair of want.pairs) {
            if (answer.undecided.includes(pair.query)) continue
            const mine = found.get(label(pair))
            if (pair.score >= epsilon * (1 + 1e-12)) expect(mine, label(pair)).toBeDefined()
            if (mine) expect(Math.abs(mine.score / pair.score - 1)).toBeLessThanOrEqual(mine.slack + 1e-15)
            found.delete(label(pair))
          }
          expect([...found.keys()]).toEqual([])
          for (const query of want.undefinedRows) {
            expect(precision === 'exact' ? answer.undefinedRows : answer.undecided).toContain(query)
          }
          if (precision === 'exact')
            expect(answer).toMatchObject({ undecided: [], undefinedRows: want.undefinedRows })
        },
      ),
      { numRuns: 60 },
    )
  })
})

test('the share of the row sum that lies inside U, over any cut of the rows', () => {
  fc.assert(
    fc.property(
      anyKeys({ minRows: 1, maxRows: 60, maxCols: 6 }),
      cutRows(60),
      fc.nat(),
      (keys, cuts, seed) => {
        const random = new Random(seed)
        const insideRows = [...Array(keys.rows).keys()].filter(() => random.below(2) === 0)
        const queries = adversarialQueries(keys, 2)
        const { answer } = exactPass({
          keys,
          queries,
          epsilon: 0.5,
          precision: 'exact',
          cuts: cuts.filter((cut) => cut <= keys.rows),
          insideRows,
        })
        for (let q = 0; q < queries.rows; q++) {
          const scores = attentionRow(row(queries, q), keys)
          if (scores === undefined) expect(answer.mass[q]).toBeNaN()
          else {
            const inside = insideRows.reduce((sum, key) => sum + scores[key], 0)
            expect(Math.abs(answer.mass[q] - inside)).toBeLessThanOrEqual(1e-12)
          }
        }
      },
    ),
    { numRuns: 40 },
  )
})

test('any cut of the rows and any merge tree give the same pairs', () => {
  fc.assert(
    fc.property(
      anyKeys({ maxRows: 60, maxCols: 5 }).chain((keys) => fc.tuple(fc.constant(keys), cutRows(keys.rows))),
      fc.nat(),
      ([keys, cuts], seed) => {
        const queries = adversarialQueries(keys, 2)
        const whole = exactPass({ keys, queries, epsilon: 0.05 })
        const join = (parts: ExactPart[]) => foldAtRandom(parts, new Random(seed))
        const cut = exactPass({ keys, queries, epsilon: 0.05, cuts, join })
        const mine = pairsOf(cut.answer)
        const limit = 0.05 * (1 + 1e-12)
        for (const pair of whole.answer.pairs) {
          const same = mine.get(label({ query: pair.query, key: pair.keyId }))
          if (pair.score >= limit) expect(same).toBeDefined()
          if (same) expect(same.score / pair.score).toBeCloseTo(1, 13)
        }
        expect(cut.answer.undecided).toEqual(whole.answer.undecided)
        // Order: by row, so the ids of one query ascend.
        const ids = Array.from(cut.whole.keyIds).filter((_, i) => cut.whole.queries[i] === 0)
        expect(ids).toEqual(ids.toSorted((a, b) => a - b))
      },
    ),
    { numRuns: 60 },
  )
})

test('a shard without rows is the identity of merging', () => {
  const keys = stack([Float64Array.of(1, 2), Float64Array.of(3, 1)], 2)
  const queries = stack([Float64Array.of(1, -1)], 2)
  const plain = exactPass({ keys, queries, epsilon: 0.1 }).answer
  const cut = exactPass({ keys, queries, epsilon: 0.1, cuts: [0, 0, 2, 2] }).answer
  const slack = expect.any(Number) as number
  expect(cut.pairs).toEqual(plain.pairs.map((pair) => ({ ...pair, slack })))
})

test('the depth counts every addition, where blocks of a read end between blocks of dots', () => {
  const dim = 800
  // 800 float64 columns are read 640 rows at a time, in pieces of 512 and 128; the last read has 20.
  const keys = { rows: 1300, cols: dim, data: new Float64Array(1300 * dim).fill(1) }
  const factor = { exponents: new Int32Array(dim) }
  const queries = new Float64Array(dim).fill(1)
  const range = { rowStart: 0, rowEnd: 1300 }
  const part = exactShard(
    sourceOf(keys),
    range,
    scalarKernels(),
    factor,
    queries,
    0.5,
    'compensated',
    new Float64Array(0),
  )
  expect(part.depth).toBe(512 + 5)
})

describe('dots far below the largest product', () => {
  const ones = (count: number, last: Float64Array) =>
    stack([...[...Array(count)].map(() => Float64Array.of(1, 1, 0)), last], 3)

  test.each([1e-100, 1e-160, 1e-200, 1e-290])(
    'a query that annihilates all keys but for %d finds the one left',
    (tiny) => {
      const keys = ones(20, Float64Array.of(1, 1, 1))
      const queries = stack([Float64Array.of(1, -1, tiny)], 3)
      // Against |q||K| such a dot is noise to Dot2, which says so.
      const sent = exactPass({ keys, queries, epsilon: 0.05 }).answer
      expect(sent).toMatchObject({ undefinedRows: [], undecided: [0] })
      const { answer } = exactPass({ keys, queries, epsilon: 0.05, precision: 'exact' })
      const pair = { query: 0, keyId: 20, score: 1, dot: tiny, slack: expect.any(Number) as number }
      expect(answer).toMatchObject({ pairs: [pair], undefinedRows: [], undecided: [] })
    },
  )

  test('entries of 1e150 and 1e-150 in one column: the small row is heavy for the query that sees only it', () => {
    const keys = stack(
      [Float64Array.of(1e150, 1e150), Float64Array.of(3e150, 3e150), Float64Array.of(1e-150, 0)],
      2,
    )
    const queries = stack([Float64Array.of(1, -1)], 2)
    const { answer } = exactPass({ keys, queries, epsilon: 0.05, precision: 'exact' })
    expect(answer.pairs).toMatchObject([{ keyId: 2, score: 1, dot: 1e-150 }])
  })

  test('a row of exact zeros is undefined, and only correctly rounded dots may say so', () => {
    const keys = ones(5, Float64Array.of(2, 2, 0))
    const queries = stack([Float64Array.of(0.1, -0.1, 7)], 3)
    expect(exactPass({ keys, queries, epsilon: 0.1 }).answer).toMatchObject({
      undefinedRows: [],
      undecided: [0],
    })
    const { answer } = exactPass({ keys, queries, epsilon: 0.1, precision: 'exact' })
    expect(answer).toMatchObject({ pairs: [], undefinedRows: [0], undecided: [] })
  })
})

/**
 * Keys k with <q, k> within 2^-107 of `target`, q = (about 1, about -1, about 2^-40): Dot2 is off by about 2^-106.
 */
function nearlyOrthogonalKey(query: Float64Array, target: number, random: Random): Float64Array {
  const key = Float64Array.of(1 + random.uniform(), 0, 0)
  key[1] = (-query[0] * key[0]) / query[1]
  const rest = exactDotRatio(query, key)
  const wanted = exactly([target])
  const missing = toNumber({
    num: wanted.numbers[0] * rest.den - (rest.num << BigInt(wanted.shift)),
    den: rest.den << BigInt(wanted.shift),
  })
  key[2] = missing / query[2]
  return key
}

test('where Dot2 is good enough for the row sum but not for a pair at a small threshold, the query is sent on', () => {
  const random = new Random(3)
  const query = Float64Array.of(
    1 + random.uniform(),
    -1 - random.uniform(),
    (1 + random.uniform()) * 2 ** -40,
  )
  const large = 2 ** -78
  const epsilon = 2 ** -34
  const rows = [nearlyOrthogonalKey(query, large, random)]
  for (let j = 0; j < 40; j++) rows.push(nearlyOrthogonalKey(query, large * 2 ** -17, random))
  const keys = stack(rows, 3)
  const queries = stack([query], 3)
  const exact = exactPass({ keys, queries, epsilon, precision: 'exact' }).answer
  const total = exactRowSum(query, keys)
  const isHeavy = (key: Float64Array) => {
    const { num, den } = exactDotRatio(query, key)
    return !isLess({ num: (num ** 2n) << 34n, den: den ** 2n }, total)
  }
  const heavy = [...rows.keys()].filter((j) => isHeavy(rows[j]))
  expect(exact.pairs.map(({ keyId }) => keyId)).toEqual(heavy)
  const { answer } = exactPass({ keys, queries, epsilon })
  expect(answer.undecided).toEqual([0])
})

test('where Dot2 does not know the row sum well enough, the query is sent on, though its pairs might be told', () => {
  const random = new Random(4)
  const query = Float64Array.of(1 + random.uniform(), -1 - random.uniform(), 2 ** -40)
  const passAt = (size: number) => {
    const rows = [...Array(5)].map(() => nearlyOrthogonalKey(query, size, random))
    return exactPass({ keys: stack(rows, 3), queries: stack([query], 3), epsilon: 0.1 }).answer
  }
  // Dot2's error is about 1e-6 of the first row sum and 1e-4 of the second; only 1e-5 is trusted.
  expect(passAt(2 ** -76)).toMatchObject({ undecided: [], pairs: Array(5).fill(expect.anything()) })
  expect(passAt(2 ** -83)).toMatchObject({ undecided: [0], pairs: [] })
})

test('float32 keys against the columns of a float64 set give the scores of their float64 copy', () => {
  const random = new Random(5)
  const rows = [...Array(30)].map(() =>
    Float64Array.of(2 ** 20, 3 * random.below(9), 2 ** -30 * random.below(9)),
  )
  const keys = roundedToF32(stack(rows, 3))
  const queries = stack([Float64Array.of(2 ** -20, -1, 2 ** 25), Float64Array.of(0, 1, 2 ** 30)], 3)
  const f64 = exactPass({ keys, queries, epsilon: 0.02 }).answer
  const f32 = exactPass({ keys, queries, epsilon: 0.02, element: 'f32' }).answer
  expect(f64.pairs.length).toBeGreaterThan(3)
  expect(f32).toEqual(f64)
})

describe('sums of squares', () => {
  const value = fc
    .tuple(fc.double({ min: -1, max: 1, noNaN: true }), fc.integer({ min: -1070, max: 700 }))
    .map(([x, e]) => x * 2 ** (e / 2) * 2 ** (e - e / 2))

  test('are right over the whole range of float64, in any cut', () => {
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 12 }), fc.nat(12), (values, cut) => {
        const data = Float64Array.from(values)
        const at = Math.min(cut, data.length)
        const first = noSquares(1)
        const second = noSquares(1)
        addSquares(first, 0, data, 0, at)
        addSquares(second, 0, data, at, data.length - at)
        const joined = joinSquares(first, second)
        const { numbers, shift } = exactly(data)
        const exact = numbers.reduce((sum, x) => sum + x * x, 0n)
        if (exact === 0n) {
          expect(joined.sums[0]).toBe(0)
          return
        }
        const largest = data.reduce((max, x) => Math.max(max, Math.abs(x)), 0)
        const { numbers: top, shift: topShift } = exactly([largest])
        const share = { num: (top[0] ** 2n) << BigInt(2 * shift), den: exact << BigInt(2 * topShift) }
        expect(relativeError(shareOfSquares(joined, 0, largest), share)).toBeLessThan(1e-14)
      }),
    )
  })

  test('row order and scores do not depend on what a query is scaled by', () => {
    const keys = stack([Float64Array.of(3, 1), Float64Array.of(1, 3), Float64Array.of(2, 2)], 2)
    const scores = [1, 2 ** 300, 2 ** -300].map((scale) => {
      const queries = stack([Float64Array.of(scale, -0.5 * scale)], 2)
      return exactPass({ keys, queries, epsilon: 0.01 }).answer.pairs.map(({ keyId, score }) => [
        keyId,
        score,
      ])
    })
    expect(scores[1]).toEqual(scores[0])
    expect(scores[2]).toEqual(scores[0])
  })
})
