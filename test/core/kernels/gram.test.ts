// Catches: a wrong sum, a wrong order of summation (bit by bit against the order that Kernels states, written here
// entry by entry), lost tails, writes below the diagonal or past the end. Cannot catch: an order that is wrong in
// Kernels itself, or slowness.
import { CHUNK_ROWS, PANEL_ROWS } from '@levattention/core/internal'
import { expect, test } from 'vitest'
import { eachKernels } from '../../support/each-kernel.ts'
import { ExactSum } from './exact.ts'
import { BLOCK_SIZES, bits, ELEMENTS, scratch, scratch64, SMALL_SIZES } from './values.ts'

/** One entry, in the order that Kernels states. */
function entry(
  rows: Float32Array | Float64Array,
  rowCount: number,
  dim: number,
  a: number,
  b: number,
  start: number,
) {
  let total = start
  for (let panel = 0; panel < rowCount; panel += PANEL_ROWS) {
    let sum = 0
    for (let r = panel; r < Math.min(panel + PANEL_ROWS, rowCount); r++)
      sum += rows[r * dim + a] * rows[r * dim + b]
    total += sum
  }
  return total
}

function expected(gram: Float64Array, rows: Float32Array | Float64Array, rowCount: number, dim: number) {
  return gram.map((start, at) => {
    const [a, b] = [Math.floor(at / dim), at % dim]
    return b < a || at >= dim * dim ? start : entry(rows, rowCount, dim, a, b, start)
  })
}

eachKernels('addGram', (kernels) => {
  const rowCounts = [...SMALL_SIZES, ...BLOCK_SIZES]
  const dims = [...SMALL_SIZES, 31, 64]

  test.each(ELEMENTS)('%s rows: the stated order at every tail, nothing else written', (element) => {
    for (const [i, rowCount] of rowCounts.entries()) {
      for (const [j, dim] of dims.entries()) {
        const mark = kernels.mark()
        const rows = scratch(kernels, element, rowCount * dim, 100 * i + j)
        const gram = scratch64(kernels, dim * dim + 5, 7) // 5 more, to be left alone
        const want = expected(gram, rows, rowCount, dim)
        kernels.addGram(gram, rows, rowCount, dim)
        expect(bits(gram), `${rowCount} rows of ${dim}`).toBe(bits(want))
        kernels.release(mark)
      }
    }
  })

  test('many chunks in one call are summed panel by panel', () => {
    const [rowCount, dim] = [2 * CHUNK_ROWS + PANEL_ROWS + 3, 6]
    const rows = scratch(kernels, 'f32', rowCount * dim, 1)
    const gram = kernels.f64(dim * dim)
    const want = expected(gram, rows, rowCount, dim)
    kernels.addGram(gram, rows, rowCount, dim)
    expect(bits(gram)).toBe(bits(want))
  })

  // Each entry passes at most one rounding for its product, PANEL_ROWS - 1 in its panel, one for each panel.
  test.each(ELEMENTS)('%s rows: within gamma_{panel rows + panels} of the exact sum', (element) => {
    const [rowCount, dim] = [300, 3]
    const rows = scratch(kernels, element, rowCount * dim, 3, 'wide')
    const gram = kernels.f64(dim * dim)
    kernels.addGram(gram, rows, rowCount, dim)
    for (let a = 0; a < dim; a++) {
      for (let b = a; b < dim; b++) {
        const sum = new ExactSum(2)
        for (let r = 0; r < rowCount; r++) sum.add(rows[r * dim + a], rows[r * dim + b])
        expect(sum.within(gram[a * dim + b], PANEL_ROWS + 3), `entry ${a}, ${b}`).toBe(true)
      }
    }
  })
})
