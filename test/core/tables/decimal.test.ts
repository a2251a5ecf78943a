// Catches: a decimal number that is read as another float64 than the nearest one, or that ends in another place; text that is taken for a
// number. Cannot catch: what Number itself rounds wrongly.
import { decimalAt, decimalEnd } from '@levattention/core/internal'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'

const bytesOf = (text: string) => new TextEncoder().encode(text)

/** What is read of `text` where other text follows. */
function read(text: string, before = 'x', after = ',9'): { value: number; length: number } {
  const bytes = bytesOf(before + text + after)
  const value = decimalAt(bytes, before.length, bytes.length)
  return { value, length: decimalEnd - before.length }
}

const forms: readonly ((value: number) => string)[] = [
  String,
  (value) => value.toPrecision(17),
  (value) => value.toPrecision(18),
  (value) => value.toExponential(16),
  (value) => value.toExponential(20).replace('e', 'E'),
  (value) => value.toFixed(8),
  (value) => `+${Math.abs(value).toPrecision(15)}`,
]

test('every number in every form is the nearest float64, and ends where its last character does', () => {
  fc.assert(
    fc.property(
      fc.double({ noNaN: true, noDefaultInfinity: true, min: -(2 ** 50), max: 2 ** 50 }),
      fc.integer({ min: -30, max: 30 }),
      fc.constantFrom(...forms),
      (fraction, exponent, form) => {
        const text = form(fraction * 10 ** exponent)
        expect(read(text)).toEqual({ value: Number(text), length: text.length })
      },
    ),
    { numRuns: 2000 },
  )
})

test('digits about half-way between two float64 are rounded as one rounds them by hand', () => {
  fc.assert(
    fc.property(fc.bigInt(2n ** 52n, 2n ** 53n - 1n), fc.integer({ min: 0, max: 17 }), (mantissa, places) => {
      // mantissa + 1/2, and its neighbours, written out.
      for (const digits of [mantissa * 10n + 5n, mantissa * 10n + 4n, mantissa * 10n + 6n]) {
        const text = digits.toString().padStart(places + 2, '0')
        const point = text.length - places
        const decimal = `${text.slice(0, point)}.${text.slice(point)}`
        expect(read(decimal)).toEqual({ value: Number(decimal), length: decimal.length })
      }
    }),
    { numRuns: 500 },
  )
})

test.each([
  '0',
  '-0',
  '0.0',
  '.5',
  '5.',
  '-.5',
  '+7',
  '00012',
  '1e5',
  '1E+05',
  '1e-400',
  '1e400',
  '-1e400',
  '0e9999999999',
  '123456789012345678901234567890.5',
  '0.000000000000000000000000000123456789012345678',
  '9007199254740992',
  '-9007199254740992',
  '9007199254740993',
  '9007199254740993.0',
  '9007199254740993e0',
  '99999999999999999999',
  '2.2250738585072011e-308',
  '4.9e-324',
  '1.7976931348623157e308',
])('%s is what Number makes of it', (text) => {
  expect(read(text)).toEqual({ value: Number(text), length: text.length })
  expect(Object.is(read(text).value, Number(text))).toBe(true)
})

test.each(['', '+', '-', '.', 'e5', '+.e5', 'nan', 'inf', 'x', '"1"', '1e', '1e+'])(
  '%s is no number that is read',
  (text) => {
    expect(read(text).value).toBeNaN()
  },
)

test.each([
  ['1_000', 1],
  ['0x10', 1],
  ['1,5', 1],
  ['1.5.5', 3],
  ['12-3', 2],
  ['1e5e5', 3],
])('%s ends where the number in it does', (text, length) => {
  expect(read(text).length).toBe(length)
})
