// Catches: products left out or weighed wrongly, a score that does not turn back into its bound, entries lost below float64's
// range that go unnoticed. Cannot catch: whether the bounds hold (test/laws/lifted-bounds.test.ts).
import {
  usesProducts,
  productColumns,
  productGram,
  productFeaturesOf,
  liftRow,
  matrix,
  powerBound,
  scalarKernels,
  scoreOfBound,
} from '@levattention/core/internal'
import { expect, test } from 'vitest'
import { Random } from '../../../support/random.mjs'

test.each([1, 2, 5])('d = %i: <phi(q), phi(k)> is <q,k>²', (dim) => {
  const random = new Random(dim)
  const columns = productColumns(dim)
  for (let trial = 0; trial < 20; trial++) {
    const rows = Float64Array.from({ length: 2 * dim }, () => random.normal())
    const lifted = new Float64Array(2 * columns)
    expect(liftRow(lifted, 0, rows, 0, dim) && liftRow(lifted, 1, rows, 1, dim)).toBe(true)
    let dot = 0
    for (let a = 0; a < dim; a++) dot += rows[a] * rows[dim + a]
    let product = 0
    for (let c = 0; c < columns; c++) product += lifted[c] * lifted[columns + c]
    expect(product).toBeCloseTo(dot * dot, 12)
  }
})

test('scoreOfBound is the inverse of powerBound, from above by a hair', () => {
  const power = { p: 4, weightSum: 37.5, weightRatio: 1 }
  for (const inflation of [1, 1.1 / 0.7]) {
    for (const bound of [1e-300, 1e-9, 0.01, 0.7]) {
      const back = powerBound(power, inflation, scoreOfBound(power, inflation, bound))
      expect(back).toBeGreaterThanOrEqual(bound)
      expect(back).toBeLessThanOrEqual(bound * (1 + 1e-10))
    }
  }
  expect(scoreOfBound(power, 1, 0)).toBe(0)
})

test('p = 4 with up to 16 columns, and no fewer rows than products', () => {
  expect(usesProducts(4, 1000, 16)).toBe(true)
  expect(usesProducts(4, 1000, 17)).toBe(false)
  expect(usesProducts(4, 135, 16)).toBe(false)
  expect(usesProducts(3, 1000, 4)).toBe(false)
})

const kernels = scalarKernels()
const liftedOf = (data: Float64Array, dim: number, exponents = new Int32Array(dim)) =>
  productGram(
    {
      source: matrix(data.slice(), { rows: data.length / dim, cols: dim }),
      range: { rowStart: 0, rowEnd: data.length / dim },
      kernels,
    },
    exponents,
  )

test('products too small to be exact are noticed, zeros are none', () => {
  expect(liftedOf(Float64Array.of(1, 1e-140, 1, 1e-140), 2).lost).toBe(true)
  expect(liftedOf(Float64Array.of(1, 0, 1, 1e-100), 2).lost).toBe(false)
  // Far below its column's largest: scaling it is not exact.
  expect(liftedOf(Float64Array.of(1e300, 1, 1e-20, 1), 2, Int32Array.of(1000, 1)).lost).toBe(true)
})

test('keys on a cone have no lift: their products depend on one another', () => {
  const random = new Random(3)
  const onCone = Float64Array.from({ length: 600 }, () => random.normal())
  for (let j = 0; j < 200; j++) onCone[3 * j + 2] = Math.hypot(onCone[3 * j], onCone[3 * j + 1]) // c² = a² + b²
  expect(productFeaturesOf(liftedOf(onCone, 3).gram, 0.01)).toBeUndefined()
  const free = Float64Array.from({ length: 600 }, () => random.normal())
  expect(productFeaturesOf(liftedOf(free, 3).gram, 0.01)?.columns).toBe(6)
})
