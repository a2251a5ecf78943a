// Catches: sums of weighted values further from float64 than the bound that is promised, sums that miss a raise of the shift,
// values of hidden keys that count. Bits are compared in softmax-pairs.test.ts, which makes the sums too.
import { FLOAT32_ERROR } from '@levattention/core/internal'
import { expect, test } from 'vitest'
import { eachKernels } from '../../support/each-kernel.ts'
import { bruteForce, emptyRows, hiddenAtRandom, type Shape, softmaxCase } from './softmax-case.ts'

eachKernels('softmaxValues', (kernels) => {
  function check(shape: Shape & { valueDim: number }): void {
    const mark = kernels.mark()
    const problem = softmaxCase(kernels, shape)
    const { queryCount, valueDim } = shape
    const { logits, logSums, reaches } = bruteForce(problem)
    const rows = emptyRows(kernels, queryCount)
    const sums = kernels.f64(queryCount * valueDim)
    kernels.softmaxValues(sums, rows, problem.block, problem.values, valueDim)
    for (let q = 0; q < queryCount; q++) {
      const isEmpty = logSums[q] === -Infinity
      expect(rows.totals[q] === 0, `row ${q} is empty`).toBe(isEmpty)
      const bound = FLOAT32_ERROR.output(FLOAT32_ERROR.logit(shape.dim, reaches[q]))
      for (let c = 0; c < valueDim; c++) {
        const computed = sums[q * valueDim + c]
        const terms = logits[q].map((logit, k) =>
          isEmpty ? 0 : 2 ** (logit - logSums[q]) * problem.values[k * valueDim + c],
        )
        const [output, size] = [terms, terms.map(Math.abs)].map((all) => all.reduce((a, b) => a + b, 0))
        if (isEmpty) expect(computed).toBe(0)
        else expect(Math.abs(computed / rows.totals[q] - output)).toBeLessThanOrEqual(bound * size + 1e-300)
      }
    }
    kernels.release(mark)
  }

  test('outputs within their bound of float64', () => {
    for (const [keyCount, dim, valueDim] of [
      [1, 1, 1],
      [63, 5, 8],
      [257, 16, 3],
      [1000, 32, 20],
    ]) {
      for (const spread of [0, 4, 70, 900]) check({ queryCount: 6, keyCount, dim, valueDim, spread })
    }
  })

  test('under ranges and masks, rows that see nothing included', () => {
    const shape = { queryCount: 9, keyCount: 530, dim: 4, valueDim: 5, spread: 90 }
    check({ ...shape, range: (q) => [q * 60, q * 70] })
    check({ ...shape, range: (q) => [0, q + 1], isHidden: hiddenAtRandom(5, 0.5) })
    check({ ...shape, isHidden: (k) => k < 529 })
    check({ ...shape, isHidden: () => true })
  })

  test('sums follow the shift: one value each, its output is that value', () => {
    const keyCount = 2000
    const { block, values } = softmaxCase(kernels, { queryCount: 1, keyCount, dim: 1, valueDim: 1 })
    block.queries[0] = 1
    for (let k = 0; k < keyCount; k++) block.keys[k] = k
    values.fill(0.75)
    const [rows, sums] = [emptyRows(kernels, 1), kernels.f64(1)]
    kernels.softmaxValues(sums, rows, block, values, 1)
    expect(rows.shifts[0]).toBeGreaterThan(1900)
    expect(sums[0] / rows.totals[0]).toBeCloseTo(0.75, 6)
  })

  test('refused: values and sums that are too short', () => {
    const { block, values } = softmaxCase(kernels, { queryCount: 2, keyCount: 3, dim: 1, valueDim: 2 })
    const rows = emptyRows(kernels, 2)
    const call = (sums: Float64Array, valueDim: number) => () =>
      kernels.softmaxValues(sums, rows, block, values, valueDim)
    expect(call(kernels.f64(3), 2)).toThrow(/sums holds 3/)
    expect(call(kernels.f64(6), 3)).toThrow(/values holds 6/)
  })
})
