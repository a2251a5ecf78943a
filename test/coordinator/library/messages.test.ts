// Catches: a message of the library that names an option of the command's, or another call's; ranges and masks of a form that only
// the command takes; advice about tables that drops how they were read. Cannot catch: advice that fails (test/advice).
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { inflateInput, KeySummary, matrix, openHeads, openMatrix } from '@levattention/core'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../../core/inputs/fixtures.ts'
import { keys, lev, numbers, refusalOf, untyped, useLibrary } from './library-support.ts'

useLibrary()

test.each<[unknown, string, string]>([
  [
    { rowStart: 0, rowEnd: 3 },
    '`keyRows` is 0:3, and there are 2 keys',
    'keyRows: { rowStart: 0, rowEnd: 2 }',
  ],
  [
    [1, 2],
    '`keyRows` is [1, 2], which is no object of rowStart and rowEnd',
    'keyRows: { rowStart: 1, rowEnd: 2 }',
  ],
  [[5, 3], '`keyRows` is [5, 3], which is no object', 'keyRows: { rowStart: 0, rowEnd: 2 }'],
  ['0:1', "`keyRows` is '0:1'", 'keyRows: { rowStart: 0, rowEnd: 1 }'],
  ['7:9', "`keyRows` is '7:9'", 'keyRows: { rowStart: 0, rowEnd: 2 }'],
  [{ rowStart: 1 }, '`keyRows` is a plain object', 'keyRows: { rowStart: 0, rowEnd: 2 }'],
])('a range of rows given as %o is told in the words of the library', async (keyRows, found, advice) => {
  const head = { queries: { data: numbers, rows: 2, cols: 2 }, keys: { data: numbers, rows: 2, cols: 2 } }
  for (const call of [
    () => untyped(lev, 'universalSet')(keys, { keyRows }),
    () => untyped(lev, 'scores')(keys, { keyRows }),
    () => untyped(lev, 'softmaxPairs')({ queries: keys, keys }, { keyRows }),
    () =>
      untyped(lev, 'attend')(
        { ...head, queries: keys, keys, values: keys },
        { selection: { full: true }, keyRows },
      ),
  ]) {
    const { message, place } = await refusalOf(call)
    expect(place.option).toBe('keyRows')
    expect(message).toContain(found)
    expect(message).toContain(`as in \`${advice}\``)
    expect(message).not.toContain('a:b')
  }
})

test.each([
  [[2, 2], 0, '2'],
  [[1, 255], 1, '255'],
])('a mask %o, which the command refuses, is refused by its entry', async (entries, at, value) => {
  const mask = Uint8Array.from(entries)
  const heads = { queries: keys, keys, values: keys }
  for (const option of ['keyMask', 'queryMask'])
    for (const call of [
      ...(option === 'keyMask'
        ? [
            () => untyped(lev, 'universalSet')(keys, { [option]: mask }),
            () => untyped(lev, 'sample')(keys, { rows: 1, [option]: mask }),
          ]
        : []),
      () => untyped(lev, 'softmaxPairs')({ queries: keys, keys }, { [option]: mask }),
      () => untyped(lev, 'attend')(heads, { selection: { full: true }, [option]: mask }),
      () => untyped(lev, 'coverage')(heads, { keep: [1], [option]: mask }),
    ]) {
      const { message, place, tag } = await refusalOf(call)
      expect([tag, place.option]).toEqual(['Option', option])
      expect(message).toContain(`entry ${at} of \`${option}\` is ${value}`)
      expect(message).toContain('1 is seen')
    }
})

test('parts of the same rows are told how each gets its place: rowOffset of sets, rowStart of summaries', async () => {
  const set = await lev.universalSet(keys)
  const overlap = await refusalOf(() => lev.merge([set, set]))
  expect(overlap.tag).toBe('IncompatibleSummary')
  expect(overlap.message).toMatch(/rows 0 to 1 are in both.*`rowOffset` of universalSet/)
  const summary = new KeySummary({ dim: 2, epsilon: 0.1 }).update(numbers)
  const own = await refusalOf(() => summary.merge(new KeySummary({ dim: 2, epsilon: 0.1 }).update(numbers)))
  expect(own.message).toContain('(`rowStart` gives a part its place)')
  const rest = matrix(numbers, { rows: 2, cols: 2 })
  const placed = await lev.universalSet(rest, { rowOffset: 2 })
  expect((await lev.merge([set, placed])).rowCount).toBe(4)
})

test('a folder without a name is not the current one', async () => {
  const error = await refusalOf(() => inflateInput('k.npz', ''))
  expect([error.tag, error.message]).toEqual([
    'Option',
    expect.stringContaining('the name of the folder is empty') as string,
  ])
})

test('how a table is to be read stands in the line that makes it ready', async () => {
  const path = join(temporaryFolder(), 't.csv')
  writeFileSync(path, "name,a,b,it's\nx,1,2,3\ny,4,5,6\n")
  const lineOf = async (options: object, open: unknown = openMatrix) =>
    (await refusalOf(() => (open as typeof openMatrix)(path, options))).message
  expect(await lineOf({ columns: 'a,b' })).toContain(
    "`openMatrix(address, { columns: 'a,b', inflated: await inflateInput(address, folder, { columns: 'a,b' }) })`",
  )
  expect(await lineOf({ id: 'name', header: 'yes' }, openHeads)).toContain(
    "`openHeads(address, { id: 'name', header: 'yes', inflated: await inflateInput(address, folder, { id: 'name', header: 'yes' }) })`",
  )
  expect(await lineOf({ columns: "a,it's" })).toContain("{ columns: 'a,it\\'s', inflated")
  expect(await lineOf({ id: 'name' })).toContain("{ id: 'name', inflated")
})
