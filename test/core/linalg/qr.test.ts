// Catches: an R whose Gram is not that of the rows within the stated column bound, a tail of the block of four rows
// or of the 512-row block, dependence on column scales, a negative diagonal, reading below the diagonal. Cannot
// catch: an error below qrColumnError, which is a worst case and 700 times and more what happens; rows of integers
// and the bit-exact column scaling law are the sharper tests.
import { gamma, qrColumnError, qrUpdate, qrUpper } from '@levattention/core/internal'
import * as fc from 'fast-check'
import { QrDecomposition } from 'ml-matrix'
import { describe, expect, test } from 'vitest'
import {
  DIMS,
  anyMatrix,
  difference,
  gramOf,
  norm,
  randomNumbers,
  sameBits,
  toMl,
  transposed,
  worstRatio,
} from './matrices.ts'

function columnNorms(rows: Float64Array, rowCount: number, dim: number): Float64Array {
  const columns = transposed(rows, rowCount, dim)
  return Float64Array.from({ length: dim }, (_, j) =>
    norm(columns.subarray(j * rowCount, (j + 1) * rowCount)),
  )
}

/** |R^T R - rows^T rows| over D_j D_k (2c + c^2) and what the two Grams of the check may err. */
function gramRatio(
  upper: Float64Array,
  rows: Float64Array,
  rowCount: number,
  dim: number,
  c: number,
): number {
  const sizes = columnNorms(rows, rowCount, dim)
  const allowed = 2 * c + c * c + (gamma(rowCount) + gamma(dim)) * (1 + c) ** 2 + 4 * 2 ** -53
  const bound = Float64Array.from(
    { length: dim * dim },
    (_, k) => allowed * sizes[Math.floor(k / dim)] * sizes[k % dim],
  )
  return worstRatio(difference(gramOf(upper, dim, dim), gramOf(rows, rowCount, dim)), bound)
}

function expectUpper(upper: Float64Array, dim: number): void {
  for (let i = 0; i < dim; i++) {
    expect(upper[i * dim + i]).toBeGreaterThanOrEqual(0)
    expect(upper.subarray(i * dim, i * dim + i).every((x) => x === 0)).toBe(true)
  }
}

describe.each([...DIMS, 256])('qrUpper of [2 dim + 1, dim], dim %i', (dim) => {
  const rowCount = 2 * dim + 1
  const rows = randomNumbers(rowCount * dim, dim)
  const upper = qrUpper(rows, rowCount, dim)

  test('has the Gram of the rows, columnwise; upper; diagonal >= 0', () => {
    expectUpper(upper, dim)
    expect(gramRatio(upper, rows, rowCount, dim, qrColumnError(rowCount, dim))).toBeLessThanOrEqual(1)
  })

  test('twice the same bits, the rows untouched', () => {
    expect(sameBits(qrUpper(rows, rowCount, dim), upper)).toBe(true)
    expect(sameBits(rows, randomNumbers(rowCount * dim, dim))).toBe(true)
  })

  test('is the R of ml-matrix up to signs of rows', () => {
    const oracle = Float64Array.from(
      new QrDecomposition(toMl(rows, rowCount, dim)).upperTriangularMatrix.to1DArray(),
    )
    const signed = oracle.map((x, k) => x * Math.sign(oracle[Math.floor(k / dim) * (dim + 1)]))
    // Random and tall: condition below 10; Higham 2002, section 19.9: |dR|_F about condition |E|_F.
    const bound = 2 * 10 * Math.SQRT2 * 50 * dim * 2 ** -53 * norm(upper)
    expect(norm(difference(upper, signed))).toBeLessThanOrEqual(bound)
  })
})

test.each([0, 1, 2, 3, 4, 5, 31, 32, 33, 511, 512, 513, 1025])('every tail length: %i rows', (rowCount) => {
  for (const dim of [1, 3, 8]) {
    const rows = randomNumbers(rowCount * dim, rowCount + dim)
    const upper = qrUpper(rows, rowCount, dim)
    expectUpper(upper, dim)
    expect(gramRatio(upper, rows, rowCount, dim, qrColumnError(rowCount, dim))).toBeLessThanOrEqual(1)
  }
})

test.each([
  [512, 8],
  [2000, 16],
])('integer rows [%i, %i], whose Gram is exact: R^T R is right to sqrt(rows) units', (rowCount, dim) => {
  const rows = randomNumbers(rowCount * dim, dim).map((x) => Math.round(100 * x))
  const upper = qrUpper(rows, rowCount, dim)
  const sizes = columnNorms(rows, rowCount, dim)
  const error = difference(gramOf(upper, dim, dim), gramOf(rows, rowCount, dim))
  const worst = error.map((x, k) => Math.abs(x) / (sizes[Math.floor(k / dim)] * sizes[k % dim]))
  expect(Math.max(...worst)).toBeLessThanOrEqual(Math.sqrt(rowCount) * 2 ** -53)
})

test('any matrix, however conditioned', () => {
  fc.assert(
    fc.property(anyMatrix, ({ dim, matrix }) => {
      const upper = qrUpper(matrix, dim, dim)
      expectUpper(upper, dim)
      expect(gramRatio(upper, matrix, dim, dim, qrColumnError(dim, dim))).toBeLessThanOrEqual(1)
    }),
  )
})

test('updating in parts, and merging two parts, gives the Gram of all rows within the composed bounds', () => {
  fc.assert(
    fc.property(
      fc.nat(),
      fc.integer({ min: 1, max: 12 }),
      fc.nat(40),
      fc.nat(40),
      (seed, dim, first, second) => {
        const rows = randomNumbers((first + second) * dim, seed)
        const cut = first * dim
        const [c1, c2] = [qrColumnError(first, dim), qrColumnError(second, dim)]

        const updated = qrUpper(rows.subarray(0, cut), first, dim)
        qrUpdate(updated, rows.subarray(cut), second, dim)
        expectUpper(updated, dim)
        expect(gramRatio(updated, rows, first + second, dim, c1 + c2 + c1 * c2)).toBeLessThanOrEqual(1)

        const merged = qrUpper(rows.subarray(0, cut), first, dim)
        qrUpdate(merged, qrUpper(rows.subarray(cut), second, dim), dim, dim)
        const part = Math.max(c1, c2)
        const merge = qrColumnError(dim, dim)
        expect(gramRatio(merged, rows, first + second, dim, part + merge + part * merge)).toBeLessThanOrEqual(
          1,
        )
      },
    ),
  )
})

test('a power of two on a column scales that column of R and changes no other bit', () => {
  const exponents = fc.array(fc.integer({ min: -450, max: 450 }), { minLength: 1, maxLength: 20 })
  fc.assert(
    fc.property(exponents, fc.integer({ min: 0, max: 40 }), fc.nat(), (powers, rowCount, seed) => {
      const dim = powers.length
      const rows = randomNumbers(rowCount * dim, seed)
      const scale = (x: number, k: number) => x * 2 ** powers[k % dim]
      expect(sameBits(qrUpper(rows.map(scale), rowCount, dim), qrUpper(rows, rowCount, dim).map(scale))).toBe(
        true,
      )
    }),
  )
})

test('|R q| is |A q| within c sum_a D_a |q_a|, for one column at 1e150 and one at 1e-150 too', () => {
  const dim = 5
  const rowCount = 600
  const sizes = [1e150, 1e-150, 1, 1e-3, 1e10]
  const rows = randomNumbers(rowCount * dim, 5).map((x, k) => x * sizes[k % dim])
  const upper = qrUpper(rows, rowCount, dim)
  const columns = columnNorms(rows, rowCount, dim)
  for (let seed = 0; seed < 50; seed++) {
    const query = randomNumbers(dim, seed).map((x, a) => x / sizes[a])
    const image = (a: Float64Array, count: number) =>
      norm(
        Float64Array.from({ length: count }, (_, i) =>
          query.reduce((sum, q, j) => sum + q * a[i * dim + j], 0),
        ),
      )
    const weight = query.reduce((sum, q, a) => sum + Math.abs(q) * columns[a], 0)
    const check = gamma(rowCount + dim + 4)
    const error = Math.abs(image(upper, dim) - image(rows, rowCount))
    expect(error).toBeLessThanOrEqual((qrColumnError(rowCount, dim) + check) * weight)
  }
})

test('rows of zeros change no bit; below the diagonal nothing is read or written', () => {
  const dim = 4
  const rows = randomNumbers(8 * dim, 3)
  const upper = qrUpper(rows, 8, dim)
  qrUpdate(upper, new Float64Array(3 * dim), 3, dim)
  expect(sameBits(upper, qrUpper(rows, 8, dim))).toBe(true)

  const dirty = upper.map((x, k) => (k % dim < Math.floor(k / dim) ? NaN : x))
  qrUpdate(dirty, rows, 8, dim)
  qrUpdate(upper, rows, 8, dim)
  expect(dirty.map((x, k) => (k % dim < Math.floor(k / dim) ? 0 : x))).toEqual(upper)
  expect(dirty[dim]).toBeNaN()
})

test('defined answers: no rows, no columns, a negative diagonal turned, one row, rank one', () => {
  expect(qrUpper(new Float64Array(0), 0, 2)).toEqual(new Float64Array(4))
  expect(qrUpper(new Float64Array(0), 7, 0)).toEqual(new Float64Array(0))
  const negative = Float64Array.of(-1, 2, 0, -3)
  qrUpdate(negative, new Float64Array(0), 0, 2)
  expect(negative).toEqual(Float64Array.of(1, -2, 0, 3))
  expect(qrUpper(Float64Array.of(-3, 6), 1, 2)).toEqual(Float64Array.of(3, -6, 0, 0))
  expect(qrUpper(Float64Array.of(3, 4), 2, 1)).toEqual(Float64Array.of(5))
  expect(qrUpper(Float64Array.of(1e200, 1e200), 2, 1)[0] / 1e200).toBeCloseTo(Math.SQRT2, 14)
  expect(qrUpper(Float64Array.of(1e-200, 1e-200), 2, 1)[0] / 1e-200).toBeCloseTo(Math.SQRT2, 14)
})

test('a NaN comes out as NaN, and a wrong shape is refused', () => {
  expect(qrUpper(Float64Array.of(1, NaN, 2, 3), 4, 1)[0]).toBeNaN()
  expect(() => qrUpper(new Float64Array(5), 2, 2)).toThrow(/^rows holds 5/)
  expect(() => qrUpdate(new Float64Array(3), new Float64Array(4), 2, 2)).toThrow(/^upper holds 3/)
})

test('qrColumnError: the constants of its derivation, growing with rows and columns, void at last', () => {
  expect(qrColumnError(0, 8)).toBe(0)
  expect(qrColumnError(8, 0)).toBe(0)
  // 4 rows: depth 1 + 0 + 2 + 1 = 4; 512 rows: 1 + 7 + 2 + 16 = 26
  expect(qrColumnError(1, 1) / (2 * gamma(12))).toBeCloseTo(1, 9)
  expect(qrColumnError(512, 3) / (3 * 2 * gamma(56))).toBeCloseTo(1, 9)
  expect(qrColumnError(513, 3) / qrColumnError(512, 3)).toBeCloseTo(2, 9)
  expect(qrColumnError(1e6, 64)).toBeLessThan(2e-9)
  expect(qrColumnError(1e18, 64)).toBe(Infinity)
})
