// Several files as one matrix. Catches: rows of the wrong file at every boundary, a lost float64, wrong places in
// messages, more open files than a process may have.
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  concatMatrices,
  inputParts,
  matrix,
  npyHeader,
  openMatrix,
  reopenMatrix,
} from '@levattention/core/internal'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  GOLDEN,
  expectFileNamed,
  expectRefusal,
  floats,
  load,
  readAll,
  temporaryFolder,
} from '../inputs/fixtures.ts'

const FILES = [
  'f4-little-C.npy',
  'no-rows.npy',
  'f2-big-F.npy',
  'no-rows.npy',
  'one.npz',
  'f8-big-F.npy',
  'f4-big-C.npy',
] // [*, 3]
const ADDRESSES = FILES.map((file) => join(GOLDEN, file))

test('any row range of mixed types, orders and empty parts is that slice, widened to float64', () => {
  const values = ADDRESSES.flatMap((address) => load(address))
  const source = reopenMatrix(
    structuredClone(concatMatrices(ADDRESSES.map((address) => openMatrix(address))).spec),
  )
  expect([source.rows, source.cols, source.element]).toEqual([24, 3, 'f64'])
  expect(readAll(source)).toEqual(values)
  fc.assert(
    fc.property(fc.nat(24), fc.nat(24), (a, b) => {
      const [start, end] = [Math.min(a, b), Math.max(a, b)]
      const into = floats('f64', (end - start) * 3)
      source.readRows(start, end, into)
      expect([...into]).toEqual(values.slice(start * 3, end * 3))
    }),
  )
  source.close()
})

test('without a float64 part the matrix is float32', () => {
  const source = concatMatrices(
    ['f4-little-C.npy', 'f2-big-F.npy'].map((file) => openMatrix(join(GOLDEN, file))),
  )
  expect(source.element).toBe('f32')
  expect(readAll(source)).toEqual([...load(ADDRESSES[0]), ...load(ADDRESSES[2])])
})

test('every row is located in its file, and the parts list their first rows', () => {
  const source = concatMatrices(ADDRESSES.map((address) => openMatrix(address)))
  const rows = [5, 0, 5, 0, 4, 5, 5]
  const firstRows = [0, 5, 5, 10, 10, 14, 19]
  expect(inputParts(source)).toEqual(
    ADDRESSES.map((path, i) => ({ path, firstRow: firstRows[i], rows: rows[i] })),
  )
  const places = rows.flatMap((count, i) =>
    Array.from({ length: count }, (_, row) => {
      const [file, array] = ADDRESSES[i].split('#')
      return { file, ...(file.endsWith('.npz') ? { array: array ?? 'keys' } : {}), row }
    }),
  )
  expect(places.map((_, rowId) => source.locate(rowId))).toEqual(
    places.map((place, rowId) => ({ ...place, rowId })),
  )
})

test('different column counts, no matrix and matrices in memory are refused', () => {
  const [three, two] = ['f4-little-C.npy', 'version1.npy'].map((file) => openMatrix(join(GOLDEN, file)))
  const error = expectRefusal(
    () => concatMatrices([three, two]),
    'Content',
    '2 columns',
    'f4-little-C.npy has 3',
  )
  expectFileNamed(error, 'version1.npy')
  expectRefusal(() => concatMatrices([]), 'ShapeMismatch', 'no matrix')
  const memory = matrix(new Float32Array(3), { rows: 1, cols: 3 })
  expectRefusal(() => concatMatrices([three, memory]), 'ShapeMismatch', 'in memory')
  expect(concatMatrices([memory])).toBe(memory)
})

test('a matrix of many files keeps few of them open', () => {
  const folder = temporaryFolder()
  const paths = Array.from({ length: 100 }, (_, i) => join(folder, `${i}.npy`))
  paths.forEach((path, i) => {
    writeFileSync(path, Buffer.concat([npyHeader('<f4', [1, 1]), new Uint8Array(Float32Array.of(i).buffer)]))
  })
  const source = concatMatrices(paths.map((path) => openMatrix(path)))
  const before = readdirSync('/proc/self/fd').length
  for (let turn = 0; turn < 2; turn++) expect(readAll(source)).toEqual(paths.map((_, i) => i))
  expect(readdirSync('/proc/self/fd').length).toBeLessThanOrEqual(before + 16)
  source.close()
  expect(readdirSync('/proc/self/fd').length).toBeLessThanOrEqual(before)
})
