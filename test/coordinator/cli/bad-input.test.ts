// Catches: a wrong input that some command takes, or refuses with another exit code or without naming file and place,
// an output or temporary that it leaves. Cannot catch: what
// one command alone refuses (failures.test.ts), readers that misread good files (test/core/storage).
import { cpSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { npyHeader, writeNpz } from '@levattention/core/internal'
import { parquetWriteBuffer } from 'hyparquet-writer'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { writeArchive } from '../../core/files/zip-archive.ts'
import { gaussianRows, Workspace } from './bin.ts'
import { runHere } from './in-process.ts'

const GOLDEN = fileURLToPath(new URL('../../golden/readers', import.meta.url))
const work = new Workspace()
const [n, d] = [40, 3]
afterAll(() => work.remove())

/** Each command that opens matrices, with `file` in each of its places, and all the outputs that it could leave. */
const commands: readonly [string, (file: string) => [string, ...string[]]][] = [
  ['run, keys', (file) => ['run', '--keys', file, '--out', 'new.npz', '--universal', 'new.lev']],
  ['run, queries', (file) => ['run', '--keys', 'K.npy', '--queries', file, '--out', 'new.csv']],
  ['run, standard output', (file) => ['run', '--keys', file]],
  ['build', (file) => ['build', file, '--out', 'new.lev', '--out', 'new.npz']],
  ['query', (file) => ['query', '--universal', 'u.lev', '--queries', file, '--out', 'new.ndjson']],
  [
    'query, keys',
    (file) => ['query', '--universal', 'u.lev', '--queries', 'K.npy', '--keys', file, '--out', 'new.npz'],
  ],
  ['curve', (file) => ['curve', file]],
  ['scores', (file) => ['scores', file, '--out', 'new.npy']],
  ['verify, keys', (file) => ['verify', '--keys', file, '--queries', 'K.npy', '--heavy', 'h.npz']],
  ['verify, queries', (file) => ['verify', '--keys', 'K.npy', '--queries', file, '--heavy', 'h.npz']],
]

let standing: string[] = []
beforeAll(async () => {
  for (const name of readdirSync(GOLDEN)) cpSync(join(GOLDEN, name), work.path(name))
  const keys = gaussianRows(n, d, 1)
  work.npy('K.npy', [n, d], keys)
  const whole = readFileSync(work.path('K.npy'))
  writeFileSync(work.path('empty.npy'), '')
  writeFileSync(work.path('header.npy'), whole.subarray(0, 60))
  writeFileSync(work.path('short.npy'), whole.subarray(0, -5))
  writeFileSync(work.path('long.npy'), Buffer.concat([whole, Buffer.from('xy')]))
  writeFileSync(work.path('lie.npy'), withShape(whole, '(9000000000000, 3)'))
  writeFileSync(work.path('negative.npy'), withShape(whole, '(-40, 3)'))
  writeFileSync(work.path('short.safetensors'), readFileSync(work.path('one.safetensors')).subarray(0, -1))
  const archive = readFileSync(work.path('one-deflated.npz'))
  writeFileSync(work.path('damaged.npz'), archive.with(archive.indexOf('keys.npy') + 40, 0xff))
  work.npy('nan.npy', [n, d], keys.with(3 * d + 2, NaN))
  work.npy('Q4.npy', [5, 4], gaussianRows(5, 4, 2))
  writeNotFinite()
  work.npy('inf.npy', [n, d], Float64Array.from(keys).with(39 * d, -Infinity))
  mkdirSync(work.path('folder.npy'))
  await writeTables()
  await runHere(work, 'run', '--keys', 'K.npy', '--out', 'h.npz', '--universal', 'u.lev', '--epsilon', '.3')
  standing = work.names()
})

// What one test leaves must not fail the next.
afterEach(() => {
  for (const name of work.names()) if (!standing.includes(name)) rmSync(work.path(name))
})

/** Tables and vectors with a fault each. */
async function writeTables(): Promise<void> {
  const write = (name: string, content: string | Uint8Array) => writeFileSync(work.path(name), content)
  const wide = BigInt64Array.from({ length: n * d }, (_, i) => (i === d + 2 ? 2n ** 53n + 1n : BigInt(i)))
  write('beyond.npy', Buffer.concat([npyHeader('<i8', [n, d]), Buffer.from(wide.buffer)]))
  write('word.csv', 'a,b,c\n1.5,2,3\n4,x,6\n7,8,9\n')
  write('missing.tsv', '1.5\t2\t\n4\t5\t6\n7\t8\t9\n')
  write('ragged.csv', 'a,b,c\n1.5,2,3\n4,5,6\n7,8\n')
  write('quote.csv', 'a,b,c\n1.5,2,3\n"4,5,6\n7,8,9\n')
  const lines = Array.from(gaussianRows(500, d, 3), (value, i) => `${value}${i % d === d - 1 ? '\n' : ','}`)
  const zipped = gzipSync(lines.join(''))
  write('cut.csv.gz', zipped.subarray(0, -200))
  write('damaged.csv.gz', zipped.fill(0xff, zipped.length - 300, zipped.length - 100))
  write('huge.csv', '1.5,2,3\n4,1e999,6\n')
  write('wide-letters.csv', Buffer.from('\ufeff1.5,2,3\r\n4,5,6\r\n', 'utf16le'))
  const parquet = Buffer.from(parquetWriteBuffer({ columnData: columnsOf(gaussianRows(500, d, 3)) }))
  write('cut.parquet', parquet.subarray(0, -9))
  write('damaged.parquet', parquet.fill(0xee, 30, parquet.length / 2))
  write('several.fvecs', Buffer.from(Int32Array.of(3, 1, 2, 3, 3, 4, 5, 6, 4, 7, 8, 9).buffer))
  await writeNpz(work.path('outside.npz'), [
    { name: 'indices', dtype: 'i32', shape: [2], data: Int32Array.of(1, 7) },
    { name: 'indptr', dtype: 'i32', shape: [3], data: Int32Array.of(0, 1, 2) },
    { name: 'format', text: 'csr' },
    { name: 'shape', dtype: 'i64', shape: [2], data: Float64Array.of(2, d) },
    { name: 'data', dtype: 'f64', shape: [2], data: Float64Array.of(1, 2) },
  ])
}

function columnsOf(rows: Float32Array) {
  return Array.from({ length: d }, (_, column) => ({
    name: `x${column}`,
    data: Float64Array.from(rows.filter((__, i) => i % d === column)),
  }))
}

/** Entries that are not finite, in the other formats. */
function writeNotFinite(): void {
  const half = new Uint16Array(15).fill(0x3c00)
  writeFileSync(work.path('nan-f16.bin'), half.with(2 * d + 1, 0x7e00))
  writeFileSync(work.path('nan-bf16.bin'), half.with(2 * d + 1, 0x7f80))
  const golden = readFileSync(work.path('f8-little-F.npy'))
  const values = new Float64Array(Uint8Array.from(golden.subarray(-8 * 5 * d)).buffer)
  const body = Buffer.from(values.with(5 + 4, NaN).buffer)
  writeFileSync(work.path('nan-fortran.npy'), Buffer.concat([golden.subarray(0, -8 * 5 * d), body]))
  work.npy('nan-heads.npy', [2, 4, d], gaussianRows(8, d, 3).with(4 * d + 2 * d, NaN))
}

/** The file with another shape in its header of the same length. */
function withShape(file: Buffer, shape: string): Buffer {
  const text = file.toString('latin1')
  const old = `(${n}, ${d}), }`
  expect(text).toContain(old)
  const padded = `${shape}, }`.padEnd(old.length)
  const spaces = ' '.repeat(padded.length - old.length)
  return Buffer.from(text.replace(old + spaces, padded), 'latin1')
}

/** address, exit code, what the message says of it, of the place and of what to do. */
const badInputs: readonly [string, string, number, readonly string[]][] = [
  ['Python objects', 'object.npy', 65, ['Python object', 'save its numbers as float64']],
  ['an integer that float64 rounds', 'beyond.npy', 65, ['row 1, column 2', 'beyond 2^53']],
  ['a word in a table', 'word.csv', 65, ["row 1 (line 3), column 1 (b) is 'x'", '--columns 0,2']],
  ['a missing value in a table', 'missing.tsv', 65, ['row 0 (line 1), column 2 is empty']],
  ['a line of fewer fields', 'ragged.csv', 65, ['row 2 (line 4) has 2 fields, and others have 3']],
  ['a quote that does not end', 'quote.csv', 65, ['quotes']],
  ['a table cut off in its gzip', 'cut.csv.gz', 65, ['truncated']],
  ['a table damaged in its gzip', 'damaged.csv.gz', 65, ['damaged']],
  ['a number beyond float64 in a table', 'huge.csv', 65, ["is '1e999': beyond the range"]],
  ['a table in UTF-16', 'wide-letters.csv', 65, ['UTF-16']],
  ['a damaged Parquet file', 'damaged.parquet', 65, ['damaged']],
  ['a Parquet file cut off', 'cut.parquet', 65, ['truncated']],
  ['vectors of several lengths', 'several.fvecs', 65, ['vector 2 says that it has 4 numbers']],
  ['a sparse matrix that points outside', 'outside.npz', 65, ['damaged', 'column 7 of a matrix']],
  ['complex numbers', 'complex.npy', 65, ['complex128', 'numpy.save(']],
  ['text', 'string.npy', 65, ['string', 'as float64']],
  ['one dimension', 'vector.npy', 65, ['(5,)', 'reshape(-1, 1)']],
  ['no dimension', 'number.npy', 65, ['()']],
  ['three dimensions', 'stack3-C.npy', 65, ["'stack3-C.npy#[0]'"]],
  ['an index too many', 'f4-little-C.npy#[0]', 65, ['`f4-little-C.npy`']],
  ['an index out of range', 'stack3-C.npy#[9]', 2, ['index 9 of axis 0']],
  ['no columns', 'no-columns.npy', 65, ['d = 0']],
  ['too many columns', 'wide.npy', 65, ['4097', '4096']],
  ['an empty file', 'empty.npy', 65, ['is empty']],
  ['a header without its end', 'header.npy', 65, ['truncated']],
  ['truncated data', 'short.npy', 65, ['truncated', '475']],
  ['trailing bytes', 'long.npy', 65, ['2 bytes too many']],
  ['a header that lies', 'lie.npy', 65, ['its header lies', '9000000000000']],
  ['a negative shape', 'negative.npy', 65, ['header']],
  ['a truncated .safetensors', 'short.safetensors', 65, ['truncated']],
  ['a vector of integers', 'several.safetensors#ids', 65, ['(5,)']],
  ['several tensors, none named', 'several.safetensors', 65, ["'several.safetensors#layer.0.k'"]],
  ['several arrays, none named', 'stored.npz', 65, ["'stored.npz#keys'"]],
  ['a damaged compressed member', 'damaged.npz', 65, []],
  ['NaN', 'nan.npy', 65, ['row 3, column 2 is NaN', 'finite']],
  ['infinity', 'inf.npy', 65, ['row 39, column 0 is -Infinity', 'finite']],
  ['an unknown tensor', 'several.safetensors#layer.0.K', 66, ['layer.0.k']],
  ['an unknown array', 'stored.npz#kyes', 66, ['keys']],
  ['no such file', 'absent.npy', 66, ['not found']],
  ['a folder', 'folder.npy', 66, ['folder']],
]

describe.each(commands)('%s', (_, commandLine) => {
  test.each(badInputs)('%s', async (__, address, exitCode, texts) => {
    const ran = await runHere(work, ...commandLine(address))
    expect({ exitCode: ran.exitCode, stdout: ran.stdout }).toEqual({ exitCode, stdout: '' })
    for (const text of [address.split('#')[0], ...texts]) expect(ran.stderr).toContain(text)
    expect(ran.stderr.trimEnd().split('\n')).toHaveLength(1)
    expect(work.names()).toEqual(standing)
  })
})

describe('keys and queries of different d', () => {
  test.each<[string, ...string[]]>([
    ['run', '--keys', 'K.npy', '--queries', 'Q4.npy', '--out', 'new.npz'],
    ['run', '--keys', 'Q4.npy', '--queries', 'K.npy', '--universal', 'new.lev'],
    ['query', '--universal', 'u.lev', '--queries', 'Q4.npy', '--out', 'new.npz'],
    ['query', '--universal', 'u.lev', '--queries', 'K.npy', '--keys', 'Q4.npy', '--out', 'new.npz'],
    ['verify', '--keys', 'K.npy', '--queries', 'Q4.npy', '--heavy', 'h.npz'],
  ])('%s %s %s %s %s', async (...args) => {
    const ran = await runHere(work, ...args)
    expect(ran.exitCode).toBe(65)
    expect(ran.stderr).toMatch(/Q4\.npy.* (4 columns|\(keys\) 4;|shape \[5, 4\])/)
    expect(work.names()).toEqual(standing)
  })
})

describe('not finite, wherever it stands', () => {
  test.each<[string, readonly string[], string]>([
    [
      'f16',
      ['--keys', 'nan-f16.bin', '--dtype', 'f16', '--cols', '3'],
      'nan-f16.bin: row 2, column 1 is NaN',
    ],
    [
      'bf16',
      ['--keys', 'nan-bf16.bin', '--dtype', 'bf16', '--cols', '3'],
      'nan-bf16.bin: row 2, column 1 is Inf',
    ],
    ['columns first', ['--keys', 'nan-fortran.npy'], 'nan-fortran.npy: row 4, column 1 is NaN'],
    [
      'the second of two files',
      ['--keys', 'K.npy', '--keys', 'nan.npy', '--concat'],
      'nan.npy: row 3, column 2 is NaN',
    ],
    ['one head', ['--keys', 'nan-heads.npy#[1]'], 'nan-heads.npy#[1]: row 2, column 0 is NaN'],
  ])('%s', async (_, input, text) => {
    const ran = await runHere(work, 'run', ...input, '--out', 'new.npz', '--universal', 'new.lev')
    expect(ran.exitCode).toBe(65)
    expect(ran.stderr).toContain(text)
    expect(work.names()).toEqual(standing)
  })

  test('a compressed member', async () => {
    const path = writeArchive([{ name: 'keys.npy', data: readFileSync(work.path('nan.npy')), method: 8 }])
    const ran = await runHere(work, 'run', '--keys', path, '--out', 'new.npz')
    expect(ran.exitCode).toBe(65)
    expect(ran.stderr).toContain(`${path}#keys: row 3, column 2 is NaN`)
    expect(work.names()).toEqual(standing)
  })
})

describe.each<[string, ...string[]]>([
  ['run', '--keys', 'K.npy', '--out', 'new.npz'],
  ['build', 'K.npy', '--out', 'new.lev'],
  ['query', '--universal', 'u.lev', '--queries', 'K.npy', '--out', 'new.npz'],
  ['verify', '--keys', 'K.npy', '--heavy', 'h.npz'],
])('epsilon of %s', (...args) => {
  test.each([
    '0',
    '-0',
    '-1',
    '1.5',
    '1.0000000000000002',
    '1e-400',
    'abc',
    '',
    ' .1',
    '.1.2',
    '0,1',
    '0x1',
    'NaN',
    'Infinity',
  ])("'%s' is refused", async (text) => {
    const ran = await runHere(work, ...args, '--epsilon', text)
    expect({ exitCode: ran.exitCode, stdout: ran.stdout }).toEqual({ exitCode: 2, stdout: '' })
    expect(ran.stderr).toMatch(/--epsilon .*--epsilon (0\.01`|E)\n$/)
    expect(work.names()).toEqual(standing)
  })

  test('without a value, or with two, it is refused', async () => {
    for (const end of [['--epsilon'], ['--epsilon', '.1', '--epsilon', '.2']]) {
      const ran = await runHere(work, ...args, ...end)
      expect(ran.exitCode).toBe(2)
      expect(ran.stderr).toContain('--epsilon')
      expect(work.names()).toEqual(standing)
    }
  })
})
