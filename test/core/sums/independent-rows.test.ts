// Catches: dependent rows that are taken for independent ones (their scores would be wrong), and independent ones of any size of numbers that
// are not seen to be.
import { areIndependent } from '@levattention/core/internal'
import { expect, test } from 'vitest'
import { eachKernels } from '../../support/each-kernel.ts'
import { Random } from '../../support/random.mjs'

eachKernels('independent rows', (kernels) => {
  function rowsOf(n: number, d: number, scale = 1): Float64Array {
    const random = new Random(n * d)
    return Float64Array.from({ length: n * d }, (_, i) => scale ** (Math.floor(i / d) % 3) * random.normal())
  }

  test.each([1, 1e-100, 1e100])('of numbers of size %s', (scale) => {
    for (const [n, d] of [
      [1, 1],
      [3, 3],
      [7, 30],
      [60, 90],
    ])
      expect(areIndependent(kernels, rowsOf(n, d, scale), n, d)).toBe(true)
  })

  test.each<[string, (rows: Float64Array) => void]>([
    ['one twice', (rows) => rows.copyWithin(20, 0, 20)],
    [
      'one nearly twice',
      (rows) => rows.subarray(20, 40).forEach((_, i, row) => (row[i] = rows[i] * (1 + 1e-9 * i))),
    ],
    ['a row of zeros', (rows) => rows.fill(0, 40, 60)],
    [
      'a sum of two',
      (rows) => rows.subarray(0, 20).forEach((_, i) => (rows[i] = rows[20 + i] + rows[40 + i])),
    ],
    ['a NaN', (rows) => (rows[33] = NaN)],
    ['an infinity', (rows) => (rows[33] = Infinity)],
  ])('not with %s', (_, change) => {
    const rows = rowsOf(5, 20)
    change(rows)
    expect(areIndependent(kernels, rows, 5, 20)).toBe(false)
  })
})
