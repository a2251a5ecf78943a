// Catches: fewer independent keys than columns whose rank, condition or ridge scores are not those that the whole Gram tells, or that are
// taken for known where the ridge reaches them. Cannot catch: rows that are called independent and are not (sums/independent-rows.test.ts).
import {
  boundOf,
  eigenvaluesOfRows,
  factorOf,
  fewRowsStep,
  firstStep,
  type GramSum,
  gramOfRows,
  Scorer,
  symmetricEigenvalues,
} from '@levattention/core/internal'
import { expect, test } from 'vitest'
import { eachKernels } from '../../../support/each-kernel.ts'
import { gaussian } from '../../../support/matrices.ts'
import { sourceOf } from '../../../support/run-inline.ts'

eachKernels('fewer independent keys than columns', (kernels) => {
  /** Keys with columns of sizes 1 to `spread`, and what is known of them. */
  function known(n: number, d: number, spread: number, zeroColumns: readonly number[] = []) {
    const keys = gaussian(n, d, n + d)
    for (const a of zeroColumns) for (let i = 0; i < n; i++) keys.data[i * d + a] = 0
    for (let i = 0; i < n * d; i++) keys.data[i] *= spread ** ((i % d) / d)
    const rows = kernels.f64(n * d)
    rows.set(keys.data)
    const gram: GramSum = gramOfRows({
      source: sourceOf(keys, 'f64'),
      range: { rowStart: 0, rowEnd: n },
      kernels,
    })
    return { keys, gram, eigenvalues: eigenvaluesOfRows(kernels, rows, n, d) }
  }

  test.each([
    [1, 3, [1]],
    [4, 12, [0, 7]],
    [2, 40, [3]],
  ])('%i rows of %i columns, zeros in %j: the condition that the whole Gram tells', (n, d, zeroColumns) => {
    const { gram, eigenvalues } = known(n, d, 1, zeroColumns)
    const [step, whole] = [fewRowsStep(gram, eigenvalues)!, firstStep(gram)]
    expect(step.first.condition / whole.first.condition).toBeCloseTo(1, 8)
    expect([step.rank, whole.rank]).toEqual([n, n])
  })

  test.each([
    [1, 2, 1],
    [5, 40, 1],
    [30, 33, 1],
    [17, 90, 1e6],
  ])('%i rows of %i columns of sizes up to %f', (n, d, spread) => {
    const { keys, gram, eigenvalues } = known(n, d, spread)
    const step = fewRowsStep(gram, eigenvalues)!
    const whole = firstStep(gram)
    const values = symmetricEigenvalues(whole.matrix, d)
    values.subarray(d - n).forEach((value, i) => expect(eigenvalues[i]).toBeCloseTo(value, 10))
    expect(step).toMatchObject({ rank: n, matrix: whole.matrix, slack: Infinity })
    expect(whole.rank).toBe(n)
    expect(step.first.condition / whole.first.condition).toBeCloseTo(1, 8)
    expect(step.smallestEigenvalue).toBeLessThanOrEqual(0)
    const factor = factorOf(step, n)
    expect(factor.ridge).toBe(factorOf({ ...whole, slack: Infinity }, n).ridge)
    const [rows, tau] = [kernels.f64(n * d), kernels.f64(n)]
    rows.set(keys.data)
    const scorer = new Scorer(kernels, factor, n)
    scorer.scale(rows, n)
    scorer.score(tau, rows, n)
    for (const score of tau.subarray(0, n)) {
      expect(score).toBeGreaterThan(0.998)
      expect(boundOf(factor, score)).toBe(1)
    }
  })

  test('where a row nearly depends on the others the ridge would reach it: nothing is known', () => {
    const { gram, eigenvalues } = known(6, 20, 1)
    expect(fewRowsStep(gram, eigenvalues)).toBeDefined()
    eigenvalues[0] = 1e-11
    expect(fewRowsStep(gram, eigenvalues)).toBeUndefined()
    eigenvalues[0] = NaN
    expect(fewRowsStep(gram, eigenvalues)).toBeUndefined()
  })
})
