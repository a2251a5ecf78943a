// Catches: a file that is known by its name where its content says another format. Cannot catch: a format that nobody registered.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { formatAt, inflateInput, openMatrix, writeNpz } from '@levattention/core/internal'
import { parquetWriteBuffer } from 'hyparquet-writer'
import { describe, expect, test } from 'vitest'
import { npyBytes } from '../../support/npy.mjs'
import { expectRefusal, readAll, temporaryFolder } from '../inputs/fixtures.ts'

const numbers = Float64Array.of(1.5, 2, 3, 4, 5, 6)
const columns = ['x', 'y'].map((name, column) => ({ name, data: numbers.filter((_, i) => i % 2 === column) }))
const header = Buffer.from('{"k":{"dtype":"F64","shape":[3,2],"data_offsets":[0,48]}}')
const length = Buffer.from(BigUint64Array.of(BigInt(header.length)).buffer)
const text = '1.5,2\n3,4\n5,6\n'

/** Each format, by the name that messages give it, and a file of it. */
const files: readonly [format: string, bytes: Uint8Array][] = [
  ['.npy', npyBytes([3, 2], numbers)],
  ['.safetensors', Buffer.concat([length, header, Buffer.from(numbers.buffer)])],
  ['.parquet', new Uint8Array(parquetWriteBuffer({ columnData: columns }))],
  ['.csv, .tsv (.gz too)', Buffer.from(text)],
  ['.csv, .tsv (.gz too)', gzipSync(text)],
]
const names = [
  'K',
  'K.npy',
  'K.npz',
  'K.safetensors',
  'K.parquet',
  'K.csv',
  'K.tsv',
  'K.csv.gz',
  'K.bin',
  'K.h5',
  'K.mat',
]

describe.each(files)('%s', (format, bytes) => {
  test.each(names)('is known by its content under the name %s', async (name) => {
    const path = join(temporaryFolder(), name)
    writeFileSync(path, bytes)
    expect(formatAt(path)?.name).toBe(format)
    const source = openMatrix(path, { inflated: await inflateInput(path, temporaryFolder()) })
    expect(readAll(source)).toEqual([...numbers])
    source.close()
  })
})

test('an archive under another name', async () => {
  const path = join(temporaryFolder(), 'K.csv')
  await writeNpz(path, [{ name: 'k', dtype: 'f64', shape: [3, 2], data: numbers }])
  expect(readAll(openMatrix(path))).toEqual([...numbers])
})

test.each([
  ['a Git LFS pointer', 'version https://git-lfs.github.com/spec/v1\noid sha256:aa\nsize 2052\n'],
  ['an HTML page', '<!DOCTYPE html><html><body>Sign in, please</body></html>'],
  ['an HDF5 file', '\x89HDF\r\n\x1a\n'.padEnd(600, '\0')],
  ['a MATLAB file', 'MATLAB 5.0 MAT-file, Platform: GLNXA64'.padEnd(300, '\0')],
  ['a GGUF model', 'GGUF\x03'.padEnd(200, '\0')],
  ['a Python pickle', '\x80\x04\x95\x10\0\0\0\0\0\0\0\x8c\x05numpy.'.padEnd(80, '\0')],
])('%s under the name of any format is called what it is', (what, content) => {
  for (const name of ['K.npy', 'K.npz', 'K.safetensors', 'K.csv', 'K.tsv', 'K.csv.gz', 'K.parquet', 'K']) {
    const path = join(temporaryFolder(), name)
    writeFileSync(path, content, 'latin1')
    expectRefusal(() => openMatrix(path), 'Content', what)
  }
})
