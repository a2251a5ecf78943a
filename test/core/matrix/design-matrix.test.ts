// Catches: a design matrix whose rows are not (1, row) scaled by the root of the weight, in any cut of its rows, on this thread or opened
// again from plain data; weights that do not fit and are taken; a NaN told in a column that the table does not have.
import { matrix } from '@levattention/core'
import { designMatrix, reopenMatrix, rowView, tableColumn, withColumns } from '@levattention/core/internal'
import { describe, expect, test } from 'vitest'
import { Random } from '../../support/random.mjs'

const [ROWS, COLS] = [9, 3]
const random = new Random(3)
const table = Float32Array.from({ length: ROWS * COLS }, () => random.normal())
const weights = Float64Array.from({ length: ROWS }, (_, i) => i * i + 0.25)

test.each([0.5, 1, 1.5, 2, 4])('p = %d: rows are scaled by w^(1/p)', (p) => {
  const design = designMatrix(matrix(table, { rows: ROWS, cols: COLS }), { weights, p })
  const into = new Float64Array(ROWS * COLS)
  design.readRows(0, ROWS, into)
  into.forEach((entry, at) => {
    const [weight, x] = [weights[Math.floor(at / COLS)], table[at]]
    expect(Math.abs(Math.abs(entry / x) ** p / weight - 1)).toBeLessThan(1e-14)
  })
})

function wanted(intercept: boolean, areWeighed: boolean): number[][] {
  return Array.from({ length: ROWS }, (_, i) => {
    const row = [...(intercept ? [1] : []), ...table.subarray(i * COLS, (i + 1) * COLS)]
    return row.map((x) => (areWeighed ? Math.sqrt(weights[i]) * x : x))
  })
}

describe.each([Float32Array, Float64Array])('%o', (Floats) => {
  const source = () => matrix(Floats.from(table), { rows: ROWS, cols: COLS })

  test.each([
    [true, false],
    [false, true],
    [true, true],
  ])('intercept %s, weights %s: every range of rows', (intercept, areWeighed) => {
    const design = designMatrix(source(), { intercept, weights: areWeighed ? weights : undefined })
    const rows = wanted(intercept, areWeighed)
    expect(design).toMatchObject({ rows: ROWS, cols: rows[0].length })
    for (const one of [design, reopenMatrix(structuredClone(design.spec))])
      for (let from = 0; from < ROWS; from++)
        for (let to = from + 1; to <= ROWS; to++) {
          const into = new (one.element === 'f64' ? Float64Array : Float32Array)(
            (to - from) * one.cols + 2,
          ).fill(7)
          one.readRows(from, to, into)
          expect([...into]).toEqual([...rows.slice(from, to).flat(), 7, 7])
        }
  })

  test('some of its columns, a view of its rows, a mask over it', () => {
    const design = designMatrix(source(), { intercept: true, weights })
    const rows = wanted(true, true)
    const few = withColumns(withColumns(design, [3, 0, 1]), [0, 1])
    const read = (one: typeof design) => {
      const into = new Float64Array(one.rows * one.cols)
      one.readRows(0, one.rows, into)
      return [...into]
    }
    const picked = rows.map((row) => [row[3], row[0]])
    expect(read(few)).toEqual(picked.flat())
    expect(read(reopenMatrix(structuredClone(few.spec)))).toEqual(picked.flat())
    expect(read(rowView(design, { rowStart: 2, rowEnd: 7 }))).toEqual(rows.slice(2, 7).flat())
    const seen = Uint8Array.from({ length: ROWS }, (_, i) => i % 2)
    const masked = rows.flatMap((row, i) => (i % 2 ? row : row.map(() => 0)))
    expect(read(reopenMatrix({ ...design.spec, seen }))).toEqual(masked)
    expect([0, 1].map((column) => tableColumn(few, column))).toEqual([2, -1])
  })
})

test('weights that do not fit are told of by row', () => {
  const source = matrix(table, { rows: ROWS, cols: COLS })
  const make = (own: Float64Array) => () => designMatrix(source, { weights: own })
  expect(make(weights.subarray(1))).toThrow(/there are 8 weights, and 9 rows/)
  expect(make(weights.map((w, i) => (i === 4 ? -1 : w)))).toThrow(
    /weight 4 is -1; weights are finite, and 0 at least/,
  )
  expect(make(weights.map((w, i) => (i === 2 ? NaN : w)))).toThrow(/weight 2 is NaN/)
})
