// Catches: an axis taken for another, a wrong stride, in row-major and column-major files. The oracle is the element's own value,
// which says where it stands. Cannot catch: a wrong reader of element types (golden-matrices.test.ts).
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { npyHeader, openHeads, openMatrix } from '@levattention/core/internal'
import { describe, expect, test } from 'vitest'
import { tiered } from '../../support/tier.ts'
import { expectRefusal, load, readAll, temporaryFolder } from './fixtures.ts'

const EXTENTS: Readonly<Record<string, number>> = { l: 2, b: 3, h: 4, n: 5, d: 6 }
const DIGITS: Readonly<Record<string, number>> = { l: 10_000, b: 1000, h: 100, n: 10, d: 1 }

/** A .npy of the axes `letters`, whose element at l, b, h, n, d is the number 'lbhnd'. */
function captured(letters: string, order: 'C' | 'Fortran' = 'C'): string {
  const shape = letters.split('').map((letter) => EXTENTS[letter])
  const values: number[] = []
  const stored = letters.split('').map((_, axis) => (order === 'C' ? axis : letters.length - 1 - axis))
  const count = shape.reduce((product, extent) => product * extent, 1)
  for (let flat = 0; flat < count; flat++) {
    let rest = flat
    let value = 0
    for (const axis of stored.toReversed()) {
      value += (rest % shape[axis]) * DIGITS[letters[axis]]
      rest = Math.floor(rest / shape[axis])
    }
    values.push(value)
  }
  const header = Buffer.from(npyHeader('<f4', shape)).toString('latin1')
  const text = order === 'C' ? header : header.replace('False', 'True ')
  const path = join(temporaryFolder(), 'k.npy')
  writeFileSync(
    path,
    Buffer.concat([Buffer.from(text, 'latin1'), new Uint8Array(Float32Array.from(values).buffer)]),
  )
  return path
}

/** All orders of `letters`. */
function orders(letters: string): string[] {
  if (letters.length < 2) return [letters]
  return letters.split('').flatMap((first) => orders(letters.replace(first, '')).map((rest) => first + rest))
}

/** What the matrix at a layer, batch and head holds, row-major. */
function matrixOf({ layer = 0, batch = 0, head = 0 }): number[] {
  const start = layer * DIGITS.l + batch * DIGITS.b + head * DIGITS.h
  return Array.from({ length: 30 }, (_, i) => start + Math.floor(i / 6) * DIGITS.n + (i % 6))
}

describe.each(['C', 'Fortran'] as const)('%s order', (order) => {
  test.each(['nd', 'hnd', 'bhnd', 'lbhnd', 'lnd'].flatMap(orders).slice(0, tiered(60, 1000)))(
    '%s',
    (layout) => {
      const heads = openHeads(captured(layout, order), { layout })
      const leading = layout.split('').filter((letter) => !'nd'.includes(letter))
      const count = leading.reduce((product, letter) => product * EXTENTS[letter], 1)
      expect(heads).toMatchObject({ headCount: count, rows: 5, cols: 6, layout })
      const seen: number[][] = []
      for (let index = 0; index < count; index++) {
        const place = heads.placeOf(index)
        const source = heads.open(index)
        expect(readAll(source), `${layout} ${index}`).toEqual(matrixOf(place))
        const few = new Float32Array(12)
        source.readRows(2, 4, few)
        expect([...few]).toEqual(matrixOf(place).slice(12, 24))
        source.close()
        seen.push(heads.leadingIndex(index))
      }
      // In the order in which they stand in the file.
      expect(seen).toEqual(seen.toSorted((a, b) => Number(a.join('')) - Number(b.join(''))))
    },
  )
})

test('without a layout the number of axes says it; s is the rows as n is', () => {
  for (const layout of ['nd', 'hnd', 'bhnd', 'lbhnd']) expect(openHeads(captured(layout)).layout).toBe(layout)
  expect(openHeads(captured('bnhd'), { layout: 'bshd' })).toMatchObject({
    layout: 'bnhd',
    extents: { batch: 3, head: 4 },
  })
})

test('an index selects, : keeps an axis; what is selected still says its layer', () => {
  const path = captured('lhnd')
  for (const index of ['[1]', '[1,:]', '[1,:,:,:]']) {
    const heads = openHeads(`${path}#${index}`, { layout: 'lhnd' })
    expect(heads).toMatchObject({ address: `${path}#[1]`, shape: [4, 5, 6], layout: 'hnd', headCount: 4 })
    expect(heads.placeOf(2)).toEqual({ layer: 1, head: 2 })
    expect(readAll(heads.open(2))).toEqual(matrixOf({ layer: 1, head: 2 }))
    // By the letters of what is left, which do not name the layer.
    expect(openHeads(`${path}#${index}`, { layout: 'hnd' }).placeOf(2)).toEqual({ head: 2 })
  }
  const rowsFirst = captured('bnhd')
  const heads = openHeads(`${rowsFirst}#[:,:,3]`, { layout: 'bshd' })
  expect(heads).toMatchObject({ shape: [3, 5, 6], headCount: 3 })
  expect(heads.placeOf(1)).toEqual({ batch: 1, head: 3 })
  expect(load(`${rowsFirst}#[1,:,3]`)).toEqual(matrixOf({ batch: 1, head: 3 }))
  expect(heads.open(1).locate(2)).toMatchObject({ head: [1, ':', 3], row: 2 })
  expectRefusal(() => openMatrix(`${rowsFirst}#[1,:]`), 'Content', 'several matrices', '#[1,0]')
  expectRefusal(() => openMatrix(`${rowsFirst}#[1,:,3,2]`), 'Content', 'no matrix is left by 3 indices')
  expectRefusal(() => openMatrix(`${rowsFirst}#[1,1:]`), 'Option', 'or : for a whole axis')
})

test('a matrix is one head, whatever the layout of the others is', () => {
  expect(readAll(openHeads(captured('nd'), { layout: 'bshd' }).open(0))).toEqual(matrixOf({}))
  expect(readAll(openHeads(captured('dn'), { layout: 'bdhn' }).open(0))).toEqual(matrixOf({}))
})

test.each([
  ['bsxd', "'x' is no axis"],
  ['bnsd', 'n and s are both the rows'],
  ['bshhd', "'h' stands there twice"],
  ['bhd', 'no axis is the rows'],
  ['bhn', 'no axis is the columns'],
  ['', 'no axis is the rows'],
])('the layout %s is refused', (layout, why) => {
  expectRefusal(() => openHeads(captured('bhnd'), { layout }), 'Option', '`layout`', why)
})

test('a layout of other axes than the array has is refused with the one that fits', () => {
  const path = captured('bnhd')
  expectRefusal(
    () => openHeads(path, { layout: 'shd' }),
    'Content',
    '(3, 5, 4, 6)',
    "'shd' names 3",
    "`layout: 'bshd'`",
  )
  expectRefusal(() => openHeads(path, { layout: 'hnd' }), 'Content', "`layout: 'bhnd'`")
  expectRefusal(() => openHeads(`${path}#[1]`, { layout: 'hdlbn' }), 'Content', '3 axes are left')
})

test('rows that lie far apart are read one by one, columns that do in pieces', () => {
  // A row of head h is every 5000th element.
  const [rows, cols, heads] = [3, 4, 5000]
  const values = Float32Array.from({ length: rows * cols * heads }, (_, i) => i)
  for (const layout of ['ndh', 'dnh']) {
    const shape = layout === 'ndh' ? [rows, cols, heads] : [cols, rows, heads]
    const path = join(temporaryFolder(), 'far.npy')
    writeFileSync(path, Buffer.concat([npyHeader('<f4', shape), new Uint8Array(values.buffer)]))
    const at = (row: number, col: number) =>
      (layout === 'ndh' ? row * cols + col : col * rows + row) * heads + 4321
    const wanted = [0, 1, 2].flatMap((row) => [0, 1, 2, 3].map((col) => at(row, col)))
    expect(readAll(openHeads(path, { layout }).open(4321))).toEqual(wanted)
  }
})
