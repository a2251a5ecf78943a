// Catches: a |x|^p by multiplications that is another power, less exact than POWER_ROUNDINGS says, or not the same for -x.
// Cannot catch: errors of Math.pow, with which it is compared (seen below 2 units).
import { powerFunction, POWER_ROUNDINGS } from '@levattention/core/internal'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'

test.each([0.3, 0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4, 5, 6, 7, 8, 16])('|x|^%d', (p) => {
  const power = powerFunction(p)
  fc.assert(
    fc.property(fc.double({ min: 2 ** -40, max: 2 ** 40, noNaN: true }), (x) => {
      const want = Math.pow(x, p)
      expect(Math.abs(power(x) - want)).toBeLessThanOrEqual((POWER_ROUNDINGS + 2) * 2 ** -53 * want)
      expect(power(-x)).toBe(power(x))
    }),
    { numRuns: 500 },
  )
  expect([power(0), power(-0), power(1)]).toEqual([0, 0, 1])
})
