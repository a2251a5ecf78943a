// Catches: a copy where sharing was promised, sharing where a copy was, wrong slices, missing checks.
import { inputParts, matrix, reopenMatrix } from '@levattention/core/internal'
import { describe, expect, test } from 'vitest'
import { expectRefusal } from '../inputs/fixtures.ts'

describe.each([
  ['Float32Array', 'f32', Float32Array],
  ['Float64Array', 'f64', Float64Array],
] as const)('%s', (_, element, Floats) => {
  test('rows come back by range', () => {
    const source = matrix(Floats.from([1, 2, 3, 4, 5, 6]), { rows: 3, cols: 2 })
    expect([source.rows, source.cols, source.element]).toEqual([3, 2, element])
    const into = new Floats(5).fill(9)
    source.readRows(1, 3, into)
    expect([...into]).toEqual([3, 4, 5, 6, 9])
    expectRefusal(() => source.readRows(0, 4, into), 'ShapeMismatch', '3 rows')
    source.close()
  })

  test('a plain array is copied, so a later change of it is not seen', () => {
    const data = Floats.from([1, 2])
    const source = matrix(data, { rows: 1, cols: 2 })
    data.fill(0)
    const into = new Floats(2)
    source.readRows(0, 1, into)
    expect([...into]).toEqual([1, 2])
  })

  test('an array over a SharedArrayBuffer is shared, also with a reopened source', () => {
    const buffer = new SharedArrayBuffer(64)
    const data = (element === 'f32' ? new Float32Array(buffer, 8, 4) : new Float64Array(buffer, 8, 4)).fill(1)
    const source = matrix(data, { rows: 2, cols: 2 })
    const reopened = reopenMatrix(structuredClone(source.spec))
    data.fill(5)
    const into = new Floats(2)
    for (const each of [source, reopened]) {
      into.fill(0)
      each.readRows(1, 2, into)
      expect([...into]).toEqual([5, 5])
    }
  })
})

test('no rows are a matrix', () => {
  const source = matrix(new Float32Array(0), { rows: 0, cols: 4 })
  source.readRows(0, 0, new Float32Array(0))
  expect(source.rows).toBe(0)
})

test('rows are located by their id, under a name that says that there is no file', () => {
  const source = matrix(new Float32Array(6), { rows: 3, cols: 2 })
  expect(source.locate(2)).toEqual({ file: '(matrix in memory)', row: 2 })
  expect(inputParts(source)).toEqual([{ path: '(matrix in memory)', firstRow: 0, rows: 3 }])
})

test('a length, a count or a d that does not fit is refused', () => {
  expectRefusal(() => matrix(new Float32Array(7), { rows: 3, cols: 2 }), 'ShapeMismatch', '3 x 2', '7')
  expectRefusal(() => matrix(new Float32Array(6), { rows: 1.5, cols: 4 }), 'ShapeMismatch', 'rows is 1.5')
  expectRefusal(() => matrix(new Float32Array(6), { rows: -1, cols: -6 }), 'ShapeMismatch', 'rows is -1')
  expectRefusal(() => matrix(new Float32Array(6), { rows: 6, cols: NaN }), 'ShapeMismatch', 'cols is NaN')
  expectRefusal(() => matrix(new Float32Array(0), { rows: 6, cols: 0 }), 'Content', 'd = 0')
  expectRefusal(() => matrix(new Float32Array(4097), { rows: 1, cols: 4097 }), 'Content', 'd = 4097 > 4096')
})
