// Catches: a ridge that is too small for what R may be off by. Cannot catch: a column error that is claimed too small (qr.test.ts
// and triangular-sum.test.ts are for that).
import { boundOf, GramSum, solveLower, triangularFactor, TriangularSum } from '@levattention/core/internal'
import { expect, test } from 'vitest'

/**
 * Keys (1, 1)/sqrt 2 and `part` (1, -1)/sqrt 2: R of [2, 2], its Gram, and an R whose second direction came out as
 * `seen` instead.
 */
function twoDirections(part: number, seen: number) {
  const upperOf = (t: number) => {
    const [a, b] = [(1 + t * t) / 2, (1 - t * t) / 2]
    return Float64Array.of(Math.sqrt(a), b / Math.sqrt(a), 0, Math.sqrt(a - (b * b) / a))
  }
  const [a, b] = [(1 + part * part) / 2, (1 - part * part) / 2]
  const exponents = new Int32Array(2)
  const gram = new GramSum(2, { gram: Float64Array.of(a, b, 0, a), exponents, rowCount: 2, depth: 1 })
  const second = Float64Array.of(part * Math.SQRT1_2, -part * Math.SQRT1_2)
  return { exponents, gram, upper: upperOf(seen), second }
}

test('however far R is off within its column error, no bound falls below the ridge score that it stands for', () => {
  for (const columnError of [1e-3, 1e-5, 1e-8]) {
    // | ‖R q‖ - ‖K̂ q‖ | <= c Σ D_a|q_a|: for q = (1, -1)/sqrt 2 that is c.
    for (const part of [0, 0.01, 0.1, 0.5, 1, 3, 8, 20].map((share) => share * columnError)) {
      const { exponents, gram, upper, second } = twoDirections(part, part + columnError)
      const factor = triangularFactor(new TriangularSum(2, exponents, [{ upper, columnError }]), gram)
      expect(factor.ridge).toBeGreaterThan(0)
      const x = solveLower(factor.lower, second, 2)
      const bound = boundOf(factor, x[0] ** 2 + x[1] ** 2)
      // D_a² = (1 + part²)/2: in direction (1, -1) the ridge adds ridge D_a².
      const exact = part ** 2 / (part ** 2 + (factor.ridge * (1 + part ** 2)) / 2)
      expect(bound).toBeGreaterThanOrEqual(Math.min(1, 1.1 * exact))
    }
  }
})
