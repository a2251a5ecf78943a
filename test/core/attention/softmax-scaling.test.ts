// Catches: float64 keys and queries of any size that lose their logits in float32 by overflow or underflow, float32 keys that
// are copied for nothing. The truth is float64Softmax, which float64-softmax.test.ts holds against the definition.
import {
  FLOAT32_ERROR,
  float64Softmax,
  MOST_LOGIT_ERROR,
  scalarKernels,
  softmaxScaling,
} from '@levattention/core/internal'
import { expect, test } from 'vitest'
import { emptyRows } from '../kernels/softmax-case.ts'
import { random } from '../kernels/values.ts'

const kernels = scalarKernels()
const [QUERIES, KEYS, DIM, SCALE] = [4, 300, 6, 0.4]
const block = { queryCount: QUERIES, keyCount: KEYS, dim: DIM }

test.each([0, 59, -59, 61, -61, 126, -130, 900, -1000])('keys of 2^%s: sums within their bound', (power) => {
  const next = random(power)
  const draw = (length: number, size: number) => Float64Array.from({ length }, () => (2 * next() - 1) * size)
  const keys = draw(KEYS * DIM, 2 ** power)
  const queries = draw(QUERIES * DIM, 30 * 2 ** -power)
  const { keys: keyFactor, queries: queryFactor } = softmaxScaling(SCALE, largest(keys))

  const singles = { queries: kernels.f32(queries.length), keys: kernels.f32(keys.length) }
  singles.queries.set(queries.map((value) => value * queryFactor))
  singles.keys.set(keys.map((value) => value * keyFactor))
  const rows = emptyRows(kernels, QUERIES)
  kernels.softmaxValues(kernels.f64(0), rows, { ...block, ...singles }, kernels.f32(0), 0)

  const exact = emptyRows(kernels, QUERIES)
  const octaves = queries.map((value) => value * SCALE * Math.LOG2E)
  float64Softmax.softmaxValues(new Float64Array(0), exact, { ...block, queries: octaves, keys }, keys, 0)
  for (let q = 0; q < QUERIES; q++) {
    const norm = (values: Float64Array, row: number) =>
      Math.hypot(...values.subarray(row * DIM, (row + 1) * DIM))
    const longest = Math.max(...Array.from({ length: KEYS }, (_, k) => norm(keys, k)))
    const mu = FLOAT32_ERROR.logit(DIM, SCALE * norm(queries, q) * longest)
    expect(mu).toBeLessThan(MOST_LOGIT_ERROR)
    expect(Math.abs(logSum(rows, q) - logSum(exact, q))).toBeLessThanOrEqual(FLOAT32_ERROR.logSum(mu))
  }
})

test('keys of usual sizes, and zeros, are taken as they are', () => {
  for (const size of [0, 1, 1e-12, 1e12]) expect(softmaxScaling(SCALE, size).keys).toBe(1)
  expect(softmaxScaling(SCALE, 3e30)).toEqual({ keys: 2 ** -102, queries: SCALE * Math.LOG2E * 2 ** 102 })
})

function largest(values: Float64Array): number {
  return values.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
}

function logSum({ shifts, totals }: { shifts: Float64Array; totals: Float64Array }, q: number): number {
  return (shifts[q] + Math.log2(totals[q])) * Math.LN2
}
