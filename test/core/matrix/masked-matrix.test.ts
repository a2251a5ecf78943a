// Catches: a row that is not seen and is read as anything but zeros, in a view, in another thread's copy or in the middle of a block; one
// that is seen and lost; a range that reads what lies outside of it.
import {
  isSeen,
  matrix,
  type MatrixSource,
  reopenMatrix,
  rowView,
  seenMatrix,
} from '@levattention/core/internal'
import { describe, expect, test } from 'vitest'

const [rows, cols] = [9, 2]
const data = Float32Array.from({ length: rows * cols }, (_, at) => at + 1)
const whole = matrix(data, { rows, cols })
const seen = Uint8Array.from([1, 0, 1, 1, 0, 1, 1, 1, 0])

/** What `source` reads as rows [rowStart, rowEnd). */
function read(source: MatrixSource, rowStart: number, rowEnd: number): number[] {
  const into = new Float32Array((rowEnd - rowStart) * cols).fill(-1)
  source.readRows(rowStart, rowEnd, into)
  return [...into]
}

describe.each([
  ['a mask', { seen }],
  ['a range', { within: { rowStart: 2, rowEnd: 7 } }],
  ['both', { seen, within: { rowStart: 1, rowEnd: 6 } }],
  ['neither', {}],
])('%s', (_, rowsSeen) => {
  const source = seenMatrix(whole, rowsSeen)
  const wanted = (row: number) => (isSeen(rowsSeen, row) ? [2 * row + 1, 2 * row + 2] : [0, 0])

  test('every block, and every block of every view, here and opened again', () => {
    for (let first = 0; first <= rows; first++)
      for (let end = first; end <= rows; end++) {
        const view = rowView(source, { rowStart: first, rowEnd: end })
        for (let from = first; from <= end; from++)
          for (let to = from; to <= end; to++) {
            const all = Array.from({ length: to - from }, (__, at) => wanted(from + at)).flat()
            for (const one of [source, reopenMatrix(source.spec)]) expect(read(one, from, to)).toEqual(all)
            for (const one of [view, reopenMatrix(view.spec)])
              expect(read(one, from - first, to - first)).toEqual(all)
          }
      }
  })
})

test('rows outside of a range are not read', () => {
  const reads: number[][] = []
  const counted: MatrixSource = {
    ...whole,
    rows,
    cols,
    element: 'f32',
    spec: whole.spec,
    readRows: (rowStart, rowEnd, into) => {
      reads.push([rowStart, rowEnd])
      whole.readRows(rowStart, rowEnd, into)
    },
    locate: (row) => whole.locate(row),
    close: () => whole.close(),
  }
  const source = seenMatrix(counted, { within: { rowStart: 3, rowEnd: 5 } })
  for (const [from, to] of [
    [0, 9],
    [0, 3],
    [4, 8],
    [5, 9],
  ])
    read(source, from, to)
  expect(reads).toEqual([
    [3, 5],
    [4, 5],
  ])
})
