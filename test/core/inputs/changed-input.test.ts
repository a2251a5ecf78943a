// Files that change, vanish or fail while a matrix is open, and places beyond 4 GiB.
// Catches: rows of another file taken for this one's, a short read taken for zeros, a failed read without its rows.
// Cannot catch: a change that keeps the length within the clock tick of the file system (some milliseconds).
import fs, {
  appendFileSync,
  closeSync,
  ftruncateSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs'
import { truncateSync, utimesSync, writeFileSync, writeSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { join } from 'node:path'
import { concatMatrices, npyHeader, openMatrix, type MatrixSource } from '@levattention/core/internal'
import { describe, expect, onTestFinished, test } from 'vitest'
import { expectFileNamed, expectRefusal, temporaryFolder } from './fixtures.ts'

const ROWS = 1000
const COLS = 512 // 2 MiB: more than is read between two checks

function writeMatrix(path: string, value: number): void {
  const data = new Float32Array(ROWS * COLS).fill(value)
  writeFileSync(path, Buffer.concat([npyHeader('<f4', [ROWS, COLS]), new Uint8Array(data.buffer)]))
}

function newMatrix(): { path: string; source: MatrixSource } {
  const path = join(temporaryFolder(), 'keys.npy')
  writeMatrix(path, 1)
  utimesSync(path, 1000, 1000) // long ago, so that a later write differs on any clock
  return { path, source: openMatrix(path) }
}

const CHANGES: [string, (path: string) => void, string][] = [
  ['grows', (path) => appendFileSync(path, 'x'), 'now has 2048129'],
  ['shrinks', (path) => truncateSync(path, 2_000_000), 'now has 2000000'],
  ['is written again', (path) => writeMatrix(path, 2), 'was written at 1970-01-01T00:16:40.000Z'],
  [
    'is replaced by a file of the same length',
    (path) => {
      writeMatrix(`${path}.new`, 2)
      renameSync(`${path}.new`, path)
    },
    'was written at',
  ],
  ['vanishes', (path) => rmSync(path), 'is gone'],
]

describe.each(CHANGES)('a file that %s', (_, change, found) => {
  test('between opening and the first read is noticed by that read', () => {
    const { path, source } = newMatrix()
    change(path)
    expectFileNamed(
      expectRefusal(() => source.readRows(0, 1, new Float32Array(COLS)), 'InputChanged', found),
      path,
    )
    source.close()
  })

  test('after a small read is noticed by close, which closes all the same', () => {
    const { path, source } = newMatrix()
    source.readRows(0, 1, new Float32Array(COLS))
    change(path)
    const error = expectRefusal(() => source.close(), 'InputChanged', found, 'Start again')
    expectFileNamed(error, path)
    source.close()
  })

  test('after a small read is noticed by a read of 1 MiB', () => {
    const { path, source } = newMatrix()
    source.readRows(0, 1, new Float32Array(COLS))
    change(path)
    const read = (): void => source.readRows(0, ROWS / 2 + 100, new Float32Array((ROWS / 2 + 100) * COLS))
    expectFileNamed(expectRefusal(read, 'InputChanged', found), path)
  })
})

test('a file that ends early is named with its row, also inside a longer matrix', () => {
  const { path } = newMatrix()
  const source = concatMatrices([openMatrix(path), openMatrix(path)])
  source.readRows(0, 1, new Float32Array(COLS))
  source.readRows(ROWS, ROWS + 1, new Float32Array(COLS))
  truncateSync(path, 128 + 500 * COLS * 4)
  const error = expectRefusal(
    () => source.readRows(ROWS + 499, ROWS + 502, new Float32Array(3 * COLS)),
    'InputChanged',
    'ended at byte 1024128',
    'row 499',
  )
  expectFileNamed(error, path)
  expect(error.place.row).toBe(499)
})

test('an unchanged file closes quietly, twice, and can be read again afterwards', () => {
  const { source } = newMatrix()
  const into = new Float32Array(COLS)
  for (let turn = 0; turn < 2; turn++) {
    source.readRows(7, 8, into)
    source.close()
    source.close()
  }
  expect([...into]).toEqual(Array.from({ length: COLS }, () => 1))
})

test('a file of one matrix may be closed in between: changes are noticed when it is opened again', () => {
  const { path, source } = newMatrix()
  source.readRows(0, 1, new Float32Array(COLS))
  source.close()
  writeMatrix(path, 2)
  expectFileNamed(
    expectRefusal(() => source.readRows(0, 1, new Float32Array(COLS)), 'InputChanged'),
    path,
  )
})

/** Lets one function of node:fs fail with a system error until the test ends. */
function failing(name: 'readSync' | 'openSync', code: string): void {
  const original = fs[name]
  const restore = (): void => {
    Object.assign(fs, { [name]: original })
    syncBuiltinESMExports()
  }
  onTestFinished(restore)
  const fail = (): never => {
    throw Object.assign(new Error(`${code}: simulated`), { code })
  }
  Object.assign(fs, { [name]: fail })
  syncBuiltinESMExports()
}

test('a device that fails is NotFound, with the row from which on nothing can be read', () => {
  const { path, source } = newMatrix()
  source.readRows(0, 1, new Float32Array(COLS))
  failing('readSync', 'EIO')
  const read = (): void => source.readRows(3, 5, new Float32Array(2 * COLS))
  const error = expectRefusal(read, 'NotFound', 'input/output error (EIO)', 'row 3')
  expectFileNamed(error, path)
  expect(error.place.row).toBe(3)
})

test('a header that cannot be read, and a file that may not be opened, are NotFound', () => {
  const { path } = newMatrix()
  failing('readSync', 'EIO')
  expectFileNamed(
    expectRefusal(() => openMatrix(path), 'NotFound', 'input/output error'),
    path,
  )
  failing('openSync', 'EACCES')
  expectFileNamed(
    expectRefusal(() => openMatrix(path), 'NotFound', 'permission denied'),
    path,
  )
})

test('rows beyond 4 GiB are read from their place', () => {
  const path = join(temporaryFolder(), 'sparse.bin')
  const fd = openSync(path, 'w')
  const rows = 20_000_000 // of 64 float32: 5.1 GB, a hole but for one row
  ftruncateSync(fd, rows * 256)
  writeSync(
    fd,
    new Uint8Array(Float32Array.from({ length: 64 }, (_, i) => i).buffer),
    0,
    256,
    (rows - 2) * 256,
  )
  closeSync(fd)
  expect(statSync(path).size).toBe(5_120_000_000)
  const source = openMatrix(path, { dtype: 'f32', cols: 64 })
  const into = new Float32Array(3 * 64)
  source.readRows(rows - 3, rows, into)
  source.close()
  expect([...into]).toEqual(Array.from({ length: 192 }, (_, i) => (i >= 64 && i < 128 ? i - 64 : 0)))
})

test('the rows of a column-major file are read in blocks, whatever the file’s size', () => {
  const path = join(temporaryFolder(), 'columns.npy')
  const [rows, cols] = [70_001, 3] // several scratch blocks
  const header = Buffer.from(npyHeader('<f8', [rows, cols]))
    .toString('latin1')
    .replace('False,', 'True, ')
  const data = Float64Array.from({ length: rows * cols }, (_, i) => i)
  writeFileSync(path, Buffer.concat([Buffer.from(header, 'latin1'), new Uint8Array(data.buffer)]))
  expect(readFileSync(path).length).toBe(128 + data.byteLength)
  const source = openMatrix(path)
  const into = new Float64Array((rows - 1) * cols)
  source.readRows(1, rows, into)
  source.close()
  expect(into.every((value, i) => value === (i % cols) * rows + 1 + Math.floor(i / cols))).toBe(true)
})
