// Catches: a wrong sum or order (bit by bit against the stated order), lost tails of rows, dim and outDim, writes
// past the end. Cannot catch: an order that is wrong in Kernels itself.
import { CHUNK_ROWS } from '@levattention/core/internal'
import { expect, test } from 'vitest'
import { eachKernels } from '../../support/each-kernel.ts'
import { ExactSum } from './exact.ts'
import { bits, ELEMENTS, scratch, scratch64, SMALL_SIZES } from './values.ts'

type Rows = Float32Array | Float64Array

function expected(
  out: Float64Array,
  rows: Rows,
  matrix: Float64Array,
  rowCount: number,
  dim: number,
  outDim: number,
) {
  return out.map((before, at) => {
    if (at >= rowCount * outDim) return before
    const [r, j] = [Math.floor(at / outDim), at % outDim]
    let sum = 0
    for (let a = 0; a < dim; a++) sum += rows[r * dim + a] * matrix[a * outDim + j]
    return sum
  })
}

eachKernels('multiply', (kernels) => {
  function check(element: 'f32' | 'f64', rowCount: number, dim: number, outDim: number) {
    const mark = kernels.mark()
    const rows = scratch(kernels, element, rowCount * dim, rowCount + dim)
    const matrix = scratch64(kernels, dim * outDim, outDim)
    const out = scratch64(kernels, rowCount * outDim + 5, 9) // 5 more, to be left alone
    const want = expected(out, rows, matrix, rowCount, dim, outDim)
    kernels.multiply(out, rows, matrix, rowCount, dim, outDim)
    expect(bits(out), `[${rowCount}, ${dim}] · [${dim}, ${outDim}]`).toBe(bits(want))
    kernels.release(mark)
  }

  test.each(ELEMENTS)('%s rows: the stated order at every tail, nothing else written', (element) => {
    for (const rowCount of [...SMALL_SIZES, 63, 64, 65, 129]) {
      for (const dim of [...SMALL_SIZES, 64]) {
        for (const outDim of [0, 1, 3, 4, 5, 8, 11]) check(element, rowCount, dim, outDim)
      }
    }
  })

  test('more rows than a chunk, and a wide matrix', () => {
    check('f32', CHUNK_ROWS + 5, 3, 2)
    check('f64', 6, 300, 301)
  })

  // dim products and dim - 1 additions to a first one that is exact.
  test('within gamma_dim of the exact sum', () => {
    const [rowCount, dim, outDim] = [5, 41, 3]
    const rows = scratch(kernels, 'f64', rowCount * dim, 1, 'wide')
    const matrix = scratch64(kernels, dim * outDim, 2, 'wide')
    const out = kernels.f64(rowCount * outDim)
    kernels.multiply(out, rows, matrix, rowCount, dim, outDim)
    out.forEach((computed, at) => {
      const sum = new ExactSum(2)
      for (let a = 0; a < dim; a++)
        sum.add(rows[Math.floor(at / outDim) * dim + a], matrix[a * outDim + (at % outDim)])
      expect(sum.within(computed, dim)).toBe(true)
    })
  })
})
