// Catches: a dot that is not the float64 nearest to the exact one, an error-free transformation that is not free of error.
// Cannot catch: products below 2^-1022, which are outside the contract.
import { exactDot, productError, sumError } from '@levattention/core/internal'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { exactDotRatio } from '../../laws/rational.ts'

/** Numbers over 2^±span, most of them with full significands. */
const number = (span: number) =>
  fc
    .tuple(fc.double({ min: -2, max: 2, noNaN: true }), fc.integer({ min: -span, max: span }))
    .map(([x, e]) => (Math.abs(x) < 2 ** -200 ? 0 : x) * 2 ** e)

const vectors = (span: number) =>
  fc.array(fc.tuple(number(span), number(span)), { minLength: 0, maxLength: 16 }).map((entries) => ({
    x: Float64Array.from(entries, ([x]) => x),
    y: Float64Array.from(entries, ([, y]) => y),
  }))

/** The nearest float64, ties to even: what Number does to an integer. */
function nearest(x: Float64Array, y: Float64Array): number {
  const { num, den } = exactDotRatio(x, y)
  return Number(num) / Number(den)
}

test('every dot is the float64 nearest to the exact one', () => {
  fc.assert(
    fc.property(vectors(20), ({ x, y }) => {
      expect(exactDot(x, 0, y, 0, x.length)).toBe(nearest(x, y))
    }),
    { numRuns: 500 },
  )
})

test('cancellation down to the last bit is exact', () => {
  fc.assert(
    fc.property(vectors(100), number(40), ({ x, y }, left) => {
      // x·y + left - y·x, in an order of its own
      const a = Float64Array.of(...x, left, ...y.toReversed())
      const b = Float64Array.of(...y, 1, ...x.toReversed().map((value) => -value))
      expect(exactDot(a, 0, b, 0, a.length)).toBe(left)
    }),
    { numRuns: 300 },
  )
})

test('a sum exactly between two float64 goes to the even one, and by any trifle to the side of the trifle', () => {
  const one = Float64Array.of(1, 1, 1)
  const half = 2 ** -53
  expect(exactDot(Float64Array.of(1, half, 0), 0, one, 0, 3)).toBe(1)
  expect(exactDot(Float64Array.of(1 + 2 ** -52, half, 0), 0, one, 0, 3)).toBe(1 + 2 ** -51)
  expect(exactDot(Float64Array.of(1, half, 2 ** -300), 0, one, 0, 3)).toBe(1 + 2 ** -52)
  expect(exactDot(Float64Array.of(1 + 2 ** -52, half, -(2 ** -300)), 0, one, 0, 3)).toBe(1 + 2 ** -52)
  expect(exactDot(Float64Array.of(-1, -half, -(2 ** -300)), 0, one, 0, 3)).toBe(-1 - 2 ** -52)
})

test('float32 keys and offsets', () => {
  const queries = Float64Array.of(9, 9, 0.1, -0.1)
  const keys = Float32Array.of(9, 0.3, 0.3)
  expect(exactDot(queries, 2, keys, 1, 2)).toBe(0)
})

test('sum and product errors are exact', () => {
  fc.assert(
    fc.property(number(300), number(300), (x, y) => {
      const sum = x + y
      const product = x * y
      const total = exactDotRatio([x, y, -sum, -sumError(x, y, sum)], [1, 1, 1, 1])
      expect(total.num).toBe(0n)
      if (product === 0) return
      expect(exactDotRatio([x, -product, -productError(x, y, product)], [y, 1, 1]).num).toBe(0n)
    }),
    { numRuns: 500 },
  )
})
