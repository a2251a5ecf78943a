// Catches: a "lower bound" above the true eigenvalue (in exact arithmetic for small dim, known spectra above), and a
// bound further below than its derivation says. Cannot catch: an excess at large dim on matrices of unknown spectrum.
import { smallestEigenvalueBound, symmetricEigenvalues } from '@levattention/core/internal'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { exceedsEigenvalue } from './exact.ts'
import { UNIT, anyKind, gramOf, identity, matrixOf, unitColumns, withExactSpectrum } from './matrices.ts'

function bound(matrix: Float64Array, dim: number): number {
  return smallestEigenvalueBound(matrix, dim, symmetricEigenvalues(matrix, dim)[0])
}

test('never above the exact smallest eigenvalue (integers, dim up to 6), and close below it', () => {
  fc.assert(
    fc.property(anyKind, fc.integer({ min: 1, max: 6 }), fc.nat(), (kind, dim, seed) => {
      const matrix = gramOf(unitColumns(matrixOf(kind, dim, seed), dim), dim, dim)
      const certified = bound(matrix, dim)
      expect(exceedsEigenvalue(matrix, dim, certified)).toBe(true)
      // The third margin is 8 errors of at most (dim + 1)² u each below the estimate, and the error of the bound one more.
      expect(exceedsEigenvalue(matrix, dim, certified + 12 * (dim + 2) * (dim + 2) * UNIT)).toBe(false)
    }),
    // One whose estimate takes the third margin.
    { numRuns: 300, examples: [['illConditioned', 3, 2144488036]] },
  )
})

test.each([2, 64, 256])(
  'equicorrelated columns, dim %i: where the eigensolver errs most, the bound holds',
  (dim) => {
    const smallest = 2 ** -20
    const matrix = identity(dim).map((x) => (x === 1 ? 1 : 1 - smallest))
    const certified = bound(matrix, dim)
    expect(certified).toBeLessThan(smallest)
    expect(certified).toBeGreaterThan(smallest - 2 * (dim + 2) ** 2 * UNIT)
  },
)

test('a known spectrum with a zero: at most 0', () => {
  const matrix = withExactSpectrum(Float64Array.of(0, 2, 1, 1))
  expect(bound(matrix, 4)).toBeLessThanOrEqual(0)
  expect(bound(matrix, 4)).toBeGreaterThan(-100 * UNIT)
})

test('negative eigenvalues are bounded too', () => {
  const certified = bound(Float64Array.of(1, 2, 2, 1), 2)
  expect(certified).toBeLessThanOrEqual(-1)
  expect(certified).toBeGreaterThan(-1 - 100 * UNIT)
})

test('an estimate that is too high or not a number certifies nothing', () => {
  for (const estimate of [1.5, NaN, Infinity])
    expect(smallestEigenvalueBound(identity(3), 3, estimate)).toBe(-Infinity)
  expect(smallestEigenvalueBound(Float64Array.of(1, NaN, NaN, 1), 2, 1)).toBe(-Infinity)
})
