// Catches: a root that is not the largest mean at which the test of theory.md section 4 rejects, a bound that fails more often than
// its chance says, one that never fails where it is weakened (which would show that the trial sees nothing). Cannot catch: an error in
// the inequality that shows at chances far below a hundredth alone.
import { logOfChance, lowerMean } from '@levattention/core/internal'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { mostFailures } from '../../support/estimate-trial.mjs'
import { Random } from '../../support/random.mjs'

const LAMBDAS = [0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.7, 0.85]

/** max over l of Σ l xi - psi xi², xi = y/M - 1: what has to stay below log(8/delta) at M = E y. */
function evidenceAt(values: readonly number[], mean: number): number {
  return Math.max(
    ...LAMBDAS.map((lambda) => {
      const psi = -Math.log(1 - lambda) - lambda
      return values.reduce((sum, y) => sum + lambda * (y / mean - 1) - psi * (y / mean - 1) ** 2, 0)
    }),
  )
}

function boundOf(values: readonly number[], logTerm: number): number {
  const sum = values.reduce((all, y) => all + y, 0)
  return lowerMean(
    values.length,
    sum,
    values.reduce((all, y) => all + y * y, 0),
    logTerm,
  )
}

test('it is the largest mean that is refused', () => {
  const values = fc.array(fc.double({ min: 0.1, max: 3, noNaN: true }), { minLength: 80, maxLength: 300 })
  fc.assert(
    fc.property(values, fc.double({ min: 0.5, max: 12, noNaN: true }), (some, logTerm) => {
      const bound = boundOf(some, logTerm)
      if (bound > 0) expect(evidenceAt(some, bound * (1 - 1e-9))).toBeGreaterThan(logTerm - 1e-6)
      const mean = some.reduce((sum, y) => sum + y, 0) / some.length
      for (const factor of [1.0001, 1.01, 1.1, 2])
        if (bound * factor <= mean * 1.5 && bound > 0)
          expect(evidenceAt(some, bound * factor)).toBeLessThan(logTerm + 1e-6)
    }),
  )
})

test('nothing is said of numbers that are all 0, or too few', () => {
  expect(lowerMean(100, 0, 0, logOfChance(0.1))).toBe(0)
  expect(boundOf([1, 2], logOfChance(1e-6))).toBe(0)
})

test('it is above the mean no more often than its chance, whatever the values; weakened tenfold it is', () => {
  const random = new Random(5)
  const uniform = () => random.uniform()
  const shapes: Readonly<Record<string, readonly [mean: number, draw: () => number]>> = {
    uniform: [0.5, uniform],
    // One in 200 is 200: a bound by their variance alone would need to see one.
    spikes: [1, () => (uniform() < 0.005 ? 200 : 0)],
    exponential: [1, () => -Math.log(uniform())],
    'square of a ratio': [1, () => 0.5 / Math.sqrt(uniform())],
  }
  const [trials, delta] = [300, 0.1]
  let weakened = 0
  for (const [shape, [mean, draw]] of Object.entries(shapes)) {
    let failures = 0
    for (let trial = 0; trial < trials; trial++) {
      const values = Array.from({ length: 300 }, draw)
      if (boundOf(values, logOfChance(delta)) > mean) failures++
      if (boundOf(values, logOfChance(delta) / 10) > mean) weakened++
    }
    expect(failures, shape).toBeLessThanOrEqual(mostFailures(trials, delta, Object.keys(shapes).length))
  }
  expect(weakened).toBeGreaterThan(50)
})
