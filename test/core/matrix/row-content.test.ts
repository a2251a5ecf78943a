// Catches: digests that depend on how rows are read, or miss a number; rows of another content that are handed out in silence.
// Cannot catch: two contents of one digest.
import { checkedMatrix, ContentSweep, matrix, type RowRange } from '@levattention/core/internal'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { errorOf } from '../files/output-support.ts'

const ROWS = 100
const COLS = 3
const data = Float32Array.from({ length: ROWS * COLS }, (_, i) => Math.sin(i))
const RANGES: RowRange[] = [
  { rowStart: 0, rowEnd: 40 },
  { rowStart: 40, rowEnd: 41 },
  { rowStart: 50, rowEnd: 100 },
]

/** Digests by range, of rows read in pieces that end at `ends`. */
function digests(values: Float32Array | Float64Array, ends: readonly number[]): string[] {
  const found: string[] = []
  const sweep = new ContentSweep(RANGES, COLS, (index, digest) => (found[index] = digest))
  let row = 0
  for (const end of [...ends, ROWS]) {
    sweep.feed(row, end - row, values.slice(row * COLS, end * COLS))
    row = end
  }
  return found
}
const whole = digests(data, [])

test('a digest depends on the numbers alone, not on the pieces in which they are read', () => {
  expect(new Set(whole).size).toBe(3)
  for (const digest of whole) expect(digest).toMatch(/^[\w-]{22}$/)
  const cuts = fc.uniqueArray(fc.integer({ min: 0, max: ROWS }), { maxLength: 10 })
  fc.assert(
    fc.property(cuts, (ends) => {
      expect(
        digests(
          data,
          ends.sort((a, b) => a - b),
        ),
      ).toEqual(whole)
    }),
  )
})

test('every bit of every number shows in its range and in no other', () => {
  const bits = fc.tuple(fc.nat(data.length - 1), fc.nat(31))
  fc.assert(
    fc.property(bits, ([at, bit]) => {
      const other = data.slice()
      new Uint32Array(other.buffer)[at] ^= 1 << bit
      const row = Math.floor(at / COLS)
      const isOther = RANGES.map(({ rowStart, rowEnd }) => row >= rowStart && row < rowEnd)
      expect(digests(other, [7]).map((digest, i) => digest !== whole[i])).toEqual(isOther)
    }),
  )
  expect(digests(Float64Array.from(data), [])[1]).not.toBe(whole[1])
  const swapped = data.slice()
  swapped.set([data[3], data[4], data[5], data[0], data[1], data[2]])
  expect(digests(swapped, [])[0]).not.toBe(whole[0])
})

test('a reading of a whole range is compared however it begins; parts of one pass', () => {
  const content = RANGES.map((range, i) => ({ ...range, digest: whole[i] }))
  content[2] = { ...content[2], digest: whole[0] }
  const source = checkedMatrix(matrix(data, { rows: ROWS, cols: COLS }), content)
  const read = (from: number, to: number) => source.readRows(from, to, new Float32Array((to - from) * COLS))
  read(0, 45)
  read(3, 45)
  read(51, 100)
  read(50, 99)
  read(77, 78)
  read(45, 60)
  expect(errorOf('InputChanged', () => read(60, 100)).place).toMatchObject({ row: 50 })
  expect(errorOf('InputChanged', () => read(0, 100)).message).toMatch(/rows 50 to 99/)
})
