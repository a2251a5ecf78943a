// Dots in which nearly everything cancels, and squares over the whole range. Catches: dots that are trusted when they are
// noise, squares that vanish. Cannot catch: sums that depend on how rows are cut (exact-pass.test.ts).
import { addSquares, joinSquares, noSquares, shareOfSquares } from '@levattention/core/internal'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { stack } from '../../support/matrices.ts'
import { Random } from '../../support/random.mjs'
import { roundedToF32 } from '../../support/run-inline.ts'
import { exactDotRatio, exactly, exactRowSum, isLess, relativeError, toNumber } from '../../laws/rational.ts'
import { exactPass } from './exact-pass-support.ts'

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
      expect(sent).toMatchObject({ undefinedRows: [], uncertified: [0] })
      const { answer } = exactPass({ keys, queries, epsilon: 0.05, precision: 'exact' })
      const pair = { query: 0, keyId: 20, score: 1, dot: tiny, slack: expect.any(Number) as number }
      expect(answer).toMatchObject({ pairs: [pair], undefinedRows: [], uncertified: [] })
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
      uncertified: [0],
    })
    const { answer } = exactPass({ keys, queries, epsilon: 0.1, precision: 'exact' })
    expect(answer).toMatchObject({ pairs: [], undefinedRows: [0], uncertified: [] })
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
  expect(answer.uncertified).toEqual([0])
})

test('where Dot2 does not know the row sum well enough, the query is sent on, though its pairs might be told', () => {
  const random = new Random(4)
  const query = Float64Array.of(1 + random.uniform(), -1 - random.uniform(), 2 ** -40)
  const passAt = (size: number) => {
    const rows = [...Array(5)].map(() => nearlyOrthogonalKey(query, size, random))
    return exactPass({ keys: stack(rows, 3), queries: stack([query], 3), epsilon: 0.1 }).answer
  }
  // Dot2's error is about 1e-6 of the first row sum and 1e-4 of the second; only 1e-5 is trusted.
  expect(passAt(2 ** -76)).toMatchObject({ uncertified: [], pairs: Array(5).fill(expect.anything()) })
  expect(passAt(2 ** -83)).toMatchObject({ uncertified: [0], pairs: [] })
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
