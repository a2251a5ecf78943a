// Catches: an exponent or a scaling that is off at the edges of float64 (subnormals, the largest numbers, steps beyond
// 2^±1023). Cannot catch: a caller that scales the wrong column.
import {
  columnMaxima,
  exponentOf,
  NO_EXPONENT,
  raiseExponents,
  scaleColumns,
  scalePowerOfTwo,
} from '@levattention/core/internal'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { exactly } from '../../laws/rational.ts'

const finite = fc.double({ noNaN: true, noDefaultInfinity: true })

test('exponentOf brackets every nonzero number, subnormals included', () => {
  const check = (value: number) => {
    const e = exponentOf(value)
    const { numbers, shift } = exactly([value])
    const size = numbers[0] < 0n ? -numbers[0] : numbers[0]
    // 2^(e-1) <= size 2^-shift < 2^e
    const at = (power: number) => (power >= 0 ? 1n << BigInt(power) : 0n)
    const over = Math.max(0, -(e - 1 + shift))
    expect(size << BigInt(over)).toBeGreaterThanOrEqual(at(e - 1 + shift + over))
    expect(size << BigInt(over)).toBeLessThan(at(e + shift + over))
  }
  fc.assert(
    fc.property(
      finite.filter((x) => x !== 0),
      check,
    ),
    { numRuns: 500 },
  )
  for (const edge of [Number.MIN_VALUE, -Number.MIN_VALUE, 2 ** -1022, 2 ** -1023, Number.MAX_VALUE, 1, 0.5])
    check(edge)
})

describe('scalePowerOfTwo', () => {
  test('is exact wherever the result is a normal number', () => {
    fc.assert(
      fc.property(
        finite.filter((x) => x !== 0),
        fc.integer({ min: -2100, max: 2100 }),
        (value, shift) => {
          const target = exponentOf(value) + shift
          const scaled = scalePowerOfTwo(value, shift)
          if (target > 1024) expect(Math.abs(scaled)).toBe(Infinity)
          else if (target > -1021) {
            const a = exactly([value])
            const b = exactly([scaled])
            const up = BigInt(Math.max(0, shift + b.shift - a.shift))
            const down = BigInt(Math.max(0, a.shift - shift - b.shift))
            expect(a.numbers[0] << up).toBe(b.numbers[0] << down)
          } else expect(Math.abs(scaled)).toBeLessThanOrEqual(2 ** -1021)
        },
      ),
      { numRuns: 500 },
    )
  })

  test('goes over steps beyond the range and ends where it should', () => {
    expect(scalePowerOfTwo(Number.MIN_VALUE, 1074 + 1023)).toBe(2 ** 1023)
    expect(scalePowerOfTwo(2 ** 1023, -2097)).toBe(Number.MIN_VALUE)
    expect(scalePowerOfTwo(3, NO_EXPONENT)).toBe(0)
    expect(scalePowerOfTwo(0, 100_000)).toBe(0)
    expect(scalePowerOfTwo(-1, 5000)).toBe(-Infinity)
  })
})

test('columnMaxima keeps the largest size a column, and turns NaN and infinity into infinity', () => {
  const maxima = Float64Array.of(0, 5, 0)
  columnMaxima(maxima, Float64Array.of(1, -2, 0, -3, 4, 0), 2)
  expect(Array.from(maxima)).toEqual([3, 5, 0])
  columnMaxima(maxima, Float64Array.of(NaN, 0, -Infinity), 1)
  expect(Array.from(maxima)).toEqual([Infinity, 5, Infinity])
  columnMaxima(maxima, Float64Array.of(1, 1, 1), 1)
  expect(Array.from(maxima)).toEqual([Infinity, 5, Infinity])
})

test('scaleColumns is exact to the far ends; columns without an exponent stay', () => {
  const exponents = Int32Array.of(1024, -1073, NO_EXPONENT, 3)
  const rows = Float64Array.of(Number.MAX_VALUE, Number.MIN_VALUE, 0, 8, 2 ** 1023, -(2 ** -1074), 0, 1)
  scaleColumns(rows, 2, exponents)
  expect(Array.from(rows)).toEqual([1 - 2 ** -53, 0.5, 0, 1, 0.5, -0.5, 0, 0.125])
  const plain = Float64Array.of(1, 2)
  scaleColumns(plain, 1, Int32Array.of(0, NO_EXPONENT))
  expect(Array.from(plain)).toEqual([1, 2])
})

test('raiseExponents rescales the upper triangle and leaves zeros of columns that had no exponent', () => {
  const gram = Float64Array.of(4, 0, 6, -1, 0, 0, -1, -1, 9)
  raiseExponents(gram, Int32Array.of(0, NO_EXPONENT, 1), Int32Array.of(1, 5, 1))
  expect(Array.from(gram)).toEqual([1, 0, 3, -1, 0, 0, -1, -1, 9])
})
