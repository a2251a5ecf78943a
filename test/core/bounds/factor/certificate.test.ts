// Catches: a certificate that is wrong in shape (diagonal, zero columns, rank, passes), a refinement that does not refine,
// singular keys that are called regular. Cannot catch: bounds that are a little too small (test/laws/exact-bounds is for that).
import {
  coverRidgeOf,
  factorOf,
  REFINE_ABOVE_SLACK,
  REGULAR_BELOW_SLACK,
  wantedCoordinates,
} from '@levattention/core/internal'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { certify, scoresOf } from '../../../laws/certify.ts'
import { exactLeverage, relativeError } from '../../../laws/rational.ts'
import { anyKeys, stack, wellConditionedKeys } from '../../../support/matrices.ts'
import { Random } from '../../../support/random.mjs'
import { type DenseMatrix, row } from '../../../support/oracle.ts'

const zeros = (rows: number, cols: number): DenseMatrix => ({
  rows,
  cols,
  data: new Float64Array(rows * cols),
})

/** Columns 0 and 1 agree but for 2^-bits. */
function nearlyEqualColumns(bits: number): DenseMatrix {
  const random = new Random(bits)
  const rows = Array.from({ length: 60 }, () => {
    const x = random.normal()
    return Float64Array.of(x, x + random.normal() * 2 ** -bits, random.normal())
  })
  return stack(rows, 3)
}

/** The last column is a combination of the others but for one part in `condition`. */
function nearlyDependentLast(rowCount: number, cols: number, condition: number, random: Random): DenseMatrix {
  const weights = Float64Array.from({ length: cols - 1 }, () => random.normal())
  const rows = Array.from({ length: rowCount }, () => {
    const size = random.uniform() < 0.05 ? 30 : 1
    const values = weights.map(() => size * random.normal())
    const last = values.reduce((sum, x, a) => sum + x * weights[a], 0)
    return Float64Array.of(...values, last + (size * random.normal()) / condition)
  })
  return stack(rows, cols)
}

describe('the first step', () => {
  test('H is symmetric, has a unit diagonal and entries up to 1', () => {
    fc.assert(
      fc.property(anyKeys({ maxRows: 60, maxCols: 8 }), (keys) => {
        const { equilibrated, dim } = certify(keys).steps[0].first
        for (let a = 0; a < dim; a++) {
          expect(equilibrated[a * dim + a]).toBe(1)
          for (let b = 0; b < dim; b++) {
            expect(equilibrated[a * dim + b]).toBeCloseTo(equilibrated[b * dim + a], 15)
            expect(Math.abs(equilibrated[a * dim + b])).toBeLessThanOrEqual(1 + 1e-12)
          }
        }
      }),
      { numRuns: 60 },
    )
  })

  test('zero columns are dead, count for no rank and spoil nothing', () => {
    const rows = [Float64Array.of(1, 0, 2, 0), Float64Array.of(0, 0, 1, 0), Float64Array.of(1, 0, 1, 0)]
    const { factor, source } = certify(stack(rows, 4))
    expect(factor).toMatchObject({
      live: Uint8Array.of(1, 0, 1, 0),
      rank: 2,
      ridge: 0,
      condition: expect.any(Number),
    })
    const without = certify(
      stack(
        rows.map(([x, , z]) => Float64Array.of(x, z)),
        2,
      ),
    )
    const tau = scoresOf(factor, source)
    scoresOf(without.factor, without.source).forEach((value, j) => expect(tau[j]).toBeCloseTo(value, 14))
  })

  test.each([
    ['no rows', zeros(0, 3), 0],
    ['rows of zeros', zeros(5, 3), 0],
    ['one row', stack([Float64Array.of(1, 2, 3)], 3), 1],
    ['fewer rows than columns', stack([Float64Array.of(1, 2, 3), Float64Array.of(3, 1, 0)], 3), 2],
    ['one column', stack([Float64Array.of(2), Float64Array.of(-1)], 1), 1],
  ])('%s: the rank, and a factor that scores', (_name, keys, rank) => {
    const { factor, source } = certify(keys)
    expect(factor.rank).toBe(rank)
    for (const tau of scoresOf(factor, source)) expect(tau).toBeLessThanOrEqual(1 + 1e-9)
    expect(Number.isFinite(factor.condition)).toBe(true)
  })

  test('one column: tau is the share of the squares', () => {
    const { factor, source } = certify(
      stack([Float64Array.of(2), Float64Array.of(-1), Float64Array.of(0)], 1),
    )
    expect(Array.from(scoresOf(factor, source))).toEqual([
      expect.closeTo(0.8, 15),
      expect.closeTo(0.2, 15),
      0,
    ])
  })

  test('condition is that of the column-scaled matrix: column scales do not move it', () => {
    const { factor } = certify(nearlyEqualColumns(10))
    const scaled = nearlyEqualColumns(10)
    for (let i = 0; i < scaled.data.length; i++) scaled.data[i] *= 10 ** (5 * (i % 3))
    expect(certify(scaled).factor.condition / factor.condition).toBeCloseTo(1, 6)
    expect(factor.condition).toBeGreaterThan(2 ** 9)
    expect(factor.condition).toBeLessThan(2 ** 13)
  })
})

describe('refinement', () => {
  test.each([13, 16, 19])('condition 2^%d: one more pass brings the slack below the threshold', (bits) => {
    const { steps, factor } = certify(nearlyEqualColumns(bits))
    expect(steps[0].slack).toBeGreaterThan(REFINE_ABOVE_SLACK)
    expect(steps.at(-1)!.slack).toBeLessThanOrEqual(REFINE_ABOVE_SLACK)
    expect(steps).toHaveLength(2)
    expect(factor).toMatchObject({ ridge: 0, rank: 3 })
    expect(factor.preconditioner).toBeDefined()
    // Near the identity
    expect(steps[1].eigenvalues[0]).toBeGreaterThan(0.9)
    expect(steps[1].eigenvalues.at(-1)).toBeLessThan(1.1)
  })

  test('every score is good to 1e-9, refined or not; a condition below 1000 pays for no second pass', () => {
    const seen = { refined: 0, plain: 0 }
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1999 }), fc.integer({ min: 2, max: 4 }), (seed, cols) => {
        const keys = nearlyDependentLast(60, cols, 2 ** (5 + seed / 200), new Random(seed))
        const { steps, factor, source } = certify(keys)
        const { leverage } = exactLeverage(keys)
        scoresOf(factor, source).forEach((tau, j) => {
          if (tau >= 1e-3) expect(relativeError(tau, leverage[j])).toBeLessThanOrEqual(1e-9)
        })
        if (factor.condition < 900) expect(steps).toHaveLength(1)
        seen[steps.length > 1 ? 'refined' : 'plain']++
      }),
      { numRuns: 100 },
    )
    expect(seen.refined).toBeGreaterThan(20)
    expect(seen.plain).toBeGreaterThan(20)
  })

  test('a column of zeros does not spoil the refined pass: rank, scores and regularity are those without it', () => {
    const keys = nearlyEqualColumns(16)
    const widened = stack(
      Array.from({ length: keys.rows }, (_, j) => {
        const [x, y, z] = row(keys, j)
        return Float64Array.of(x, 0, y, z)
      }),
      4,
    )
    const plain = certify(keys)
    const { factor, source } = certify(widened)
    expect(factor.preconditioner).toBeDefined()
    expect(factor).toMatchObject({ ridge: 0, rank: 3, live: Uint8Array.of(1, 0, 1, 1) })
    const tau = scoresOf(factor, source)
    scoresOf(plain.factor, plain.source).forEach((value, j) => expect(tau[j]).toBeCloseTo(value, 9))
  })

  test('well-conditioned keys take one pass', () => {
    fc.assert(
      fc.property(wellConditionedKeys(), (keys) => {
        expect(certify(keys).steps).toHaveLength(1)
      }),
      { numRuns: 20 },
    )
  })

  test('singular keys end in the ridge after at most 3 passes, and no coordinates are wanted then', () => {
    fc.assert(
      fc.property(anyKeys({ maxRows: 40, maxCols: 8 }), (keys) => {
        const { steps, factor } = certify(keys)
        expect(steps.length).toBeLessThanOrEqual(3)
        expect(wantedCoordinates(steps.at(-1)!)).toBeUndefined()
        const regular = steps.at(-1)!.slack < REGULAR_BELOW_SLACK
        expect(factor.ridge === 0).toBe(regular)
      }),
      { numRuns: 60 },
    )
  })

  test('all rows alike but one in its last bit: three passes see it, and its score is 1', () => {
    const rows = Array.from({ length: 100 }, (_, j) => Float64Array.of(1, j === 40 ? 1 + 2 ** -52 : 1))
    const { steps, factor, source } = certify(stack(rows, 2))
    expect(steps).toHaveLength(3)
    expect(factor).toMatchObject({ ridge: 0, rank: 2, preconditioner: { compensated: Uint32Array.of(0) } })
    scoresOf(factor, source).forEach((tau, j) => expect(tau / (j === 40 ? 1 : 1 / 99)).toBeCloseTo(1, 9))
  })

  test('all rows alike to the last bit are never called regular', () => {
    const { factor } = certify(
      stack(
        [...Array(100)].map(() => Float64Array.of(1, 1)),
        2,
      ),
    )
    expect(factor.ridge).toBeGreaterThan(0)
    expect(factor.rank).toBe(1)
    expect(coverRidgeOf(factor)).toBeGreaterThanOrEqual(factor.ridge)
  })

  test('a ridge in coordinates that would cover no query gives way to the one of the first pass', () => {
    const rows = Array.from({ length: 30 }, (_, j) => Float64Array.of(j, j * j, j + j * j))
    const { steps, factor } = certify(stack(rows, 3))
    expect(factor.ridge).toBeGreaterThan(0)
    expect(factor.preconditioner).toBeDefined()
    const last = steps.at(-1)!
    for (const flaw of [{ forwardNorm: 1e30 }, { inverseError: 0.01 }]) {
      const inaccurate = { ...last, coordinates: { ...last.coordinates!, ...flaw } }
      expect(factorOf(inaccurate, 30)).toMatchObject({
        preconditioner: undefined,
        ridge: 4 * steps[0].first.eta,
      })
      expect(factorOf(inaccurate, 30).gram).toBe(steps[0].first.gram)
    }
  })

  test('T and P are each other’s inverse as far as inverseError says, for singular H too', () => {
    fc.assert(
      fc.property(anyKeys({ maxRows: 30, maxCols: 6 }), (keys) => {
        for (const { coordinates, first } of certify(keys).steps) {
          if (!coordinates) continue
          const { forward, inverse, inverseError } = coordinates
          const { dim, columnNorms } = first
          for (let a = 0; a < dim; a++) {
            for (let b = 0; b < dim; b++) {
              let sum = 0
              for (let i = 0; i < dim; i++) sum += forward[a * dim + i] * inverse[i * dim + b]
              const off = ((sum - (a === b ? 1 : 0)) * columnNorms[a]) / columnNorms[b]
              expect(Math.abs(off)).toBeLessThanOrEqual(inverseError)
            }
          }
        }
      }),
      { numRuns: 60 },
    )
  })
})
