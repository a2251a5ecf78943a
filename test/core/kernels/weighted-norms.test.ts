// Catches: a wrong sum or order (bit by bit against the stated order), lost tails, writes past the end. Cannot
// catch: an order that is wrong in Kernels itself.
import { CHUNK_ROWS } from '@levattention/core/internal'
import { expect, test } from 'vitest'
import { eachKernels } from '../../support/each-kernel.ts'
import { ExactSum } from './exact.ts'
import { bits, ELEMENTS, scratch, scratch64, SMALL_SIZES } from './values.ts'

eachKernels('weightedNorms', (kernels) => {
  function check(element: 'f32' | 'f64', rowCount: number, dim: number) {
    const mark = kernels.mark()
    const rows = scratch(kernels, element, rowCount * dim, rowCount + dim)
    const weights = scratch64(kernels, dim, dim)
    const out = scratch64(kernels, rowCount + 5, 9) // 5 more, to be left alone
    const want = out.map((before, r) => {
      if (r >= rowCount) return before
      let sum = 0
      for (let a = 0; a < dim; a++) sum += rows[r * dim + a] * rows[r * dim + a] * weights[a]
      return sum
    })
    kernels.weightedNorms(out, rows, weights, rowCount, dim)
    expect(bits(out), `${rowCount} rows of ${dim}`).toBe(bits(want))
    kernels.release(mark)
  }

  test.each(ELEMENTS)('%s rows: the stated order at every tail, nothing else written', (element) => {
    for (const rowCount of [...SMALL_SIZES, 31, 64, 65]) {
      for (const dim of [...SMALL_SIZES, 63, 64, 65, 511]) check(element, rowCount, dim)
    }
    check(element, CHUNK_ROWS + 9, 5)
  })

  // Two products, then dim - 1 additions to a first one that is exact.
  test.each(ELEMENTS)('%s rows: within gamma_{dim + 1} of the exact sum', (element) => {
    const [rowCount, dim] = [11, 29]
    const rows = scratch(kernels, element, rowCount * dim, 1)
    const weights = scratch64(kernels, dim, 2, 'wide')
    const out = kernels.f64(rowCount)
    kernels.weightedNorms(out, rows, weights, rowCount, dim)
    out.forEach((computed, r) => {
      const sum = new ExactSum(3)
      for (let a = 0; a < dim; a++) sum.add(rows[r * dim + a], rows[r * dim + a], weights[a])
      expect(sum.within(computed, dim + 1)).toBe(true)
    })
  })
})
