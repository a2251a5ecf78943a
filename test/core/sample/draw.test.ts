/**
 * Catches: a certain row that is left out, a zero row that is drawn, a chance that is not p (at small p above all), draws
 * that hang on the cut into ranges. Cannot catch: dependence between rows beyond Philox's own.
 */
import { describe, expect, test } from 'vitest'
import {
  drawRows,
  factorOf,
  firstStep,
  gramOfRows,
  isDrawn,
  matrix,
  RandomStream,
  rowStream,
} from '@levattention/core/internal'
import { eachKernels } from '../../support/each-kernel.ts'
import { Random } from '../../support/random.mjs'

/** 128 bits of `index` as an integer. */
function bitsOf(stream: RandomStream, index: number): bigint {
  const words = new Uint32Array(4)
  stream.words(words, index)
  return words.reduce((bits, word) => (bits << 32n) | BigInt(word), 0n)
}

describe('fineUniform', () => {
  test('is the 128 bits as a fraction, to a relative 2^-50', () => {
    const stream = new RandomStream(5, 'sampledRows')
    for (let index = 0; index < 5000; index++) {
      const exact = Number(bitsOf(stream, index)) * 2 ** -128
      const value = stream.fineUniform(index)
      expect(value).toBeGreaterThan(0)
      expect(value).toBeLessThanOrEqual(1)
      expect(Math.abs(value - exact)).toBeLessThanOrEqual(2 ** -50 * exact)
    }
  })

  test('is below p as often as p says, down to a thousandth', () => {
    const stream = rowStream(11)
    const draws = 100_000
    const values = Array.from({ length: draws }, (_, index) => stream.fineUniform(index))
    for (const p of [0.9, 0.5, 0.1, 0.01, 0.001]) {
      const count = values.filter((value) => value < p).length
      // Five standard deviations.
      expect(Math.abs(count - draws * p)).toBeLessThan(5 * Math.sqrt(draws * p * (1 - p)))
    }
  })
})

test('a row of probability 1 is drawn by every seed, one of probability 0 by none', () => {
  for (let seed = 0; seed < 200; seed++) {
    const stream = rowStream(seed)
    expect(isDrawn(stream, seed * 7, 1)).toBe(true)
    expect(isDrawn(stream, seed * 7, 0)).toBe(false)
  }
})

eachKernels('drawRows', (kernels) => {
  const random = new Random(3)
  for (const element of ['f32', 'f64'] as const) {
    const data = Array.from({ length: 10_000 * 3 }, (_, at) => (at % 1000 < 3 ? 0 : 1e-3 * random.normal()))
    const values = element === 'f64' ? Float64Array.from(data, (x) => x * 1e200) : Float32Array.from(data)
    const source = matrix(values, { rows: 10_000, cols: 3 })
    const range = { rowStart: 0, rowEnd: 10_000 }
    const factor = factorOf(firstStep(gramOfRows({ source, range, kernels })), 10_000)

    test(`gives ${element} rows as they were read, the same for any cut`, () => {
      const draw = (rowStart: number, rowEnd: number) =>
        drawRows({ source, range: { rowStart, rowEnd }, kernels }, factor, 300, 4)
      const whole = draw(0, 10_000)
      expect(whole.rows.constructor).toBe(values.constructor)
      expect(whole.rowIds.length).toBeGreaterThan(600)
      whole.rowIds.forEach((rowId, i) => {
        expect(whole.rows.slice(3 * i, 3 * i + 3)).toEqual(values.slice(3 * rowId, 3 * rowId + 3))
        // Rows 0, 1000, ... are zero.
        expect(rowId % 1000).not.toBe(0)
      })
      const parts = [draw(0, 1), draw(1, 5000), draw(5000, 10_000)]
      expect(parts.flatMap(({ rowIds }) => [...rowIds])).toEqual([...whole.rowIds])
      expect(parts.flatMap(({ probabilities }) => [...probabilities])).toEqual([...whole.probabilities])
    })
  }

  test('keeps a nonzero row certain, where all are, even if its score is below all numbers', () => {
    const tiny = matrix(Float64Array.of(1, 1, 1e-200, 0, 1, -1, 0, 0), { rows: 4, cols: 2 })
    const range = { rowStart: 0, rowEnd: 4 }
    const factor = factorOf(firstStep(gramOfRows({ source: tiny, range, kernels })), 4)
    const drawn = drawRows({ source: tiny, range, kernels }, factor, Infinity, 1)
    expect([...drawn.rowIds]).toEqual([0, 1, 2])
    expect([...drawn.probabilities]).toEqual([1, 1, 1])
    expect(drawn.certainRows).toBe(3)
  })
})
