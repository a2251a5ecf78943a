// Catches: a gradient that differs between the kernels by a bit at any tail, range or mask; one further from the definition,
// written out here over a dense matrix, than the roundings of its precision allow; shapes that are not refused. Cannot catch: an
// order that is wrong in both kernels and as exact.
import type { Floats } from '@levattention/core'
import {
  float64Gradient,
  GRADIENT_ROWS,
  type Kernels,
  type SoftmaxGradientRows,
} from '@levattention/core/internal'
import { expect, test } from 'vitest'
import { allKernels, eachKernels } from '../../support/each-kernel.ts'
import { bruteForce, type Case, emptyRows, hiddenAtRandom, type Shape, softmaxCase } from './softmax-case.ts'
import { bits, scratch } from './values.ts'

const [scalar, ...faster] = allKernels()

interface Problem extends Case {
  readonly rows: SoftmaxGradientRows
}

/** Rows of the forward kernel, and slopes dO of their outputs. */
function gradientCase(kernels: Kernels, shape: Shape): Problem {
  const one = softmaxCase(kernels, shape)
  const { block, values, valueDim } = one
  const { queryCount } = block
  const rows = emptyRows(kernels, queryCount)
  const sums = kernels.f64(queryCount * valueDim)
  kernels.softmaxValues(sums, rows, block, values, valueDim)
  const dOutputs = scratch(kernels, 'f32', queryCount * valueDim, 77) as Float32Array
  const means = kernels.f64(queryCount)
  for (let i = 0; i < sums.length; i++) {
    const q = Math.floor(i / valueDim)
    if (rows.totals[q] > 0) means[q] += (dOutputs[i] * sums[i]) / rows.totals[q]
  }
  return { ...one, rows: { ...rows, means, dOutputs } }
}

function roomFor(kernels: Kernels, { block, valueDim }: Case) {
  const { queryCount, keyCount, dim } = block
  // One more each, to be left alone; sums are added to what is there.
  const room = (length: number) => kernels.f64(length + 1).fill(0.25)
  return {
    queries: room(queryCount * dim),
    keys: room(keyCount * dim),
    values: room(keyCount * valueDim),
  }
}

function results(kernels: Kernels, shape: Shape): string[] {
  const mark = kernels.mark()
  const problem = gradientCase(kernels, shape)
  const into = roomFor(kernels, problem)
  kernels.softmaxGradient(into, problem.rows, problem.block, problem.values, problem.valueDim)
  const found = Object.values(into).map(bits)
  kernels.release(mark)
  return found
}

function expectEqualBits(shape: Shape): void {
  const want = results(scalar, shape).join()
  if (faster.some((kernels) => results(kernels, shape).join() !== want))
    expect.fail(`the kernels differ: ${JSON.stringify(shape)}`)
}

const TAILS = [0, 1, 3, 4, 5, 7, 8, 9, 13, 25]
const KEY_COUNTS = [...TAILS, 63, 64, 65, 127, 128, 129, 257]

test('equal bits at every tail of queries and keys', () => {
  for (const queryCount of [...TAILS, 63, 64, 65, 130])
    for (const keyCount of KEY_COUNTS) expectEqualBits({ queryCount, keyCount, dim: 3, valueDim: 2 })
})

test('equal bits at every tail of columns', () => {
  for (const dim of [...TAILS, 16, 17])
    for (const valueDim of [...TAILS, 16, 17])
      expectEqualBits({ queryCount: 5, keyCount: 77, dim, valueDim, seed: dim + valueDim })
  expectEqualBits({ queryCount: 70, keyCount: 197, dim: 127, valueDim: 64 })
})

const RANGES = (n: number): ((q: number) => readonly [number, number])[] => [
  (q) => [0, q + 1],
  (q) => [Math.max(0, q - 2), q + 1],
  (q) => [q * 61, q * 61 + 130],
  (q) => (q % 2 === 0 ? [0, 0] : [n, 2 ** 32 - 1]),
  (q) => (q % 3 === 0 ? [7, 3] : [n - 1, n + 9]),
  () => [0, 0],
]

test('equal bits under ranges and masks of every kind, at logits of any size', () => {
  for (const queryCount of [1, 13, 67]) {
    for (const keyCount of [1, 8, 65, 257]) {
      for (const [i, range] of RANGES(keyCount).entries()) {
        const shape = {
          queryCount,
          keyCount,
          dim: 5,
          valueDim: 9,
          range,
          seed: i,
          spread: [0, 8, 70, 200][i % 4],
        }
        expectEqualBits(shape)
        for (const share of [0.5, 1]) expectEqualBits({ ...shape, isHidden: hiddenAtRandom(i, share) })
      }
    }
  }
})

/** From the definition, dense, in float64: sums as SoftmaxGradientSums says, and beside each the sum of its terms' sizes. */
function denseGradients({ block, values, valueDim, rows }: Problem, logits: number[][], logSums: number[]) {
  const { queries, queryCount, keys, keyCount, dim } = block
  const at = (matrix: Floats, row: number, width: number) => [
    ...matrix.subarray(row * width, (row + 1) * width),
  ]
  const dot = (a: number[], b: number[]) => a.reduce((sum, x, i) => sum + x * b[i], 0)
  const out = [queryCount * dim, keyCount * dim, keyCount * valueDim].map((length) => ({
    sums: new Float64Array(length),
    sizes: new Float64Array(length),
  }))
  const add = (to: number, row: number, factor: number, size: number, other: number[]) =>
    other.forEach((x, c) => {
      out[to].sums[row * other.length + c] += factor * x
      out[to].sizes[row * other.length + c] += size * Math.abs(x)
    })
  for (let q = 0; q < queryCount; q++) {
    if (logSums[q] === -Infinity) continue
    const [query, dOutput] = [at(queries, q, dim), at(rows.dOutputs, q, valueDim)]
    const shares = logits[q].map((logit) => 2 ** (logit - logSums[q]))
    const products = Array.from({ length: keyCount }, (_, k) => dot(dOutput, at(values, k, valueDim)))
    const mean = dot(shares, products)
    const size = Math.max(
      ...products.map((_, k) => dot(dOutput.map(Math.abs), at(values, k, valueDim).map(Math.abs))),
    )
    shares.forEach((share, k) => {
      const slope = share * (products[k] - mean)
      add(0, q, slope, share * size, at(keys, k, dim))
      add(1, k, slope, share * size, query)
      add(2, k, share, share, dOutput)
    })
  }
  return out
}

const SHAPES: readonly Shape[] = [
  { queryCount: 1, keyCount: 1, dim: 1, valueDim: 1 },
  { queryCount: 9, keyCount: 63, dim: 5, valueDim: 8 },
  { queryCount: 70, keyCount: 197, dim: 32, valueDim: 20, spread: 4 },
  { queryCount: 20, keyCount: 130, dim: 4, valueDim: 5, range: (q) => [q * 3, q * 7] },
  {
    queryCount: 66,
    keyCount: 90,
    dim: 4,
    valueDim: 5,
    range: (q) => [0, q + 1],
    isHidden: (k) => k % 3 === 0,
  },
  { queryCount: 3, keyCount: 9, dim: 2, valueDim: 2, isHidden: () => true },
]

eachKernels('softmaxGradient', (kernels) => {
  test.each(SHAPES)('float32 and float64 are the dense definition’s: %j', (shape) => {
    const mark = kernels.mark()
    const problem = gradientCase(kernels, shape)
    const { logits, logSums } = bruteForce(problem)
    const wanted = denseGradients(problem, logits, logSums)
    const { block, values, valueDim, rows } = problem
    const [small, large] = [roomFor(kernels, problem), roomFor(kernels, problem)]
    kernels.softmaxGradient(small, rows, block, values, valueDim)
    float64Gradient.softmaxGradient(large, exactRows(problem, logits, logSums), block, values, valueDim)
    const names = ['queries', 'keys', 'values'] as const
    names.forEach((name, i) => {
      const { sums, sizes } = wanted[i]
      expect(small[name].at(-1)).toBe(0.25)
      sums.forEach((sum, at) => {
        expect(Math.abs(large[name][at] - 0.25 - sum)).toBeLessThanOrEqual(1e-13 * (sizes[at] + 1))
        expect(Math.abs(small[name][at] - 0.25 - sum)).toBeLessThanOrEqual(2e-5 * sizes[at] + 1e-15)
      })
    })
    kernels.release(mark)
  })

  test('refused: sums and slopes that are too short, sums that overlap', () => {
    const problem = gradientCase(kernels, { queryCount: 2, keyCount: 3, dim: 1, valueDim: 2 })
    const { block, values, rows } = problem
    const into = roomFor(kernels, problem)
    const call =
      (change: object, others: object = {}) =>
      () =>
        kernels.softmaxGradient({ ...into, ...change }, { ...rows, ...others }, block, values, 2)
    expect(call({ keys: kernels.f64(2) })).toThrow(/sums of keys holds 2/)
    expect(call({}, { dOutputs: kernels.f32(3) })).toThrow(/dOutputs holds 3/)
    expect(call({ keys: into.values })).toThrow(/share memory/)
  })
})

/** Rows as float64 knows them: its shift and total, and the mean of the definition. */
function exactRows({ block, values, valueDim, rows }: Problem, logits: number[][], logSums: number[]) {
  const means = rows.means.map((_, q) =>
    logSums[q] === -Infinity
      ? 0
      : logits[q].reduce((sum, logit, k) => {
          const own = Array.from({ length: valueDim }, (__, c) => rows.dOutputs[q * valueDim + c])
          const product = own.reduce((total, x, c) => total + x * values[k * valueDim + c], 0)
          return sum + 2 ** (logit - logSums[q]) * product
        }, 0),
  )
  const shifts = Float64Array.from(logSums, (sum) => (sum === -Infinity ? sum : Math.ceil(sum)))
  const totals = Float64Array.from(logSums, (sum, q) => (sum === -Infinity ? 0 : 2 ** (sum - shifts[q])))
  return { shifts, totals, means, dOutputs: rows.dOutputs, block }
}

test('a group is as many queries as a block has keys', () => expect(GRADIENT_ROWS).toBe(64))
