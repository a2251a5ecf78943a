// Catches: an R that is further from the rows than its column error says, after any number of chunks, merges and changes of
// exponents. Cannot catch: a bound that is too generous.
import { TriangularSum } from '@levattention/core/internal'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { exactRowSum, minus, toNumber } from '../../laws/rational.ts'
import { anyKeys } from '../../support/matrices.ts'
import { Random } from '../../support/random.mjs'
import type { DenseMatrix } from '../../support/oracle.ts'

/** Exponents of all rows so far, as a Gram sum would have them: of the column's maximum. */
function exponentsOf({ cols, data }: DenseMatrix, rowEnd: number): Int32Array {
  return Int32Array.from({ length: cols }, (_, a) => {
    let largest = 0
    for (let j = 0; j < rowEnd; j++) largest = Math.max(largest, Math.abs(data[j * cols + a]))
    return largest === 0 ? -100_000 : Math.floor(Math.log2(largest)) + 1
  })
}

/** Rows [rowStart, rowEnd) absorbed in chunks of random size. */
function absorbed(keys: DenseMatrix, rowStart: number, rowEnd: number, random: Random): TriangularSum {
  const { cols, data } = keys
  const sum = new TriangularSum(cols, new Int32Array(cols).fill(-100_000))
  for (let row = rowStart; row < rowEnd;) {
    const end = Math.min(rowEnd, row + 1 + random.below(9))
    sum.absorb(data.slice(row * cols, end * cols), end - row, exponentsOf(keys, end))
    row = end
  }
  return sum
}

/** | ‖R q‖ - ‖K̂ q‖ | and Σ D_a |q_a|, for q in scaled columns. */
function offAndSize(sum: TriangularSum, keys: DenseMatrix, q: Float64Array) {
  const { cols } = keys
  const inColumns = keys.data.map((x, i) => (x === 0 ? 0 : x * 2 ** -sum.exponents[i % cols]))
  const inside = { ...keys, data: inColumns }
  const root = exactRowSum(q, { rows: cols, cols, data: sum.whole().upper })
  const direct = exactRowSum(q, inside)
  const lengths = Math.sqrt(toNumber(root)) + Math.sqrt(toNumber(direct))
  let size = 0
  for (let a = 0; a < cols; a++) {
    let norm = 0
    for (let j = 0; j < keys.rows; j++) norm += inside.data[j * cols + a] ** 2
    size += Math.sqrt(norm) * Math.abs(q[a])
  }
  return { off: lengths === 0 ? 0 : Math.abs(toNumber(minus(root, direct))) / lengths, size }
}

test('chunks of any size, merged anywhere: every |R q| is within the column error', () => {
  fc.assert(
    fc.property(anyKeys({ maxRows: 60, maxCols: 5 }), fc.nat(), (keys, seed) => {
      const random = new Random(seed)
      const cut = random.below(keys.rows + 1)
      const sum = absorbed(keys, 0, cut, random)
      const rest = absorbed(keys, cut, keys.rows, random)
      const before = JSON.stringify(rest)
      sum.merge(rest)
      expect(JSON.stringify(rest)).toBe(before)
      const { columnError } = sum.whole()
      for (let i = 0; i < 4; i++) {
        const q = Float64Array.from(
          { length: keys.cols },
          () => random.normal() * 2 ** (10 * random.normal()),
        )
        const { off, size } = offAndSize(sum, keys, q)
        expect(off).toBeLessThanOrEqual(columnError * size * (1 + 1e-12))
      }
    }),
    { numRuns: 60 },
  )
})

test('the error grows with the logarithm of the number of chunks', () => {
  const random = new Random(1)
  const keys = { rows: 4096, cols: 2, data: Float64Array.from({ length: 8192 }, () => random.normal()) }
  const error = (chunks: number) => {
    const sum = new TriangularSum(2, exponentsOf(keys, keys.rows))
    for (let c = 0; c < chunks; c++) sum.absorb(keys.data.slice(16 * c, 16 * c + 16), 8, sum.exponents)
    return sum.whole().columnError
  }
  expect(error(512) / error(8)).toBeLessThan(4)
})

test('raising exponents is exact; an empty sum is an R of zeros without error', () => {
  const sum = new TriangularSum(2, Int32Array.of(2, 3))
  expect(sum.whole()).toMatchObject({ upper: new Float64Array(4) })
  sum.absorb(Float64Array.of(3, 1, -2, 5), 2, Int32Array.of(2, 3))
  const { upper } = sum.whole()
  const raised = sum.clone()
  raised.raiseTo(Int32Array.of(12, 3))
  expect(Array.from(raised.whole().upper)).toEqual([upper[0] * 2 ** -10, upper[1], 0, upper[3]])
  expect(sum.whole().upper).toEqual(upper)
})
