// Catches: a list column whose width is taken from an empty list or from none (its numbers become zeros, or vanish), in whatever row group it
// stands; the row and the lengths that are told; a null list that is no missing row. Cannot catch: lists as other programs write them.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { inflateInput, openMatrix, type OpenOptions } from '@levattention/core/internal'
import { parquetWriteBuffer } from 'hyparquet-writer'
import { describe, expect, test } from 'vitest'
import { expectRejection, readAll, temporaryFolder } from '../inputs/fixtures.ts'

type Lists = readonly (readonly (number | null)[] | null)[]

/** A column `a` of lists, and `b` of numbers 1, 2 ... */
function written(lists: Lists, rowGroupSize: number): string {
  const path = join(temporaryFolder(), 'K.parquet')
  const buffer = parquetWriteBuffer({
    columnData: [
      { name: 'a', data: [...lists] },
      { name: 'b', data: lists.map((_, i) => i + 1) },
    ],
    schema: [
      { name: 'root', num_children: 2 },
      { name: 'a', repetition_type: 'OPTIONAL', num_children: 1, converted_type: 'LIST' },
      { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
      { name: 'element', type: 'DOUBLE', repetition_type: 'OPTIONAL' },
      { name: 'b', type: 'DOUBLE', repetition_type: 'REQUIRED' },
    ],
    rowGroupSize,
  })
  writeFileSync(path, new Uint8Array(buffer))
  return path
}

async function read(path: string, options: OpenOptions = {}): Promise<number[]> {
  const inflated = await inflateInput(path, temporaryFolder(), options)
  const source = openMatrix(path, { ...options, inflated })
  const values = readAll(source)
  source.close()
  return values
}

const refused = (path: string, options: OpenOptions, ...said: string[]) =>
  expectRejection(inflateInput(path, temporaryFolder(), options), 'Content', ...said)

describe.each([1, 2, 3, 1000])('row groups of %d', (rowGroupSize) => {
  test.each<[string, Lists, number, number]>([
    ['the first one', [[], [2, 1], [3, 4], [7, 1], [5, 9]], 0, 0],
    ['the first ones', [[], [], [], [7, 1], [5, 9]], 0, 0],
    ['after a null one', [null, [], [3, 4], [7, 1], [5, 9]], 1, 0],
    ['one within', [[2, 1], [3, 4], [], [7, 1], [5, 9]], 2, 0],
    ['the last one', [[2, 1], [3, 4], [7, 1], [5, 9], []], 4, 0],
    ['a shorter one', [[2, 1], [3, 4], [7, 1], [5], [5, 9]], 3, 1],
    [
      'a longer one',
      [
        [2, 1],
        [3, 4],
        [7, 1],
        [5, 9],
        [1, 2, 3],
      ],
      4,
      3,
    ],
  ])('an empty or uneven list is refused: %s', async (_, lists, row, length) => {
    const path = written(lists, rowGroupSize)
    const said = `row ${row}, column 0 (a) is a list of ${length}, and others have 2`
    await refused(path, { missing: 'nan' }, said, "columns: '1'")
    if (lists[0] !== null) await refused(path, {}, said)
  })

  test.each<[string, Lists]>([
    ['empty', [[], [], []]],
    ['null', [null, null, null]],
    ['empty or null', [null, [], null]],
  ])('lists that are all %s are told as such', async (what, lists) => {
    const path = written(lists, rowGroupSize)
    const said = `column 0 (a) has no list with a number: every one is ${what}`
    await refused(path, {}, said, "columns: '1'")
    await refused(path, { missing: 'nan' }, said)
    expect(await read(path, { columns: 'b' })).toEqual([1, 2, 3])
  })

  test('null lists are missing rows, the first ones too', async () => {
    const [none, path] = [NaN, written([null, null, null, [3, 4], null, [5, null]], rowGroupSize)]
    await refused(path, {}, 'row 0, column 0 (a) is null: a missing value', "columns: '1'")
    const wanted = [none, none, 1, none, none, 2, none, none, 3, 3, 4, 4, none, none, 5, 5, none, 6]
    expect(await read(path, { missing: 'nan' })).toEqual(wanted)
  })
})

test('no rows at all are no fault of their lists', async () => {
  expect(await read(written([], 10), { columns: 'b' })).toEqual([])
})

test('a column of lists weighs no rows', async () => {
  const path = written(
    [
      [1, 2],
      [3, 4],
    ],
    10,
  )
  await refused(path, { weightColumn: 'a' }, 'column a is of lists; a weight is one number a row')
})
