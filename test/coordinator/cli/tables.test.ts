// After public reports of people who had their matrix in another form: tables of integers, CSV of a statistics program, column-major
// dumps, sparse one-hot matrices, words of NumPy's types, bfloat16 bits. Catches: scores that differ from those of the same numbers in
// float64; an option that serves no input and is not refused; a large table that comes out otherwise on threads. Cannot catch: readers
// that misread a whole format (test/core/formats, test/golden).
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { npyHeader, writeNpz } from '@levattention/core/internal'
import { parquetWriteBuffer } from 'hyparquet-writer'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readNpy } from '../../support/npy.mjs'
import { gaussianRows, Workspace } from './bin.ts'
import { jsonHere, runHere } from './in-process.ts'

const work = new Workspace()
afterAll(() => work.remove())
const [n, d] = [200, 6]
/** One-hot columns and a column of ones. */
const whole = Float64Array.from({ length: n * d }, (_, i) => (i % d === 0 ? 1 : Number((i * 7919) % 13 < 5)))
/** Keys whose scores differ. */
const keys = Float64Array.from(gaussianRows(n, d, 4), (value, i) => value * (1 + (i % d) ** 3))

const write = (name: string, content: string | Uint8Array) => writeFileSync(work.path(name), content)
const npy = (descr: string, values: ArrayBufferView, isFortran = false) =>
  Buffer.concat([npyHeader(descr, [n, d], isFortran), Buffer.from(values.buffer)])
const csvOf = (
  values: ArrayLike<number>,
  separator = ',',
  end = '\n',
  form = (value: number) => `${value}`,
) =>
  Array.from({ length: values.length / d }, (_, row) =>
    Array.from({ length: d }, (__, column) => form(values[row * d + column])).join(separator),
  ).join(end) + end

async function scoresOf(...args: string[]): Promise<Float64Array> {
  const { exitCode, stderr } = await runHere(work, 'scores', ...args, '--out', 't.npy', '--force')
  expect([args, exitCode, stderr]).toEqual([args, 0, stderr])
  return readNpy(work.path('t.npy')).data
}

beforeAll(() => {
  write('whole.npy', npy('<f8', whole))
  write('keys.npy', npy('<f8', keys))
})

describe('a table of integers has the scores of the same numbers in float64', () => {
  const big = BigInt64Array.from(whole, BigInt)
  const bigEndian = Buffer.from(Int32Array.from(whole).buffer).swap32()
  test.each<[string, Buffer]>([
    ['uint8', npy('|u1', Uint8Array.from(whole))],
    ['bool', npy('|b1', Uint8Array.from(whole))],
    ['int16', npy('<i2', Int16Array.from(whole))],
    ['int32', npy('<i4', Int32Array.from(whole))],
    ['int64', npy('<i8', big)],
    ['uint64', npy('<u8', new BigUint64Array(big.buffer))],
    ['big-endian int32', Buffer.concat([npyHeader('>i4', [n, d]), bigEndian])],
  ])('%s', async (name, bytes) => {
    write(`${name}.npy`, bytes)
    expect(await scoresOf(`${name}.npy`)).toEqual(await scoresOf('whole.npy'))
  })

  test('and its heavy pairs', async () => {
    write('u1.npy', npy('|u1', Uint8Array.from(whole)))
    const [of, same] = [
      await jsonHere(work, 'run', '--keys', 'u1.npy'),
      await jsonHere(work, 'run', '--keys', 'whole.npy'),
    ]
    expect([of.pairs, of.maxBound]).toEqual([same.pairs, same.maxBound])
  })
})

describe('the same numbers as', () => {
  const named = 'a,b,c,d,e,f\n'
  const columns = (values: Float64Array) =>
    Array.from({ length: d }, (_, column) => ({
      name: 'abcdef'[column],
      data: values.filter((__, i) => i % d === column),
    }))
  const transposed = (values: Float64Array) =>
    Float64Array.from(values, (_, i) => values[(i % n) * d + Math.floor(i / n)])
  const cases: readonly [string, string | Uint8Array, ...string[]][] = [
    ['R.csv', `"a","b","c","d","e","f"\r\n${csvOf(keys, ',', '\r\n')}`],
    ['tabs.tsv', csvOf(keys, '\t')],
    ['savetxt.txt', csvOf(keys, ' ', '\n', (value) => value.toExponential(18))],
    [
      'frame.csv',
      `,${named}${csvOf(keys)
        .trimEnd()
        .split('\n')
        .map((line, i) => `${i},${line}`)
        .join('\n')}`,
      '--columns',
      '1:7',
    ],
    [
      'words.csv',
      `kind,${named}${csvOf(keys).replaceAll(/^/gm, 'x,').replace(/x,$/, '')}`,
      '--columns',
      'a,b,c,4:7',
    ],
    ['Excel.csv', `\ufeff${named}${csvOf(keys, ',', '\r\n', (value) => `"${value}"`)}`],
    ['zipped.csv.gz', gzipSync(named + csvOf(keys))],
    ['K.parquet', new Uint8Array(parquetWriteBuffer({ columnData: columns(keys), rowGroupSize: 64 }))],
    ['C.bin', new Uint8Array(keys.buffer), '--dtype', 'f64', '--cols', '6'],
    [
      'writeBin.bin',
      new Uint8Array(transposed(keys).buffer),
      '--dtype',
      'f64',
      '--cols',
      '6',
      '--order',
      'F',
    ],
    ['fortran.npy', npy('<f8', transposed(keys), true)],
    ['d.npy', npy('d', keys)],
    ['float64.npy', npy('float64', keys)],
  ]
  test.each(cases)('%s', async (name, bytes, ...options) => {
    write(name, bytes)
    expect(await scoresOf(name, ...options)).toEqual(await scoresOf('keys.npy'))
  })

  test('in a ZIP member whose name does not end in .npy, as NumPy reads it', async () => {
    const { writeArchive } = await import('../../core/files/zip-archive.ts')
    const path = writeArchive([
      { name: 'k', data: npy('<f8', keys) },
      { name: 'readme.txt', data: Buffer.from('hello, hello') },
    ])
    expect(await scoresOf(path)).toEqual(await scoresOf('keys.npy'))
    expect(await scoresOf(`${path}#k`)).toEqual(await scoresOf('keys.npy'))
  })

  test('in a sparse matrix of SciPy', async () => {
    const rows = Array.from({ length: n }, (_, row) =>
      [...whole.subarray(row * d, row * d + d).keys()].filter((column) => whole[row * d + column] !== 0),
    )
    const indptr = rows.reduce<number[]>(
      (starts, row) => [...starts, starts[starts.length - 1] + row.length],
      [0],
    )
    const indices = Int32Array.from(rows.flat())
    await writeNpz(
      work.path('onehot.npz'),
      [
        { name: 'indices', dtype: 'i32', shape: [indices.length], data: indices },
        { name: 'indptr', dtype: 'i32', shape: [n + 1], data: Int32Array.from(indptr) },
        { name: 'format', text: 'csr' },
        { name: 'shape', dtype: 'i64', shape: [2], data: Float64Array.of(n, d) },
        {
          name: 'data',
          dtype: 'f64',
          shape: [indices.length],
          data: new Float64Array(indices.length).fill(1),
        },
      ],
      { force: true },
    )
    expect(await scoresOf('onehot.npz')).toEqual(await scoresOf('whole.npy'))
  })
})

test('bits of bfloat16 are told by an option, which integers are warned of', async () => {
  const bits = Uint16Array.from(keys, (value) => new Uint32Array(Float32Array.of(value).buffer)[0] >>> 16)
  const values = Float64Array.from(bits, (bit) => new Float32Array(Uint32Array.of(bit << 16).buffer)[0])
  write('values.npy', npy('<f8', values))
  for (const descr of ['|V2', '<u2', 'bfloat16']) {
    write('bits.npy', npy(descr, bits))
    expect(await scoresOf('bits.npy', ...(descr === 'bfloat16' ? [] : ['--dtype', 'bf16']))).toEqual(
      await scoresOf('values.npy'),
    )
  }
  write('bits.npy', npy('<u2', bits))
  const { warnings } = await jsonHere(work, 'scores', 'bits.npy', '--out', 't.npy', '--force')
  expect(warnings).toMatchObject([{ code: 'integers' }])
})

describe('what was turned is said', () => {
  test('with what was left out', async () => {
    const columnData = [
      { name: 'id', data: ['a', 'b'], type: 'STRING' as const },
      { name: 'x', data: [1, 2] },
    ]
    write('left.parquet', new Uint8Array(parquetWriteBuffer({ columnData })))
    const { warnings } = await jsonHere(work, 'scores', 'left.parquet', '--out', 't.npy', '--force')
    expect(warnings).toMatchObject([
      { code: 'turned-input', message: expect.stringContaining('left.parquet is a Parquet file') as string },
      {
        code: 'left-out',
        message: expect.stringContaining('1 column left out: id (text or bytes)') as string,
      },
    ])
  })

  test('of each input once, and one that is named twice is turned once', async () => {
    write('one.csv', csvOf(keys))
    write('other.tsv', csvOf(keys, '\t'))
    const codes = async (queries: string) => {
      const { warnings } = await jsonHere(work, 'run', '--keys', 'one.csv', '--queries', queries)
      const turned = (warnings as { code: string; message: string }[]).filter(
        ({ code }) => code === 'turned-input',
      )
      return turned.map(({ message }) => message.split(' ')[0])
    }
    expect(await codes('other.tsv')).toEqual(['one.csv', 'other.tsv'])
    expect(await codes('one.csv')).toEqual(['one.csv'])
  })

  test.each([
    ['--columns', '0', '--columns is for tables'],
    ['--header', 'no', '--header is for tables'],
    ['--order', 'F', '--order is for raw inputs'],
  ])('an option that serves no input is refused: %s', async (option, value, found) => {
    const { exitCode, stderr } = await runHere(work, 'curve', 'keys.npy', option, value)
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining(found)])
  })

  test('options of tables serve the tables among the inputs', async () => {
    write(
      'both.csv',
      `x,${csvOf(keys)
        .replaceAll(/^(?=.)/gm, '9,')
        .replace(/^/, 'a,b,c,d,e,f\n')}`,
    )
    const { pairs } = await jsonHere(
      work,
      'run',
      '--keys',
      'both.csv',
      '--queries',
      'keys.npy',
      '--columns',
      '1:7',
    )
    expect(pairs).toBe((await jsonHere(work, 'run', '--keys', 'keys.npy', '--queries', 'keys.npy')).pairs)
  })
})

test('inspect tells the columns and rows of a table', async () => {
  write('names.csv', 'a,b\n1.5,2\n3,4\n')
  const { contents } = await jsonHere(work, 'inspect', 'names.csv')
  expect(contents).toMatchObject({
    arrays: [
      {
        shape: [2, 2],
        columns: ['a', 'b'],
        accepted: true,
        use: expect.stringContaining('--keys names.csv') as string,
      },
    ],
  })
})

test('inspect shows every column with what it holds, and what to type, which works', async () => {
  const rows = [
    'name,a,b,flag,gaps,id',
    'x,1.5,2,True,,9007199254740993',
    'y,3,4,False,1,2',
    'z,5,7,True,2,3',
  ]
  write('kinds.csv', rows.join('\n'))
  const { exitCode, stdout } = await runHere(work, 'inspect', 'kinds.csv')
  expect([exitCode, stdout.split('\n').map((line) => line.trim())]).toEqual([
    0,
    [
      'kinds.csv: a table',
      '3 rows of 6 columns, comma-separated text (CSV)',
      "0  name: text, as 'x', another in each row",
      '1  a: numbers',
      '2  b: numbers',
      '3  flag: true and false, read as 1 and 0',
      '4  gaps: numbers, 1 of 3 missing',
      '5  id: integers beyond 2^53, as 9007199254740993',
      '--keys kinds.csv --columns 1:4, and --id name where that column names the rows (turned into a',
      'temporary file first)',
      '',
    ],
  ])
  write(
    'kinds.npy',
    Buffer.concat([
      npyHeader('<f8', [3, 3]),
      Buffer.from(Float64Array.of(1.5, 2, 1, 3, 4, 0, 5, 7, 1).buffer),
    ]),
  )
  expect(await scoresOf('--keys', 'kinds.csv', '--columns', '1:4')).toEqual(await scoresOf('kinds.npy'))
  for (const [name, text, use] of [
    [
      'index.csv',
      ',x,y\n0,1.5,2\n1,3,5\n',
      '--columns 1:3 or, where column 0 names the rows, --keys index.csv --id 0',
    ],
    [
      'text.csv',
      'name,x,y\np,1.5,2\nq,3,5\n',
      '--columns 1:3 or, where column name names the rows, --keys text.csv --id name',
    ],
    ['words.csv', 'a,b\nx,1\ny,z\n', 'none of its columns holds numbers throughout'],
  ]) {
    write(name, text)
    const told = await runHere(work, 'inspect', name)
    expect([told.exitCode, told.stdout.replaceAll(/\s+/g, ' ')]).toEqual([0, expect.stringContaining(use)])
  }
  expect(await scoresOf('index.csv', '--id', '0')).toEqual(await scoresOf('text.csv', '--id', 'name'))
})

test('a zero byte is called one, and UTF-16 what it is', async () => {
  write('zero.csv', `a,b\n${'1,2\n'.repeat(40)}3,\u00004\n`)
  write('wide.csv', Buffer.from(`\ufeffa,b\n${'1,2\n'.repeat(40)}`, 'utf16le'))
  const found = async (name: string) => (await runHere(work, 'curve', name)).stderr
  expect(await found('zero.csv')).toContain('a zero byte in line 42')
  expect(await found('wide.csv')).toContain('UTF-16')
})

test('rows are named where they are shown, and the column is none of the numbers', async () => {
  const lines = csvOf(keys).trimEnd().split('\n')
  write('named.csv', `name,a,b,c,d,e,f\n${lines.map((line, i) => `row${i},${line}`).join('\n')}\n`)
  for (const args of [
    ['run', '--keys', 'named.csv', '--out', 'h.npz'],
    ['run', '--keys', 'named.csv', '--causal', '--out', 'h.npz'],
    ['build', 'named.csv', '--out', 'u.lev'],
    ['build', 'named.csv', '--row-offset', '7', '--out', 'u.lev'],
  ]) {
    const { exitCode, stderr } = await runHere(work, args[0], ...args.slice(1), '--id', 'name', '--force')
    expect([exitCode, stderr]).toEqual([0, expect.stringMatching(/\bid\b/)])
    const offset = args.includes('7') ? 7 : 0
    const shown = [...stderr.matchAll(/^ +(\d+) .* row(\d+)$/gm)]
    expect(shown.length).toBeGreaterThan(2)
    for (const [, row, name] of shown) expect(Number(row)).toBe(Number(name) + offset)
  }
  expect(await scoresOf('named.csv', '--id', 'name')).toEqual(await scoresOf('keys.npy'))
})

test('a table of some megabytes is turned on threads, to the same scores and with nothing left', async () => {
  const rows = 60_000
  const large = Float64Array.from(gaussianRows(rows, d, 9))
  write('large.npy', Buffer.concat([npyHeader('<f8', [rows, d]), Buffer.from(large.buffer)]))
  write('large.csv', csvOf(large))
  mkdirSync(work.path('tmp'))
  const wanted = await scoresOf('large.npy', '--workers', '0')
  for (const workers of ['0', '2']) {
    expect(await scoresOf('large.csv', '--workers', workers, '--tmp', 'tmp')).toEqual(wanted)
    expect(readdirSync(work.path('tmp'))).toEqual([])
  }
})

test('rows of which none stands out are told by their names as well', async () => {
  writeFileSync(work.path('few.csv'), 'name,a,b,c\nann,1,2,3\nbob,,1,1\ncy,0,1,5\n')
  const args = ['few.csv', '--id', 'name', '--drop-missing', '--out', 'few.npy', '--force']
  const { stderr } = await runHere(work, 'scores', ...args)
  expect(stderr).toContain('leverage scores of 2 rows')
  expect(stderr).toMatch(/0 {2}1\.000000 {2}ann *\n *2 {2}1\.000000 {2}cy/)
  expect(stderr).not.toContain('bob')
  writeFileSync(work.path('one-row.csv'), 'name,a\nann,2\n')
  const one = await runHere(work, 'scores', 'one-row.csv', '--id', 'name', '--out', 'few.npy', '--force')
  expect(one.stderr).toContain('leverage scores of 1 row,')
})
