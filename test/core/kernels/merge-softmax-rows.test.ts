// Catches: parts whose merge differs from the rows over all keys by more than the additions, that depends on which side a part
// is on, or that rows without a key change.
import { mergeSoftmaxRows, type SoftmaxBlock, type SoftmaxPart } from '@levattention/core/internal'
import { expect, test } from 'vitest'
import { eachKernels } from '../../support/each-kernel.ts'
import { emptyRows, softmaxCase } from './softmax-case.ts'

const [QUERIES, VALUE_DIM] = [7, 3]

eachKernels('mergeSoftmaxRows', (kernels) => {
  const shape = { queryCount: QUERIES, keyCount: 700, dim: 4, valueDim: VALUE_DIM, spread: 100 }
  const { block, values } = softmaxCase(kernels, { ...shape, range: (q) => [q * 100, q * 100 + 250] })

  /** Copies, out of the kernels' memory. */
  function part(start: number, end: number): SoftmaxPart {
    const rows = emptyRows(kernels, QUERIES)
    const sums = kernels.f64(QUERIES * VALUE_DIM)
    const cut = (bound: number) => Math.min(Math.max(bound - start, 0), end - start)
    const ranges = { starts: kernels.u32(QUERIES), ends: kernels.u32(QUERIES) }
    for (let q = 0; q < QUERIES; q++) {
      ranges.starts[q] = cut(q * 100)
      ranges.ends[q] = cut(q * 100 + 250)
    }
    const keys = block.keys.subarray(start * 4)
    const own: SoftmaxBlock = { ...block, keys, keyCount: end - start, ranges }
    kernels.softmaxValues(sums, rows, own, values.subarray(start * VALUE_DIM), VALUE_DIM)
    return { shifts: rows.shifts.slice(), totals: rows.totals.slice(), sums: sums.slice() }
  }

  const merged = (a: SoftmaxPart, b: SoftmaxPart): SoftmaxPart => {
    const into = { shifts: a.shifts.slice(), totals: a.totals.slice(), sums: a.sums?.slice() }
    mergeSoftmaxRows(into, b)
    return into
  }

  test('two parts give the rows over all keys, whichever is first', () => {
    for (const cut of [1, 256, 300, 699]) {
      const [left, right] = [part(0, cut), part(cut, 700)]
      const [one, other] = [merged(left, right), merged(right, left)]
      expect(one).toEqual(other)
      const whole = part(0, 700)
      for (let q = 0; q < QUERIES; q++) {
        const ratio = one.totals[q] / (whole.totals[q] * 2 ** (whole.shifts[q] - one.shifts[q]))
        expect(Math.abs(ratio - 1)).toBeLessThan(3e-4) // other shifts, so other roundings of logits of 100
        const output = (of: SoftmaxPart) => (of.sums?.[q * VALUE_DIM + 1] ?? NaN) / of.totals[q]
        expect(output(one)).toBeCloseTo(output(whole), 3)
      }
    }
  })

  test('with a part that saw nothing: no bit changes, on either side; two such give one', () => {
    const nothing = { ...emptyRows(kernels, QUERIES), sums: kernels.f64(QUERIES * VALUE_DIM) }
    const some = part(0, 700)
    expect(merged(some, nothing)).toEqual(some)
    expect(merged(nothing, some)).toEqual(some)
    expect([...merged(nothing, nothing).shifts]).toEqual(Array.from({ length: QUERIES }, () => -Infinity))
  })

  test('powers of two alone: totals follow the shift exactly', () => {
    const of = (shift: number, total: number) => ({
      shifts: Float64Array.of(shift),
      totals: Float64Array.of(total),
    })
    expect(merged(of(3, 1.25), of(-5, 256))).toEqual({ ...of(3, 2.25), sums: undefined })
    expect(merged(of(0, 1), of(5000, 1.5)).totals[0]).toBe(1.5)
  })
})
