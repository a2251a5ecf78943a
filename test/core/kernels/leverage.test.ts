// Catches: a wrong substitution or order (bit by bit against the stated order), reads above the diagonal (NaN lies
// there), lost tails, writes past the end. Cannot catch: an order that is wrong in Kernels itself.
import { CHUNK_ROWS } from '@levattention/core/internal'
import { expect, test } from 'vitest'
import { eachKernels } from '../../support/each-kernel.ts'
import { ExactSum } from './exact.ts'
import { BLOCK_SIZES, bits, ELEMENTS, lowerFactor, scratch, scratch64, SMALL_SIZES } from './values.ts'

type Rows = Float32Array | Float64Array

/** Solves for row r of `rows` in the order that Kernels states. */
function solve(rows: Rows, r: number, lower: Float64Array, dim: number): Float64Array {
  const x = new Float64Array(dim)
  for (let i = 0; i < dim; i++) {
    let sum = 0
    for (let b = 0; b < i; b++) sum += lower[i * dim + b] * x[b]
    x[i] = (rows[r * dim + i] - sum) / lower[i * dim + i]
  }
  return x
}

eachKernels('leverage', (kernels) => {
  function check(element: 'f32' | 'f64', rowCount: number, dim: number, kind: 'plain' | 'wide' = 'plain') {
    const mark = kernels.mark()
    const rows = scratch(kernels, element, rowCount * dim, rowCount + dim, kind)
    const lower = lowerFactor(kernels, dim, dim)
    const tau = scratch64(kernels, rowCount + 5, 9) // 5 more, to be left alone
    const whitened = scratch64(kernels, rowCount * dim + 5, 8)
    const [wantTau, wantWhitened] = [tau.slice(), whitened.slice()]
    for (let r = 0; r < rowCount; r++) {
      const x = solve(rows, r, lower, dim)
      wantTau[r] = x.reduce((sum, value) => sum + value * value, 0)
      wantWhitened.set(x, r * dim)
    }
    kernels.leverage(tau, rows, lower, rowCount, dim, whitened)
    expect(bits(tau), `tau of ${rowCount} rows of ${dim}`).toBe(bits(wantTau))
    expect(bits(whitened), `whitened ${rowCount} rows of ${dim}`).toBe(bits(wantWhitened))
    tau.fill(7)
    kernels.leverage(tau, rows, lower, rowCount, dim)
    expect(bits(tau.subarray(0, rowCount))).toBe(bits(wantTau.subarray(0, rowCount)))
    kernels.release(mark)
  }

  test.each(ELEMENTS)('%s rows: the stated order at every tail, nothing else written', (element) => {
    for (const rowCount of [...SMALL_SIZES, ...BLOCK_SIZES]) {
      for (const dim of [...SMALL_SIZES, 33]) check(element, rowCount, dim)
    }
  })

  test('more rows than a chunk, and a large factor', () => {
    check('f32', CHUNK_ROWS + 5, 3)
    check('f64', 9, 257, 'wide')
  })

  // Higham, Accuracy and Stability, theorem 8.5: the computed x solves (L + E) x = row, |E| <= gamma_dim |L|.
  test('the residual of the whitened row is within gamma_{dim + 1} |L| |x|', () => {
    const [rowCount, dim] = [6, 23]
    const rows = scratch(kernels, 'f64', rowCount * dim, 1)
    const lower = lowerFactor(kernels, dim, 2)
    const [tau, whitened] = [kernels.f64(rowCount), kernels.f64(rowCount * dim)]
    kernels.leverage(tau, rows, lower, rowCount, dim, whitened)
    for (let r = 0; r < rowCount; r++) {
      const norm = new ExactSum(2)
      for (let i = 0; i < dim; i++) {
        const product = new ExactSum(2)
        for (let b = 0; b <= i; b++) product.add(lower[i * dim + b], whitened[r * dim + b])
        expect(product.within(rows[r * dim + i], dim + 1), `row ${r}, unknown ${i}`).toBe(true)
        norm.add(whitened[r * dim + i], whitened[r * dim + i])
      }
      expect(norm.within(tau[r], dim)).toBe(true)
    }
  })
})
