// Catches: a sketch that fails more often than Cantelli's bound, for one vector and for the keys of a matrix: wrong signs,
// places that hang together, a filter that drops too early. The sketches here are far smaller than the product's, so that
// failures are seen at all; `npm run acceptance -- --only sketch` tries the product's. Cannot catch: failures rarer than
// these tests can count.
import {
  matrix,
  scalarKernels,
  sketchRows,
  stretchProbability,
  type SketchTerms,
} from '@levattention/core/internal'
import { describe, expect, test } from 'vitest'
import { Random } from '../../../support/random.mjs'
import { type DenseMatrix, leverageOracle } from '../../../support/oracle.ts'
import { sketchedKeys } from '../../sums/sketches.ts'

/** More failures than this in `count` trials of chance `p` come once in some 10^4 runs of the test. */
function mostFailures(p: number, count: number): number {
  return count * p + 4 * Math.sqrt(count * p * (1 - p)) + 2
}

describe.each([
  ['two equal entries', [1, 1]],
  ['one entry and a tail', [4, ...Array.from({ length: 40 }, () => 0.5)]],
  ['a flat vector', Array.from({ length: 100 }, () => 1)],
])('%s', (_, vector) => {
  test.each([
    [8, 1, 0.5],
    [8, 2, 0.5],
    [4, 1, 0.9],
  ])(
    '%i rows, %i sketches, c = %d: stretched no more often than Cantelli allows',
    (rows, count, distortion) => {
      const seeds = 3000
      const source = matrix(Float64Array.from(vector), { rows: vector.length, cols: 1 })
      const square = vector.reduce((sum, x) => sum + x * x, 0)
      let failures = 0
      for (let seed = 1; seed <= seeds; seed++) {
        const terms: SketchTerms = { seed, count, rows, distortion }
        const { sketch } = sketchRows(
          { source, range: { rowStart: 0, rowEnd: source.rows }, kernels: scalarKernels() },
          terms,
        )
        const squares = Array.from({ length: count }, (_unused, i) =>
          sketch.tables
            .subarray(i * rows, (i + 1) * rows)
            .reduce((sum, x) => sum + (x * 2 ** sketch.exponents[0]) ** 2, 0),
        )
        if (squares.every((one) => one > (1 + distortion) * square * (1 + 1e-12))) failures++
      }
      const bound = stretchProbability({ seed: 0, count, rows, distortion })
      expect(failures).toBeLessThanOrEqual(mostFailures(bound, seeds))
      // It does happen: a test that sees none would not see too many either.
      expect(failures).toBeGreaterThan(0)
    },
  )
})

/** Two columns; `copies` of each basis vector stand just above epsilon = 1/copies, amid many small rows. */
function thresholdKeys(copies: number, rank: 1 | 2): DenseMatrix {
  const random = new Random(9)
  const rows = 2 * copies
  const data = new Float64Array(2 * rows)
  for (let j = 0; j < rows; j++) {
    const size = j % 2 === 0 || rank === 1 ? 1 : 3
    const sign = random.uniform() < 0.5 ? -1 : 1
    data[2 * j] = j % 2 === 0 || rank === 1 ? sign * size : 0
    data[2 * j + 1] = rank === 1 ? 2 * data[2 * j] : j % 2 === 1 ? sign * size : 0
  }
  return { rows, cols: 2, data }
}

test.each([
  ['coherent', thresholdKeys(4, 2)],
  ['rank-deficient', thresholdKeys(4, 1)],
])('%s keys, a sketch of 8 rows: a key is missed no more often than the formula says', (_, keys) => {
  const { leverage, rank } = leverageOracle(keys)
  const epsilon = 0.999 * Math.max(...leverage)
  const wanted = Array.from(leverage.keys()).filter((j) => leverage[j] >= epsilon)
  const seeds = 1500
  let failures = 0
  for (let seed = 1; seed <= seeds; seed++) {
    const terms: SketchTerms = { seed, count: 1, rows: 8, distortion: 0.75 }
    const { rowIds } = sketchedKeys(keys, terms, epsilon)
    if (!wanted.every((j) => rowIds.includes(j))) failures++
  }
  // Keys here share few directions: rank of them can fail, not rank/epsilon.
  const bound = rank * stretchProbability({ seed: 0, count: 1, rows: 8, distortion: 0.75 })
  expect(failures).toBeLessThanOrEqual(mostFailures(Math.min(1, bound), seeds))
  expect(failures).toBeGreaterThan(0)
})
