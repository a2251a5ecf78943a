// Catches: leverage that is not exact where columns depend on one another, rows are fewer than columns, or sizes are extreme; a
// masked key that counts. Cannot catch: keys that no tolerance tells from dependent ones (the oracle's own is drawn there).
import { followHere, leverageOf, matrix, scalarKernels } from '@levattention/core/internal'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  duplicateKeys,
  gaussianKeys,
  keyLikeKeys,
  rankDeficientKeys,
  repeatedBasisKeys,
  scaledColumnKeys,
  sparseKeys,
  tinyKeys,
  gaussian,
} from '../../support/matrices.ts'
import { type DenseMatrix, leverageOracle } from '../../support/oracle.ts'
import { readNpyMatrix } from '../../support/npy.mjs'
import { describeShared, sharedSets } from '../../support/shared-data.ts'
import { tiered } from '../../support/tier.ts'

const kernels = scalarKernels()
const leverage = ({ rows, cols, data }: DenseMatrix) =>
  followHere(leverageOf(matrix(data, { rows, cols })), kernels)

function expectSame(keys: DenseMatrix): void {
  const wanted = keys.data.every((x) => x === 0) ? new Float64Array(keys.rows) : leverageOracle(keys).leverage
  const found = leverage(keys)
  const off = wanted.findIndex((tau, j) => !(Math.abs(tau - found[j]) <= 1e-10))
  expect({ off, found: found[off], wanted: wanted[off] }).toEqual({ off: -1 })
}

const kinds = {
  gaussianKeys,
  keyLikeKeys,
  sparseKeys,
  scaledColumnKeys,
  rankDeficientKeys,
  duplicateKeys,
  repeatedBasisKeys,
}

describe('leverage by Grams is that of a singular value decomposition', () => {
  test.each(Object.entries(kinds))('%s', (_name, keys) => {
    fc.assert(fc.property(keys({ maxRows: 80, maxCols: 24 }), expectSame), { numRuns: tiered(60, 600) })
  })
  test('tiny', () => {
    fc.assert(fc.property(tinyKeys(), expectSame), { numRuns: 100 })
  })
  test.each([1e150, 1e-150, 1e-300])('entries about %s', (size) => {
    const keys = gaussian(40, 6, 1)
    expectSame({ ...keys, data: keys.data.map((x) => x * size) })
  })
  // Rounding of the last column is a third direction, as long as the others once it is lifted.
  test.each([2, 3, 4, 5, 6, 8])(
    '%s columns and a rounded combination of them, a column of zeros between',
    (dim) => {
      for (const [seed, empty] of [1, 2, 3, 4, 5].flatMap((s) => [[s, 0] as const, [s, 1] as const])) {
        const own = gaussian(200, dim, seed)
        const cols = dim + 1 + empty
        const data = new Float64Array(200 * cols)
        for (let row = 0; row < 200; row++) {
          for (let a = 0; a < dim; a++) {
            const x = own.data[row * dim + a]
            data[row * cols + a] = x
            data[row * cols + cols - 1] += x * (0.3 + 0.4 * a)
          }
        }
        expectSame({ rows: 200, cols, data })
      }
    },
  )
  test('fewer rows than columns: all are 1', () => {
    const found = leverage(gaussian(64, 96, 7))
    expect([...found].map((tau) => Math.round(tau * 1e9))).toEqual(Array(64).fill(1e9))
  })
})

describeShared('leverage of real heads', () => {
  test.each(
    sharedSets()
      .filter(({ rows }) => rows <= 2000)
      .slice(0, tiered(12, 100)),
  )('$name', ({ keysPath }) => {
    expectSame(readNpyMatrix(keysPath))
  })
})
