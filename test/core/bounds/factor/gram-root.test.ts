// Catches: an R by Cholesky that is further off than the QR's bound it goes under, a chunk that only QR serves and is taken.
// Cannot catch: a bound that is too generous; that a stream then has the batch's U is tested in test/laws.
import { GramAccumulator, qrColumnError, rootOfGram, scalarKernels } from '@levattention/core/internal'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { exactGram, relativeError } from '../../../laws/rational.ts'
import { anyKeys, gaussianKeys, nearlyDeficientKeys, rankDeficientKeys } from '../../../support/matrices.ts'
import { Random } from '../../../support/random.mjs'
import type { DenseMatrix } from '../../../support/oracle.ts'

function rootOf({ rows, cols, data }: DenseMatrix, columnError = qrColumnError(rows, cols)) {
  const kernels = scalarKernels()
  const accumulator = new GramAccumulator(kernels, cols)
  const held = kernels.f64(data.length)
  held.set(data)
  accumulator.add(held, rows)
  const gram = accumulator.finish()
  return { upper: rootOfGram(gram, columnError), exponents: gram.exponents }
}

/** |R q|² (R's float64 entries as they are) against |K q|², both exactly. */
function squares(upper: Float64Array, exponents: Int32Array, keys: DenseMatrix, q: Float64Array) {
  const { cols } = keys
  const scaled = upper.map((value, i) => value * 2 ** exponents[i % cols])
  const square = (matrix: DenseMatrix) => {
    const { numbers, shift } = exactGram(matrix)
    const ints = Array.from(q, (value) => BigInt(value))
    let sum = 0n
    for (let a = 0; a < cols; a++)
      for (let b = 0; b < cols; b++) sum += ints[a] * ints[b] * numbers[a * cols + b]
    return { num: sum, den: 2n ** BigInt(shift) }
  }
  return { root: square({ rows: cols, cols, data: scaled }), keys: square(keys) }
}

test('where R comes from the Gram, every |R q| is within the column error', () => {
  let served = 0
  fc.assert(
    fc.property(
      fc.oneof(gaussianKeys({ maxRows: 60, maxCols: 5 }), anyKeys({ maxRows: 40, maxCols: 4 })),
      fc.nat(),
      (keys, seed) => {
        const { upper, exponents } = rootOf(keys)
        if (!upper || exponents.some((e) => e < -200)) return
        served++
        const random = new Random(seed)
        const q = Float64Array.from({ length: keys.cols }, () => random.below(2001) - 1000)
        const { root, keys: exact } = squares(upper, exponents, keys, q)
        const allowed = qrColumnError(keys.rows, keys.cols)
        let size = 0
        for (let a = 0; a < keys.cols; a++) {
          let norm = 0
          for (let j = 0; j < keys.rows; j++) norm += keys.data[j * keys.cols + a] ** 2
          size += Math.sqrt(norm) * Math.abs(q[a])
        }
        const value = Math.sqrt(Number(exact.num) / Number(exact.den))
        if (!(value > 0)) return
        // | |Rq| - |Kq| | = |Kq| · relative error of the square / 2, nearly.
        const off = (relativeError(Number(root.num) / Number(root.den), exact) * value) / 2
        expect(off).toBeLessThanOrEqual(allowed * size + 4e-16 * value)
      },
    ),
    { numRuns: 200 },
  )
  expect(served).toBeGreaterThan(30)
})

test('dependent or too few rows are left to QR', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        rankDeficientKeys({ maxRows: 40, maxCols: 5 }),
        nearlyDeficientKeys({ maxRows: 40, maxCols: 5 }),
      ),
      (keys) => {
        // Columns of zeros count as none, and a single column that is left is of full rank.
        fc.pre(
          keys.cols > 1 &&
            [...Array(keys.cols).keys()].every((a) =>
              keys.data.some((x, i) => i % keys.cols === a && x !== 0),
            ),
        )
        expect(rootOf(keys).upper).toBeUndefined()
      },
    ),
    { numRuns: 60 },
  )
  expect(rootOf({ rows: 2, cols: 3, data: Float64Array.of(1, 0, 2, 0, 1, 1) }).upper).toBeUndefined()
})

test('a column of zeros stays zero, and no allowance is no R', () => {
  const data = Float64Array.from({ length: 30 * 3 }, (_, i) => (i % 3 === 1 ? 0 : Math.sin(i * i)))
  const { upper } = rootOf({ rows: 30, cols: 3, data }, 1e-10)
  expect(Array.from({ length: 3 }, (_, a) => upper![a * 3 + 1])).toEqual([0, 0, 0])
  expect(rootOf({ rows: 30, cols: 3, data }, 0).upper).toBeUndefined()
})
