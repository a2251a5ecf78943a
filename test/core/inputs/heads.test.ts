// Heads of 3-D and 4-D arrays, of either order, also compressed. Catches: heads in the wrong order, a wrong stride.
import { join } from 'node:path'
import { inflateInput, inputParts, keyHeadOf, openHeads, openMatrix } from '@levattention/core/internal'
import { describe, expect, test } from 'vitest'
import { GOLDEN, expectFileNamed, expectRefusal, load, readAll, temporaryFolder } from './fixtures.ts'

describe.each([
  ['stack3-C.npy', [2, 4, 3], [[0], [1]]],
  ['stack3-F.npy', [2, 4, 3], [[0], [1]]],
  [
    'stack4-C.npy',
    [2, 3, 4, 2],
    [
      [0, 0],
      [0, 1],
      [0, 2],
      [1, 0],
      [1, 1],
      [1, 2],
    ],
  ],
  [
    'stack4-F.npy',
    [2, 3, 4, 2],
    [
      [0, 0],
      [0, 1],
      [0, 2],
      [1, 0],
      [1, 1],
      [1, 2],
    ],
  ],
])('%s', (file, shape, leading) => {
  test('its heads, in row-major order of the leading axes, are the matrices at those indices', () => {
    const heads = openHeads(join(GOLDEN, file))
    expect(heads).toMatchObject({ shape, headCount: leading.length, rows: shape.at(-2), cols: shape.at(-1) })
    leading.forEach((index, headIndex) => {
      expect(heads.leadingIndex(headIndex)).toEqual(index)
      const head = heads.open(headIndex)
      expect(readAll(head)).toEqual(load(join(GOLDEN, `${file}#[${index.join(',')}]`)))
      expect(inputParts(head)).toEqual([{ path: join(GOLDEN, file), firstRow: 0, rows: head.rows }])
      head.close()
    })
  })

  test('a head that is not there is refused', () => {
    const heads = openHeads(join(GOLDEN, file))
    for (const headIndex of [-1, heads.headCount, 0.5, NaN]) {
      expectFileNamed(
        expectRefusal(() => heads.open(headIndex), 'Content', `no head ${headIndex}`),
        file,
      )
    }
  })
})

test('an index selects leading axes first: the heads of one batch', () => {
  const heads = openHeads(join(GOLDEN, 'stack4-F.npy#[1]'))
  expect(heads).toMatchObject({ shape: [3, 4, 2], headCount: 3 })
  expect(readAll(heads.open(2))).toEqual(load(join(GOLDEN, 'stack4-F.npy#[1,2]')))
})

test('a matrix is one head', () => {
  const heads = openHeads(join(GOLDEN, 'f4-little-C.npy'))
  expect(heads).toMatchObject({ shape: [5, 3], headCount: 1 })
  expect(readAll(heads.open(0))).toEqual(load(join(GOLDEN, 'f4-little-C.npy')))
})

test('a vector has no heads', () => {
  expectFileNamed(
    expectRefusal(() => openHeads(join(GOLDEN, 'vector.npy')), 'Content', '(5,)'),
    'vector.npy',
  )
})

test('the heads of a compressed array are read from its inflated file', async () => {
  const address = join(GOLDEN, 'deflated.npz#heads')
  expectFileNamed(
    expectRefusal(() => openHeads(address), 'Content', 'compressed', 'inflateInput'),
    'deflated.npz',
  )
  const inflated = await inflateInput(address, temporaryFolder())
  expect(readAll(openHeads(address, { inflated }).open(1))).toEqual(load(join(GOLDEN, 'stored.npz#heads[1]')))
  expect(readAll(openMatrix(`${address}[1]`, { inflated }))).toEqual(
    load(join(GOLDEN, 'stored.npz#heads[1]')),
  )
})

test('grouped-query attention: consecutive query heads share a key head, batches stay apart', () => {
  expect([0, 1, 2, 3, 4, 5, 6, 7].map((head) => keyHeadOf(head, 8, 2))).toEqual([0, 0, 0, 0, 1, 1, 1, 1])
  expect([0, 1, 2].map((head) => keyHeadOf(head, 3, 3))).toEqual([0, 1, 2])
  expect([0, 1, 2].map((head) => keyHeadOf(head, 3, 1))).toEqual([0, 0, 0])
  // [2 batches, 4 query heads] against [2 batches, 2 key heads]
  expect([0, 1, 2, 3, 4, 5, 6, 7].map((head) => keyHeadOf(head, 8, 4))).toEqual([0, 0, 1, 1, 2, 2, 3, 3])
})
