// Catches: an interval that does not hold the row sum, knowledge of the rest that widens it or does nothing. Cannot catch:
// evidence that is wrong itself (test/laws/every-power.test.ts).
import { powerInterval } from '@levattention/core/internal'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'

const POWERS = [0.3, 1, 1.5, 2.5, 3, 6]
const shares = fc.array(fc.double({ min: 1e-6, max: 1, noNaN: true }), { minLength: 2, maxLength: 40 })

/** Dots whose squares sum to 1, the largest first, and what is known where the first `count` lie inside U. */
function evidenceOf(sizes: readonly number[], count: number, p: number) {
  const total = Math.sqrt(sizes.reduce((sum, x) => sum + x * x, 0))
  const dots = sizes.map((x) => x / total).sort((a, b) => b - a)
  const sum = (values: readonly number[], power: number) => values.reduce((all, x) => all + x ** power, 0)
  const [inside, outside] = [dots.slice(0, count), dots.slice(count)]
  const whole = sum(dots, p)
  const evidence = {
    p,
    restShare: Math.max(0, ...outside.map((x) => x ** p / whole)),
    restLeverage: 1,
    insideCount: inside.length,
    restCount: outside.length,
    insideSquares: sum(inside, 2),
    insidePowers: sum(inside, p),
    dotError: 1e-15,
    squaresError: 1e-13,
  }
  return { evidence, whole, largestSquare: Math.max(0, ...outside.map((x) => x * x)) }
}

test('the interval holds the row sum, and is never wider where the rest’s largest leverage is known', () => {
  const narrower = { above: 0, below: 0 }
  fc.assert(
    fc.property(shares, fc.nat(), fc.constantFrom(...POWERS), (sizes, cut, p) => {
      const { evidence, whole, largestSquare } = evidenceOf(sizes, cut % (sizes.length + 1), p)
      const plain = powerInterval({ ...evidence, restShare: 1 })
      const known = powerInterval({ ...evidence, restShare: 1, restLeverage: largestSquare })
      for (const { low, high } of [plain, known, powerInterval(evidence)]) {
        expect(low).toBeLessThanOrEqual(whole * (1 + 1e-9))
        expect(high).toBeGreaterThanOrEqual(whole * (1 - 1e-9))
      }
      expect(known.low).toBeGreaterThanOrEqual(plain.low * (1 - 1e-12))
      expect(known.high).toBeLessThanOrEqual(plain.high * (1 + 1e-12))
      if (known.high < plain.high * 0.99) narrower.above++
      if (known.low > plain.low * 1.01) narrower.below++
    }),
    { numRuns: 800 },
  )
  expect(narrower.above).toBeGreaterThan(20)
  expect(narrower.below).toBeGreaterThan(20)
})
