// Catches: a Gram summed in another order than the canonical one, cuts or merges that change bits, exponents that lose a
// column, entries off by more than `depth` says. Cannot catch: a kernel that is wrong in the same way as this file's loop.
import {
  CHUNK_ROWS,
  GramAccumulator,
  gramOfRows,
  GramSum,
  type Kernels,
  NO_EXPONENT,
  PANEL_ROWS,
} from '@levattention/core/internal'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { exactGram, isLess, minus, type Ratio, ratioOf } from '../../laws/rational.ts'
import { allKernels } from '../../support/each-kernel.ts'
import { stack, gaussian } from '../../support/matrices.ts'
import type { DenseMatrix } from '../../support/oracle.ts'
import { roundedToF32, sourceOf } from '../../support/run-inline.ts'

/** The canonical sum, upper triangle [cols, cols]: rows in a panel, panels in a chunk, chunks. */
function canonicalGram({ rows, cols, data }: DenseMatrix): Float64Array {
  const gram = new Float64Array(cols * cols)
  for (let a = 0; a < cols; a++) {
    for (let b = a; b < cols; b++) {
      let total = 0
      for (let chunk = 0; chunk < rows; chunk += CHUNK_ROWS) {
        const chunkEnd = Math.min(rows, chunk + CHUNK_ROWS)
        let chunkSum = 0
        for (let panel = chunk; panel < chunkEnd; panel += PANEL_ROWS) {
          let panelSum = 0
          for (let r = panel; r < Math.min(chunkEnd, panel + PANEL_ROWS); r++)
            panelSum += data[r * cols + a] * data[r * cols + b]
          chunkSum += panelSum
        }
        total += chunkSum
      }
      gram[a * cols + b] = total
    }
  }
  return gram
}

/** `keys` summed in blocks of `blockRows`. */
function accumulated(
  kernels: Kernels,
  keys: DenseMatrix,
  blockRows: number,
  element: 'f32' | 'f64',
): GramSum {
  const mark = kernels.mark()
  const accumulator = new GramAccumulator(kernels, keys.cols)
  const block = element === 'f64' ? kernels.f64(blockRows * keys.cols) : kernels.f32(blockRows * keys.cols)
  for (let start = 0; start < keys.rows; start += blockRows) {
    const count = Math.min(blockRows, keys.rows - start)
    block.set(keys.data.subarray(start * keys.cols, (start + count) * keys.cols))
    if (!accumulator.add(block, count)) throw new Error('not finite')
  }
  const sum = accumulator.finish()
  kernels.release(mark)
  return sum
}

describe.each(allKernels())('$name kernels', (kernels) => {
  test.each([1, 127, 128, 129, 4095, 4096, 4097, 9000])(
    '%d rows: the canonical order, bit for bit, however blocks are cut',
    (rows) => {
      const keys = roundedToF32(gaussian(rows, 3, rows))
      const wanted = canonicalGram(keys)
      for (const blockRows of [PANEL_ROWS, 3 * PANEL_ROWS, CHUNK_ROWS]) {
        expect(Array.from(accumulated(kernels, keys, blockRows, 'f32').gram)).toEqual(Array.from(wanted))
      }
    },
  )

  test('float64 rows: as if all had been scaled by the last exponents from the start', () => {
    // Row sizes grow, so that exponents rise within and between chunks.
    const keys = gaussian(5000, 3, 8)
    for (let i = 0; i < keys.data.length; i++) keys.data[i] *= 2 ** (Math.floor(i / 700) * (1 + (i % 3)))
    const sum = accumulated(kernels, keys, PANEL_ROWS, 'f64')
    const scaled = { ...keys, data: keys.data.map((x, i) => x * 2 ** -sum.exponents[i % 3]) }
    expect(sum.gram).toEqual(canonicalGram(scaled))
    for (let a = 0; a < 3; a++) {
      const largest = scaled.data.reduce((max, x, i) => (i % 3 === a ? Math.max(max, Math.abs(x)) : max), 0)
      expect(largest).toBeGreaterThanOrEqual(0.5)
      expect(largest).toBeLessThan(1)
    }
    expect(accumulated(kernels, keys, CHUNK_ROWS, 'f64')).toEqual(sum)
  })

  test.each(['f32', 'f64'] as const)('%s: a column of zeros has no exponent', (element) => {
    const keys = stack([Float64Array.of(1, 0, 3), Float64Array.of(0.5, 0, 0)], 3)
    const { exponents, gram } = accumulated(kernels, keys, PANEL_ROWS, element)
    expect(Array.from(exponents)).toEqual(element === 'f32' ? [0, NO_EXPONENT, 0] : [1, NO_EXPONENT, 2])
    expect([gram[1], gram[4], gram[5]]).toEqual([0, 0, 0])
  })

  test('NaN and infinity make the sum void', () => {
    for (const bad of [NaN, Infinity, -Infinity]) {
      const keys = stack([Float64Array.of(1, 2), Float64Array.of(3, bad)], 2)
      expect(() => accumulated(kernels, keys, PANEL_ROWS, 'f64')).toThrow('not finite')
      expect(() => accumulated(kernels, keys, PANEL_ROWS, 'f32')).toThrow('not finite')
    }
  })
})

test('no entry is off by more than its depth allows', () => {
  const kernels = allKernels()[0]
  for (const element of ['f32', 'f64'] as const) {
    const drawn = gaussian(700, 3, 21)
    const keys = element === 'f32' ? roundedToF32(drawn) : drawn
    const parts = [0, 128, 512].map((rowStart, i) =>
      gramOfRows({
        source: sourceOf(keys, element),
        range: { rowStart, rowEnd: [128, 512, 700][i] },
        kernels,
      }),
    )
    const sum = parts.reduce((total, part) => total.merge(part), new GramSum(3))
    // 128 rows and a panel and a chunk; the second has three panels; two merges.
    expect(sum.depth).toBe(128 + 3 + 1 + 2)
    const scaled = { ...keys, data: keys.data.map((x, i) => x * 2 ** -sum.exponents[i % 3]) }
    const exact = exactGram(scaled)
    const entry = (i: number): Ratio => ({ num: exact.numbers[i], den: 1n << BigInt(exact.shift) })
    for (let a = 0; a < 3; a++) {
      for (let b = a; b < 3; b++) {
        const off = minus(ratioOf(sum.gram[a * 3 + b]), entry(a * 3 + b))
        const limit = ((sum.depth + 1) / 2 ** 53) * Math.sqrt(sum.gram[a * 4] * sum.gram[b * 4])
        expect(isLess({ ...off, num: off.num < 0n ? -off.num : off.num }, ratioOf(limit))).toBe(true)
      }
    }
  }
})

describe('merging', () => {
  const kernels = allKernels()[0]
  const part = (keys: DenseMatrix, element: 'f32' | 'f64' = 'f64') =>
    accumulated(kernels, keys, PANEL_ROWS, element)

  test('a sum of no rows is the identity, on both sides', () => {
    const sum = part(gaussian(10, 4, 1))
    expect(new GramSum(4).merge(sum)).toEqual(sum)
    expect(sum.clone().merge(new GramSum(4))).toEqual(sum)
  })

  test('exponents are matched to the larger, exactly; `other` is unchanged', () => {
    const keys = gaussian(40, 2, 5)
    const factors = [1, 2 ** 100, 2 ** -300]
    fc.assert(
      fc.property(fc.constantFrom(...factors), fc.constantFrom(...factors), (one, two) => {
        const a = part({ ...keys, data: keys.data.map((x) => x * one) })
        const b = part({ ...keys, data: keys.data.map((x) => x * two) })
        const before = b.clone()
        const merged = a.clone().merge(b)
        expect(b).toEqual(before)
        expect(Array.from(merged.exponents)).toEqual(
          Array.from(a.exponents, (e, i) => Math.max(e, b.exponents[i])),
        )
        expect(merged.rowCount).toBe(80)
        const total = (i: number, sum: GramSum, by: number) =>
          sum.gram[i] * by * 2 ** (2 * (sum.exponents[i === 3 ? 1 : 0] - merged.exponents[i === 3 ? 1 : 0]))
        for (const i of [0, 3]) expect(merged.gram[i]).toBe(total(i, a, 1) + total(i, b, 1))
      }),
      { numRuns: 20 },
    )
  })

  test('merging is commutative to the bit, and symmetric() mirrors the upper triangle', () => {
    const a = part(gaussian(30, 3, 2))
    const b = part(gaussian(50, 3, 3))
    const merged = a.clone().merge(b)
    expect(merged).toEqual(b.clone().merge(a))
    const full = merged.symmetric()
    for (let i = 0; i < 3; i++) for (let j = 0; j < 3; j++) expect(full[i * 3 + j]).toBe(full[j * 3 + i])
  })

  test('float32 rows with a column of zeros leave that column’s scale to float64 rows', () => {
    const f32 = part(stack([Float64Array.of(1, 0), Float64Array.of(2, 0)], 2), 'f32')
    const f64 = part(stack([Float64Array.of(0, 1e-200), Float64Array.of(1, 3e-200)], 2), 'f64')
    for (const merged of [f32.clone().merge(f64), f64.clone().merge(f32)]) {
      expect(merged.gram[3]).toBe(f64.gram[3])
      expect(merged.exponents[1]).toBe(f64.exponents[1])
    }
  })

  test('sums of different d are refused by name', () => {
    expect(() => new GramSum(2).merge(new GramSum(3))).toThrow(
      expect.objectContaining({
        tag: 'IncompatibleSummary',
        message: expect.stringMatching(/2 columns.*3/) as string,
      }),
    )
  })
})
