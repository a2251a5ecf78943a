// Catches: a B that leaves some y negative, for any x that a row outside U may have, whatever c. Cannot catch: a wrong statement of
// what such rows may have (estimate-rows.test.ts tries that against brute force).
import { liftOf, powerFunction } from '@levattention/core/internal'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'

const terms = fc.record({
  p: fc.constantFrom(0.5, 1, 1.5, 1.9, 2.1, 3, 4, 8),
  largest: fc.double({ min: 1e-4, max: 1, noNaN: true }),
  slope: fc.double({ min: 1e-6, max: 1e3, noNaN: true }),
  squares: fc.double({ min: 0, max: 1, noNaN: true }),
  dotError: fc.constantFrom(0, 1e-15, 1e-9, 1e-5),
  unit: fc.constantFrom(1, 1e-3, 1e-12, 5),
  rate: fc.double({ min: 1e-4, max: 1, noNaN: true }),
  /** Of the row that is tried: how much larger its rate is, its x and its rounding. */
  more: fc.double({ min: 1, max: 10, noNaN: true }),
  share: fc.double({ min: 0, max: 1, noNaN: true }),
  rounding: fc.double({ min: -1, max: 1, noNaN: true }),
})

test('no y is negative', () => {
  fc.assert(
    fc.property(terms, ({ p, largest, slope, squares, dotError, unit, rate, more, share, rounding }) => {
      const [x, ownRate] = [share * largest, Math.min(1, rate * more)]
      // tau_j of this row is at least x².
      const facts = { p, rateSum: 0.7, leastRate: rate, largestLeverageRatio: Math.min(1, x * x) / ownRate }
      const query = { squares, squaresError: 0, largest, dotError, unit, scaleError: 1 }
      const lift = liftOf(facts, query, slope)
      const computed = Math.abs(x + rounding * dotError)
      const inverse = facts.rateSum / ownRate
      const g = (powerFunction(p)(Math.max(0, computed - dotError)) / unit) * inverse
      const control = slope * computed * computed * inverse
      // A power below float64's range is off by 2^-1074 at most, and so are the products.
      const underflow = Number.MIN_VALUE * inverse * (1 / unit + 2)
      expect(g - control + slope * squares + lift).toBeGreaterThanOrEqual(
        -1e-12 * (control + lift) - underflow,
      )
    }),
    { numRuns: 2000 },
  )
})
