// Weights whose roots round the rows. Catches: scores of nearly dependent columns that are farther from exact fractions than
// `thresholdSlack` says; weights far from 1 that take rows out of float64's range, or change a score.
import { levattention, type LevAttention, type KeyFacts } from '@levattention/coordinator'
import { matrix } from '@levattention/core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { exactLeverage } from '../../support/exact-leverage.mjs'
import { Random } from '../../support/random.mjs'

const N = 40
const random = new Random(12)
let lev: LevAttention
beforeAll(async () => {
  lev = await levattention({ workers: 0 })
})
afterAll(() => lev.close())

async function scored(
  rows: readonly (readonly number[])[],
  weights: readonly number[],
): Promise<{ scores: Float64Array; facts: KeyFacts }> {
  const keys = matrix(Float64Array.from(rows.flat()), { rows: rows.length, cols: rows[0].length })
  for await (const { scores, keys: facts } of lev.scores(keys, { weights: Float64Array.from(weights) }))
    return { scores, facts }
  throw new Error('no scores')
}

/** The sum of three columns is nearly one number, but for whole numbers below `apart`. */
function nearly(size: number, apart: number): number[][] {
  return Array.from({ length: N }, () => {
    const [a, b] = [random.below(size), random.below(size)]
    return [a, b, 3 * size - a - b + random.below(apart), 1]
  })
}

test.each([
  [1e4, 2],
  [1e6, 2],
  [1e8, 2],
  [1e11, 2],
  [1e14, 2],
  [1e12, 1e6],
])('columns of %d that depend on one another but for less than %d', async (size, apart) => {
  const rows = nearly(size, apart)
  const weights = rows.map(() => 1 + random.below(4))
  // A row of weight w stands w times, and has the leverage of all of them.
  const repeated = rows.flatMap((row, i) => Array.from({ length: weights[i] }, () => row))
  const exact = exactLeverage(repeated)
  const { scores, facts } = await scored(rows, weights)
  let at = 0
  const worst = rows.reduce((most, _, i) => {
    const wanted = weights[i] * exact[at]
    at += weights[i]
    return Math.max(most, Math.abs(scores[i] / wanted - 1))
  }, 0)
  if (facts.thresholdSlack === 1) {
    expect(facts.warnings.map(({ message }) => message).join()).toContain('these scores are not known')
  } else expect(worst).toBeLessThanOrEqual(facts.thresholdSlack)
})

test('a bound that is near the error is told where it is not small', async () => {
  const slacks = []
  for (const size of [1e4, 1e8]) {
    const rows = nearly(size, 2)
    slacks.push(
      (
        await scored(
          rows,
          rows.map(() => 3),
        )
      ).facts.thresholdSlack,
    )
  }
  expect(slacks[0]).toBeLessThan(1e-8)
  expect(slacks[1]).toBeGreaterThan(1e-9)
  expect(slacks[1]).toBeLessThan(1e-3)
})

test.each([1e-300, 1e300])('weights times %d change no score', async (factor) => {
  const rows = Array.from({ length: N }, () => Array.from({ length: 3 }, () => 1e-200 * random.normal()))
  const weights = rows.map(() => 1 + random.uniform())
  const { scores } = await scored(rows, weights)
  const { scores: other, facts } = await scored(
    rows,
    weights.map((weight) => factor * weight),
  )
  expect(facts.rank).toBe(3)
  scores.forEach((score, i) => expect(Math.abs(other[i] / score - 1)).toBeLessThan(1e-13))
})
