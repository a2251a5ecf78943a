/**
 * Catches: a sum that depends on order or cut, or is rounded more than once; a largest value that is lost; a scale whose
 * probabilities do not sum to S, or with certain rows that are not. Cannot catch: wrong scores.
 */
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  ALL_ROWS,
  ExactSum,
  type ImportanceSurvey,
  LargestValues,
  probabilityOf,
  scaleOf,
  SurveySum,
} from '@levattention/core/internal'
import { Random } from '../../support/random.mjs'

/** Scores from 2^-1022 to 1: several at 1, ties, zeros, and some of very different size. */
const importances = fc.array(
  fc.oneof(
    fc.constantFrom(0, 1, 0.5, 2 ** -30, 2 ** -1022),
    fc.double({ min: 1e-3, max: 1, noNaN: true }),
    fc.integer({ min: -200, max: 0 }).map((e) => 1.5 * 2 ** e),
  ),
  { maxLength: 200 },
)

function surveyOf(values: readonly number[], rows: number): ImportanceSurvey {
  const sum = new SurveySum(rows)
  for (const value of values) sum.addRow(value)
  return sum.finish()
}

/** `value`, a whole multiple of 2^-1000, as their number. */
function bigOf(value: number): bigint {
  return BigInt(value * 2 ** 500 * 2 ** 500)
}

describe('ExactSum', () => {
  test('is rounded once, whatever the order and the cut', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc
            .tuple(
              fc.integer({ min: -(2 ** 40), max: 2 ** 40 }),
              fc.oneof(fc.integer({ min: -900, max: -60 }), fc.integer({ min: -110, max: -20 })),
            )
            .map(([m, e]) => m * 2 ** e),
          { maxLength: 40 },
        ),
        fc.nat(40),
        (terms, cut) => {
          const exact = terms.reduce((sum, term) => sum + bigOf(term), 0n)
          const whole = new ExactSum()
          for (const term of terms) whole.add(term)
          const [first, second] = [new ExactSum(), new ExactSum()]
          for (const term of terms.slice(cut).reverse()) first.add(term)
          for (const term of terms.slice(0, cut)) second.add(term)
          first.addParts(second.parts)
          expect(first.value).toBe(whole.value)
          // Number() of a BigInt rounds to nearest, ties to even.
          expect(whole.value).toBe(Number(exact) * 2 ** -500 * 2 ** -500)
        },
      ),
    )
  })

  test('of many terms is that of integers', () => {
    const random = new Random(1)
    const sum = new ExactSum()
    let exact = 0n
    // Each is a multiple of 2^-100, and past 2^20 of them the grids are emptied.
    for (let i = 0; i < 1_100_000; i++) {
      const term = random.uniform() * 2 ** (-40 * (i % 2)) - (i % 3 === 0 ? 2 ** -33 : 0)
      sum.add(term)
      exact += BigInt(term * 2 ** 100)
    }
    expect(sum.value).toBe(Number(exact) * 2 ** -100)
  })

  test('keeps what float64 sums lose', () => {
    const sum = new ExactSum()
    for (const term of [1, 1e-30, -1, 2 ** -1074, 1e-30]) sum.add(term)
    expect(sum.value).toBe(2e-30)
  })
})

test('LargestValues holds the largest of many, with their ties', () => {
  for (const limit of [1, 3, 700, 5000]) {
    const random = new Random(limit)
    const values = Array.from({ length: 20_000 }, () => random.below(9000) / 9000)
    const largest = new LargestValues(limit)
    for (const value of values) largest.push(value)
    expect([...largest.sorted()]).toEqual(values.toSorted((a, b) => b - a).slice(0, limit))
  }
})

describe('the scale', () => {
  test('makes probabilities that sum to S, or to all nonzero rows where they are fewer', () => {
    fc.assert(
      fc.property(importances, fc.integer({ min: 1, max: 220 }), (values, rows) => {
        const nonzero = values.filter((value) => value > 0).length
        const scale = scaleOf(surveyOf(values, rows), rows)
        const sum = new ExactSum()
        for (const value of values) sum.add(probabilityOf(value, scale))
        const expected = Math.min(rows, nonzero)
        expect(Math.abs(sum.value - expected)).toBeLessThanOrEqual(1e-14 * expected)
        expect(scale === ALL_ROWS).toBe(rows >= nonzero)
        if (scale !== ALL_ROWS) expect(Number.isFinite(scale) && scale > 0).toBe(true)
      }),
      { numRuns: 1000 },
    )
  })

  test('is the same for any cut and order of the rows', () => {
    fc.assert(
      fc.property(importances, fc.integer({ min: 1, max: 60 }), fc.nat(200), (values, rows, cut) => {
        const joined = new SurveySum(rows)
        joined.add(surveyOf(values.slice(cut).reverse(), rows))
        joined.add(surveyOf(values.slice(0, cut), rows))
        expect(scaleOf(joined.finish(), rows)).toBe(scaleOf(surveyOf(values, rows), rows))
      }),
    )
  })

  test('by hand: two certain rows of four, none at equal scores', () => {
    // c (0.25 + 0.125) = 3 - 2.
    expect(scaleOf(surveyOf([1, 0.25, 0.125, 1], 3), 3)).toBe(1 / 0.375)
    expect(scaleOf(surveyOf([0.5, 0.5, 0.5, 0.5], 2), 2)).toBe(1)
    expect(scaleOf(surveyOf([0.5, 0, 0.25], 1), 1)).toBe(1 / 0.75)
  })
})
