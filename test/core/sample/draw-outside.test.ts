// Catches: draws that hang on the cut of the rows, on kernels or on the element type's copies, a row of U among them, a row drawn more or
// less often than its rate says, early draws that prefer some rows (a stage is the first ones), sums over rows that leave one out.
// Cannot catch: rates that are valid and poor.
import {
  ExactSum,
  type EstimateDraws,
  estimateDrawsPass,
  type MatrixSource,
  type UniversalSet,
} from '@levattention/core/internal'
import { findUniversalSet } from '#coordinator/keys/universal'
import { InlineEngine } from '#coordinator/engines/inline-engine'
import { scalarKernels } from '@levattention/core/internal'
import { expect, test } from 'vitest'
import { allKernels } from '../../support/each-kernel.ts'
import { gaussian, stack } from '../../support/matrices.ts'
import { contextOf, sourceOf } from '../../support/run-inline.ts'

const [ROWS, DIM, LIMIT] = [90, 3, 20_000]
const FEW = 500

function keysOf(element: 'f32' | 'f64'): MatrixSource {
  const { data } = gaussian(ROWS, DIM, 9)
  const rows = Array.from({ length: ROWS }, (_, j) =>
    data
      .subarray(j * DIM, (j + 1) * DIM)
      .map((x) => Math.fround(x * (j % 20 === 4 ? 9 : j % 3 === 0 ? 3 : 1))),
  )
  return sourceOf(stack(rows, DIM), element)
}

async function setOf(keys: MatrixSource): Promise<UniversalSet> {
  const context = contextOf(new InlineEngine(scalarKernels), scalarKernels())
  return (await findUniversalSet(keys, { epsilon: 0.2, p: 3 }, context)).universal
}

function drawn(
  keys: MatrixSource,
  universal: UniversalSet,
  { limit = LIMIT, cuts = [] as readonly number[], kernels = scalarKernels() } = {},
): EstimateDraws {
  const { factor, gramFactor, rowIds } = universal
  const ends = [...cuts, ROWS]
  const question = (rowStart: number, rowEnd: number) => ({
    factor,
    gramFactor: gramFactor as NonNullable<typeof gramFactor>,
    seed: 8,
    limit,
    rowCount: ROWS,
    insideRows: rowIds.filter((row) => row >= rowStart && row < rowEnd).sort(),
  })
  const terms = { question: question(0, ROWS), dim: DIM, element: keys.element }
  return ends
    .map((rowEnd, i) => ({ rowStart: ends[i - 1] ?? 0, rowEnd }))
    .map((range) =>
      estimateDrawsPass.map({ source: keys, range, kernels }, question(range.rowStart, range.rowEnd)),
    )
    .reduce((a, b) => estimateDrawsPass.merge(a, b, terms, kernels))
}

function rateSumOf({ rateParts }: EstimateDraws): number {
  const sum = new ExactSum()
  sum.addParts(rateParts)
  return sum.value
}

test('the same draws for every cut, kernels and element type', async () => {
  const keys = keysOf('f32')
  const universal = await setOf(keys)
  const told = (draws: EstimateDraws) => [
    rateSumOf(draws),
    draws.leastRate,
    draws.largestLeverage,
    draws.largestLeverageRatio,
    ...[draws.times, draws.rowIds, draws.rates, draws.rows].map((numbers) => numbers.join()),
  ]
  const whole = drawn(keys, universal, { limit: FEW })
  expect(whole.times).toHaveLength(FEW)
  for (const kernels of allKernels())
    for (const cuts of [[], [1], [30, 31, 64]])
      expect(told(drawn(keys, universal, { limit: FEW, cuts, kernels }))).toEqual(told(whole))
  expect(told(drawn(keysOf('f64'), universal, { limit: FEW }))).toEqual(told(whole))
})

test('rows of U are not drawn, the others as often as their rates say, at every stage', async () => {
  const keys = keysOf('f32')
  const universal = await setOf(keys)
  expect(universal.rowIds.length).toBeGreaterThan(0)
  const draws = drawn(keys, universal)
  const inside = new Set(universal.rowIds)
  expect(draws.restRows).toBe(ROWS - inside.size)
  const rates = new Map(Array.from(draws.rowIds, (row, i) => [row, draws.rates[i]]))
  expect([...rates.keys()].some((row) => inside.has(row))).toBe(false)
  expect(rates.size).toBe(draws.restRows)
  const rateSum = rateSumOf(draws)
  expect([...rates.values()].reduce((sum, rate) => sum + rate, 0)).toBeCloseTo(rateSum, 12)
  expect(Math.min(...rates.values())).toBe(draws.leastRate)
  expect(draws.leastRate).toBeGreaterThanOrEqual(1 / (2 * ROWS))
  for (const count of [1000, LIMIT]) {
    const counts = new Map<number, number>()
    for (const row of draws.rowIds.subarray(0, count)) counts.set(row, (counts.get(row) ?? 0) + 1)
    // Chi-square with rates.size - 1 degrees of freedom: mean k, variance 2k; six standard deviations.
    const square = [...rates].reduce((sum, [row, rate]) => {
      const due = (count * rate) / rateSum
      return sum + ((counts.get(row) ?? 0) - due) ** 2 / due
    }, 0)
    const freedom = rates.size - 1
    expect(Math.abs(square - freedom)).toBeLessThan(6 * Math.sqrt(2 * freedom))
  }
  // What comes first is no larger or smaller a row: the mean row id of the first 2000 within five standard deviations of that of all.
  const mean = (rows: Float64Array) => rows.reduce((sum, row) => sum + row, 0) / rows.length
  expect(Math.abs(mean(draws.rowIds.subarray(0, 2000)) - mean(draws.rowIds))).toBeLessThan(
    (5 * 30) / Math.sqrt(2000),
  )
})
