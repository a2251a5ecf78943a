// Catches: a wrong sum or order, lost tails, writes past the end, a filter sum beyond its error bound, a NaN that is not a
// hit. Cannot catch: an order that is wrong in Kernels itself.
import { CHUNK_ROWS } from '@levattention/core/internal'
import { expect, test } from 'vitest'
import { eachKernels } from '../../support/each-kernel.ts'
import { bits, ELEMENTS, KINDS, random, scratch, scratch64, SMALL_SIZES } from './values.ts'

const ROW_COUNTS = [...SMALL_SIZES, 65]
const DIMS = [...SMALL_SIZES, 63, 64, 65]

eachKernels('row norms and small sums', (kernels) => {
  function forSizes(check: (rowCount: number, dim: number) => void) {
    for (const rowCount of ROW_COUNTS) {
      for (const dim of DIMS) {
        const mark = kernels.mark()
        check(rowCount, dim)
        kernels.release(mark)
      }
    }
    const mark = kernels.mark()
    check(CHUNK_ROWS + 9, 5)
    kernels.release(mark)
  }

  test.each(ELEMENTS)(
    '%s: a row norm is within gamma_{dim + 3} of the sum, nothing else written',
    (element) => {
      const unit = element === 'f32' ? 2 ** -24 : 2 ** -53
      forSizes((rowCount, dim) => {
        const rows = scratch(kernels, element, rowCount * dim, rowCount + dim)
        const scales = scratch(kernels, element, dim, dim)
        const out = scratch(kernels, element, rowCount + 5, 9)
        const before = out.slice()
        kernels.rowNorms(out, rows, scales, rowCount, dim)
        for (let r = 0; r < rowCount; r++) {
          let want = 0
          for (let a = 0; a < dim; a++) want += (rows[r * dim + a] * scales[a]) ** 2
          expect(Math.abs(out[r] - want)).toBeLessThanOrEqual((dim + 4) * unit * want)
        }
        expect(bits(out.subarray(rowCount))).toBe(bits(before.subarray(rowCount)))
      })
    },
  )

  test.each(ELEMENTS)('%s: places at or above a threshold, ascending; a NaN is one', (element) => {
    for (const count of [...SMALL_SIZES, 257, CHUNK_ROWS + 3]) {
      const mark = kernels.mark()
      const values = scratch(kernels, element, count, count)
      if (count > 2) values.set([NaN, 0.25], 1)
      const hits = kernels.u32(count)
      const found = kernels.atLeast(hits, values, 0.25, count)
      const want = [...values.keys()].filter((i) => !(values[i] < 0.25))
      expect([...hits.subarray(0, found)]).toEqual(want)
      kernels.release(mark)
    }
  })

  test.each(ELEMENTS)('%s: the largest size in each row; NaN and infinity come through', (element) => {
    forSizes((rowCount, dim) => {
      const rows = scratch(kernels, element, rowCount * dim, rowCount + dim, 'gaps')
      const next = random(rowCount)
      for (const odd of [NaN, -Infinity]) if (rows.length > 0) rows[Math.floor(next() * rows.length)] = odd
      const out = scratch64(kernels, rowCount + 2, 3)
      const want = out.slice()
      for (let r = 0; r < rowCount; r++) {
        want[r] = Math.max(0, ...Array.from(rows.subarray(r * dim, (r + 1) * dim), Math.abs))
      }
      kernels.rowMaxima(out, rows, rowCount, dim)
      expect(bits(out)).toBe(bits(want))
    })
  })

  test.each(KINDS)('%s numbers: rows times their factors, rounded once, or twice into float32', (kind) => {
    forSizes((rowCount, dim) => {
      const factors = scratch64(kernels, rowCount, 7)
      for (const [from, to] of [
        ['f32', 'f64'],
        ['f64', 'f64'],
        ['f64', 'f32'],
      ] as const) {
        const rows = scratch(kernels, from, rowCount * dim, dim, kind)
        const out = scratch(kernels, to, rowCount * dim + 3, 4)
        const want = out.slice()
        for (let i = 0; i < rowCount * dim; i++) want[i] = rows[i] * factors[Math.floor(i / dim)]
        kernels.scaleRows(out as Float64Array, rows, factors, rowCount, dim)
        expect(bits(out), `${from} to ${to}`).toBe(bits(want))
      }
    })
  })

  test('dots of rows with rows, in the stated order', () => {
    forSizes((rowCount, dim) => {
      const left = scratch64(kernels, rowCount * dim, 1, 'wide')
      const right = scratch64(kernels, rowCount * dim, 2, 'wide')
      const out = scratch64(kernels, rowCount + 2, 3)
      const want = out.slice()
      for (let r = 0; r < rowCount; r++) {
        want[r] = 0
        for (let i = r * dim; i < (r + 1) * dim; i++) want[r] += left[i] * right[i]
      }
      kernels.rowDots(out, left, right, rowCount, dim)
      expect(bits(out)).toBe(bits(want))
    })
  })

  test('a sum moves into another and leaves zeros', () => {
    for (const length of [...SMALL_SIZES, 4096]) {
      const mark = kernels.mark()
      const into = scratch64(kernels, length + 2, 1)
      const from = scratch64(kernels, length + 2, 2)
      const want = into.map((value, i) => (i < length ? value + from[i] : value))
      const left = from.map((value, i) => (i < length ? 0 : value))
      kernels.moveSum(into, from, length)
      expect(bits(into)).toBe(bits(want))
      expect(bits(from)).toBe(bits(left))
      kernels.release(mark)
    }
  })

  test('mixed precisions are refused', () => {
    const f32 = kernels.f32(8)
    expect(() =>
      kernels.rowNorms<Float32Array | Float64Array>(kernels.f64(2), f32, kernels.f32(4), 2, 4),
    ).toThrow(/one precision/)
    const mixed = [kernels.f32(8), f32 as Float32Array | Float64Array, kernels.f64(2), 2, 4] as const
    expect(() => kernels.scaleRows(...(mixed as unknown as Parameters<typeof kernels.scaleRows>))).toThrow(
      /float64 only/,
    )
  })
})
