// Catches: a relation of columns that does not hold in every row, by as little as float64 can tell, and is taken for one that does.
import { matrix } from '@levattention/core'
import { relationsTask, scalarKernels } from '@levattention/core/internal'
import { expect, test } from 'vitest'

function holds(rows: readonly (readonly number[])[], ...relations: readonly number[][]): boolean {
  const source = matrix(Float64Array.from(rows.flat()), { rows: rows.length, cols: rows[0].length })
  const shard = { source, range: { rowStart: 0, rowEnd: rows.length }, kernels: scalarKernels() }
  return relationsTask.answer(shard, { relations: Float64Array.from(relations.flat()) })
}

test('of whole numbers, of fractions, of numbers whose plain sum is rounded', () => {
  expect(holds([[1, 2, 3]], [1, 1, -1])).toBe(true)
  expect(holds([[0.1, 0.2, 0.3]], [1, 1, -1])).toBe(false)
  expect(holds([[0.1, 0.1, 0.2]], [1, 1, -1])).toBe(true)
  expect(holds([[1, 2 ** -60, 1]], [1, 1, -1])).toBe(false)
  expect(holds([[2 ** 53, 1, 2 ** 53]], [1, 1, -1])).toBe(false)
  expect(holds([[0.7, 2.1 + 2 ** -51]], [3, -1])).toBe(false)
})

test('in every row, and every one of them', () => {
  const rows = Array.from({ length: 5000 }, (_, i) => [i, 2 * i, 7])
  expect(holds(rows, [2, -1, 0])).toBe(true)
  expect(holds(rows, [2, -1, 0], [0, 0, 1])).toBe(false)
  rows[4999][1]++
  expect(holds(rows, [2, -1, 0])).toBe(false)
})
