// Catches: float64 rows that differ from the definition by more than their bound, heavy pairs that they lose, float32 rows
// and keys that they take otherwise. The algorithm is that of the scalar kernels, whose order softmax-pairs.test.ts tries.
import { float64Error, float64Softmax, scalarKernels } from '@levattention/core/internal'
import { expect, test } from 'vitest'
import { bruteForce, type Case, softmaxCase } from './softmax-case.ts'

const kernels = scalarKernels()

function check(problem: Case, epsilon: number): void {
  const { block, values, valueDim } = problem
  const { queryCount, keyCount, dim } = block
  const { logits, logSums, reaches } = bruteForce(problem)
  const error = float64Error(keyCount)
  // Twice: brute force in float64 is off by as much.
  const errors = reaches.map((reach) => 2 * error.logit(dim, reach))
  const rows = { shifts: new Float64Array(queryCount).fill(-Infinity), totals: new Float64Array(queryCount) }
  const thresholds = Float64Array.from(errors, (mu) => error.threshold(epsilon, mu))
  const capacity = 2 ** 16
  const columns = { queries: new Uint32Array(capacity), keys: new Uint32Array(capacity) }
  const hits = { ...columns, logits: new Float64Array(capacity), capacity, progress: new Uint32Array(1) }
  const count = float64Softmax.softmaxPairs(hits, rows, thresholds, block)
  const found = new Set(Array.from({ length: count }, (_, i) => `${hits.queries[i]},${hits.keys[i]}`))
  const others = { shifts: rows.shifts.map(() => -Infinity), totals: new Float64Array(queryCount) }
  const sums = new Float64Array(queryCount * valueDim)
  float64Softmax.softmaxValues(sums, others, block, values, valueDim)
  expect(others).toEqual(rows)
  const lost: string[] = []
  for (const [q, mu] of errors.entries()) {
    const logSum = rows.shifts[q] + Math.log2(rows.totals[q])
    if (logSums[q] === -Infinity) continue
    expect(Math.abs(logSum - logSums[q])).toBeLessThanOrEqual(
      error.logSum(mu) * Math.LOG2E + 2 ** -52 * Math.abs(logSum),
    )
    const weights = logits[q].map((logit) => 2 ** (logit - logSums[q]))
    weights.forEach((weight, k) => {
      if (weight >= epsilon && !found.has(`${q},${k}`)) lost.push(`${q},${k}`)
    })
    for (let c = 0; c < valueDim; c++) {
      const terms = weights.map((weight, k) => weight * values[k * valueDim + c])
      const [output, size] = [terms, terms.map(Math.abs)].map((all) => all.reduce((a, b) => a + b, 0))
      const off = Math.abs(sums[q * valueDim + c] / rows.totals[q] - output)
      expect(off).toBeLessThanOrEqual(2 * error.output(mu) * size)
    }
  }
  expect(lost).toEqual([])
}

test.each([1, 20, 400, 1e6])(
  'logits of +-%s octaves: within the bound of float64, nothing lost',
  (spread) => {
    for (const [keyCount, dim] of [
      [1, 1],
      [9, 4],
      [700, 33],
    ]) {
      for (const epsilon of [0.3, 1e-3, 1e-200]) {
        const shape = { queryCount: 5, keyCount, dim, valueDim: 3, spread }
        check(softmaxCase(kernels, shape), epsilon)
        check(
          softmaxCase(kernels, { ...shape, range: (q) => [q, 3 * q], isHidden: (k) => k % 3 === 0 }),
          epsilon,
        )
      }
    }
  },
)

test('float64 rows are not rounded', () => {
  const block = {
    queries: Float64Array.of(1),
    queryCount: 1,
    keys: Float64Array.of(1e-12, 0),
    keyCount: 2,
    dim: 1,
  }
  const rows = { shifts: Float64Array.of(-Infinity), totals: new Float64Array(1) }
  const sums = new Float64Array(1)
  float64Softmax.softmaxValues(sums, rows, block, Float64Array.of(1, -1), 1)
  expect(sums[0] / rows.totals[0] / ((1e-12 * Math.LN2) / 2)).toBeCloseTo(1, 3)
})
