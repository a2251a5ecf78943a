// Catches: a NaN or infinity that is passed over, at any place of any length, or a finite value taken for one. Cannot catch: what messages say of it
// (coordinator/library/not-finite.test.ts).
import { firstNonFinite } from '@levattention/core/internal'
import { expect, test } from 'vitest'

const BAD = [NaN, Infinity, -Infinity]
const FINITE = [0, -0, 1.5, -3.4e38, 3.4e38, 1.4e-45]

test.each([Float32Array, Float64Array])('the first of each place, in any part: %o', (Floats) => {
  for (let length = 0; length <= 13; length++) {
    const values = new Floats(Array.from({ length }, (_, i) => FINITE[i % FINITE.length]))
    expect(firstNonFinite(values)).toBe(-1)
    for (let place = 0; place < length; place++)
      for (const bad of BAD) {
        const harmed = values.with(place, bad)
        expect(firstNonFinite(harmed)).toBe(place)
        expect(firstNonFinite(harmed.with(length - 1, NaN))).toBe(place)
        for (let start = 0; start <= length; start++)
          for (let end = start; end <= length; end++)
            expect(firstNonFinite(harmed, start, end)).toBe(place >= start && place < end ? place : -1)
      }
  }
})

test('the largest numbers are finite, whatever their sum', () => {
  expect(firstNonFinite(new Float64Array(9).fill(Number.MAX_VALUE))).toBe(-1)
  expect(firstNonFinite(new Float64Array(9).fill(-Number.MAX_VALUE))).toBe(-1)
})
