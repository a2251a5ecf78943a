// Every accepted format, layout and element type against values that NumPy computed, whole and by any row range.
// Catches: wrong element type, byte order, stride, offset, member, index; writes outside the asked rows; a spec that
// another thread could not use. Cannot catch: formats that NumPy and its zipfile module do not write.
import { join } from 'node:path'
import { describeFile, openMatrix, reopenMatrix } from '@levattention/core/internal'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  GOLDEN,
  expectFileNamed,
  expectRefusal,
  floats,
  golden,
  load,
  sharedWasmMemory,
  type GoldenMatrix,
} from './fixtures.ts'

const readable = golden.matrices.filter(({ address }) => !address.includes('deflated'))

function open({ address, options }: GoldenMatrix): ReturnType<typeof openMatrix> {
  return openMatrix(join(GOLDEN, address), options)
}

describe.each(readable)('$address', (entry) => {
  test('has the shape and the values that NumPy sees', () => {
    const source = open(entry)
    expect([source.rows, source.cols, source.element]).toEqual([entry.rows, entry.cols, entry.element])
    expect(load(join(GOLDEN, entry.address), entry.options)).toEqual(entry.values)
  })

  test('any row range is that slice, in the front of the view and nowhere else, in shared memory too', () => {
    const { rows, cols, element } = entry
    const range = fc
      .tuple(fc.nat(rows), fc.nat(rows))
      .map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const)
    const source = reopenMatrix(structuredClone(open(entry).spec))
    const memory = sharedWasmMemory()
    fc.assert(
      fc.property(
        range,
        fc.nat(9),
        fc.nat(3),
        fc.boolean(),
        ([rowStart, rowEnd], skipped, spare, isShared) => {
          const length = skipped + (rowEnd - rowStart) * cols + spare
          const width = element === 'f32' ? 4 : 8
          const buffer = isShared ? memory : new ArrayBuffer(length * width)
          const all =
            element === 'f32' ? new Float32Array(buffer, 0, length) : new Float64Array(buffer, 0, length)
          all.fill(77)
          source.readRows(rowStart, rowEnd, all.subarray(skipped))
          expect([...all]).toEqual([
            ...Array.from({ length: skipped }, () => 77),
            ...entry.values.slice(rowStart * cols, rowEnd * cols),
            ...Array.from({ length: spare }, () => 77),
          ])
        },
      ),
      { numRuns: 30 },
    )
    source.close()
  })
})

test.each(golden.refused)('$address is refused: $found', ({ address, found }) => {
  const path = join(GOLDEN, address)
  const shown = expectRefusal(() => openMatrix(path), 'Content')
  expect(shown.message.replaceAll(GOLDEN + '/', '')).toContain(found)
  expectFileNamed(shown, address.replace(/#.*/, ''))
})

test.each(golden.listings)('describeFile lists the arrays of $address', ({ address, arrays }) => {
  expect(describeFile(join(GOLDEN, address))).toEqual(arrays)
})

test('describeFile describes the one array that the address names, a vector as well', () => {
  const path = join(GOLDEN, 'several.safetensors')
  const [ids] = describeFile(`${path}#ids`)
  expect(ids).toMatchObject({ name: 'ids', shape: [5], dtype: 'safetensors I64', accepted: true })
  expect(describeFile(join(GOLDEN, 'f2-big-F.npy'))).toEqual([
    {
      name: '',
      shape: [5, 3],
      dtype: 'float16',
      order: 'Fortran',
      bigEndian: true,
      deflated: false,
      accepted: true,
    },
  ])
})

test('a request for rows that are not there, or into the wrong array, is ShapeMismatch and reads nothing', () => {
  const source = openMatrix(join(GOLDEN, 'f4-little-C.npy')) // [5, 3]
  for (const [start, end] of [
    [-1, 2],
    [3, 2],
    [0, 6],
    [0.5, 2],
    [NaN, 2],
  ]) {
    expectRefusal(() => source.readRows(start, end, new Float32Array(99)), 'ShapeMismatch', '5 rows')
  }
  expectRefusal(() => source.readRows(0, 5, new Float32Array(14)), 'ShapeMismatch', '15', '14')
  expectRefusal(() => source.readRows(0, 5, new Float64Array(15)), 'ShapeMismatch', 'Float32Array')
  source.readRows(5, 5, floats('f32', 0))
  source.close()
})
