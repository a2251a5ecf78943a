// Catches: a power of two that is off by more than is said of it, or that differs between kernels, at any length of a row; sums of them in another
// order; the largest of a row lost at its end; softmax pairs in float64 that kernels find otherwise than the reference does. Cannot catch: how fast.
import {
  exp2Float64,
  float64Pairs,
  float64Softmax,
  type Kernels,
  type SoftmaxBlock,
  type SoftmaxSums,
} from '@levattention/core/internal'
import { describe, expect, test } from 'vitest'
import { eachKernels } from '../../support/each-kernel.ts'
import { exact } from './exact.ts'
import { softmaxCase, type Shape } from './softmax-case.ts'
import { bits, random, scratch64 } from './values.ts'

type Floats = Float32Array | Float64Array

describe('powers of two', () => {
  const BITS = 240n

  /** 2^x, -1 <= x <= 1, in units of 2^-BITS: the series of exp(x ln 2). */
  function exactPower(x: number): bigint {
    const one = 1n << BITS
    // ln 2 = Σ 1 / (k 2^k)
    let ln2 = 0n
    for (let k = 1n; k < BITS + 8n; k++) ln2 += one / (k << k)
    const z = (exact(x) * ln2) >> 1074n
    let [term, sum] = [one, one]
    for (let k = 1n; k < 80n; k++) {
      term = (term * z) / (k << BITS)
      sum += term
    }
    return sum
  }

  test('are within 3e-16 of themselves, at whole numbers exact', () => {
    const next = random(5)
    let worst = 0
    for (let i = 0; i < 400; i++) {
      const f = i < 200 ? (i - 100) / 200 : 2 * next() - 1
      const found = exact(exp2Float64(f))
      const wanted = exactPower(f) << (1074n - BITS)
      const off = found > wanted ? found - wanted : wanted - found
      worst = Math.max(worst, Number((off << 80n) / wanted) / 2 ** 80)
      // Of a whole number more: the same digits.
      for (const n of [-1020, -60, 61, 1000]) expect(exp2Float64(f + n) / 2 ** n).toBe(exp2Float64(f + n - n))
    }
    expect(worst).toBeLessThan(3e-16)
    expect(worst).toBeGreaterThan(5e-17)
    for (const n of [-1021, -1000, -1, 0, 1, 60, 1022]) expect(exp2Float64(n)).toBe(2 ** n)
    for (const n of [-1021.5, -1e5, -Infinity]) expect(exp2Float64(n)).toBe(0)
  })
})

eachKernels('rows of logits', (kernels) => {
  test.each([1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 23, 31, 32, 33, 64, 100, 255, 256, 257])(
    'of %i keys: the largest, and the sum of powers of two in the stated order',
    (dim) => {
      const rowCount = 67
      const rows = scratch64(kernels, rowCount * dim, dim)
      const next = random(dim)
      rows.forEach((value, i) => (rows[i] = next() < 0.1 ? -Infinity : value * 10 ** (3 * next())))
      const shifts = kernels.f64(rowCount).map(() => Math.ceil(40 * next()))
      const [tops, sums] = [scratch64(kernels, rowCount + 2, 1), scratch64(kernels, rowCount + 2, 2)]
      const [wantTops, wantSums] = [tops.slice(), sums.slice()]
      const placed = kernels.f64(rowCount)
      placed.set(shifts)
      for (let r = 0; r < rowCount; r++) {
        const row = rows.subarray(r * dim, (r + 1) * dim)
        wantTops[r] = Math.max(...row)
        const lanes = [0, 0, 0, 0]
        const weight = (k: number) => (k < dim ? exp2Float64(row[k] - shifts[r]) : 0)
        for (let k = 0; k < dim; k += 8)
          for (let i = 0; i < 4; i++) lanes[i] += weight(k + i) + weight(k + i + 4)
        wantSums[r] = lanes[0] + lanes[1] + lanes[2] + lanes[3]
      }
      kernels.rowTops(tops, rows, rowCount, dim)
      const weights = scratch64(kernels, rowCount * dim + 3, 4)
      const wantWeights = weights.slice()
      for (let i = 0; i < rowCount * dim; i++)
        wantWeights[i] = exp2Float64(rows[i] - shifts[Math.floor(i / dim)])
      kernels.exp2Sums(sums, rows, placed, rowCount, dim)
      expect(bits(sums)).toBe(bits(wantSums))
      kernels.exp2Sums(sums, rows, placed, rowCount, dim, weights)
      expect(bits(weights)).toBe(bits(wantWeights))
      expect(bits(tops)).toBe(bits(wantTops))
      expect(bits(sums)).toBe(bits(wantSums))
    },
  )
})

eachKernels('softmax pairs in float64', (kernels) => {
  const shapes: readonly Shape[] = [
    { queryCount: 1, keyCount: 1, dim: 1 },
    { queryCount: 5, keyCount: 700, dim: 33, spread: 400 },
    { queryCount: 258, keyCount: 257, dim: 7, spread: 20, isHidden: (k) => k % 3 === 0 },
    { queryCount: 261, keyCount: 530, dim: 4, spread: 3, range: (q) => [q, 2 * q] },
    { queryCount: 9, keyCount: 513, dim: 2, range: (q) => [300 - q, 10], isHidden: (k) => k > 400 },
    { queryCount: 7, keyCount: 300, dim: 3, spread: 1e6, range: (q) => [q, 257] },
  ]

  test.each(shapes)('$queryCount x $keyCount: those of the reference, bit for bit', (shape) => {
    const { block } = softmaxCase(kernels, shape)
    const queries = kernels.f64(block.queries.length)
    queries.set(block.queries)
    for (const [thresholdsOf, threshold] of [
      ['weights', -9],
      ['weights', -Infinity],
      ['logits', 2],
    ] as const) {
      const found = search(kernels, float64Pairs(kernels), { ...block, queries }, threshold, thresholdsOf)
      const reference = float64Softmax.softmaxPairs.bind(float64Softmax)
      const wanted = search(kernels, reference, { ...block, queries }, threshold, thresholdsOf)
      expect(found).toEqual(wanted)
    }
  })
})

/** Rows and hits, call by call of little room. */
function search(
  kernels: Kernels,
  softmaxPairs: SoftmaxSums<Floats>['softmaxPairs'],
  block: SoftmaxBlock<Floats>,
  threshold: number,
  thresholdsOf: 'weights' | 'logits',
) {
  const { queryCount } = block
  const rows = { shifts: new Float64Array(queryCount).fill(-Infinity), totals: new Float64Array(queryCount) }
  const thresholds = new Float64Array(queryCount).fill(threshold)
  const capacity = 2500
  const columns = { queries: new Uint32Array(capacity), keys: new Uint32Array(capacity) }
  const hits = { ...columns, logits: new Float64Array(capacity), capacity, progress: new Uint32Array(1) }
  const all: string[] = []
  let calls = 0
  do {
    const mark = kernels.mark()
    const count = softmaxPairs(hits, rows, thresholds, block, thresholdsOf)
    expect(kernels.mark()).toBe(mark)
    for (let i = 0; i < count; i++) all.push(`${hits.queries[i]} ${hits.keys[i]} ${hits.logits[i]}`)
  } while (hits.progress[0] !== 0 && ++calls < 1000)
  return { shifts: [...rows.shifts], totals: [...rows.totals], all }
}
