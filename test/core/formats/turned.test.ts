// Catches: a table, a Parquet file, a sparse matrix or vectors whose numbers come out otherwise than they went in; columns in another
// order; a temporary file that stays behind a failure. Cannot catch: files of writers that are not here (test/advice has SciPy's).
import fs, { readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { join } from 'node:path'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import {
  describeTurned,
  inflateInput,
  npyHeader,
  type NpzArray,
  openMatrix,
  type OpenOptions,
  writeNpz,
} from '@levattention/core/internal'
import * as fc from 'fast-check'
import { parquetWriteBuffer } from 'hyparquet-writer'
import { describe, expect, onTestFinished, test } from 'vitest'
import {
  expectFileNamed,
  expectRefusal,
  expectRejection,
  readAll,
  temporaryFolder,
} from '../inputs/fixtures.ts'
import { writeArchive } from '../files/zip-archive.ts'
import { tiered } from '../../support/tier.ts'

/** The numbers of the matrix that `bytes` under `name` are turned into, with its rows and columns; nothing else is left. */
async function turned(
  name: string,
  bytes: string | Uint8Array,
  options: OpenOptions = {},
): Promise<[number, number, number[]]> {
  const folder = temporaryFolder()
  const path = join(temporaryFolder(), name)
  writeFileSync(path, bytes)
  const inflated = await inflateInput(path, folder, options)
  const source = openMatrix(path, { ...options, inflated })
  const values = readAll(source)
  source.close()
  expect(source.locate(0).file).toBe(path)
  if (inflated !== undefined) rmSync(inflated.path)
  expect(readdirSync(folder)).toEqual([])
  return [source.rows, source.cols, values]
}

const wanted = [3, 2, [1.5, -2, 3e-5, 4, 5, 0.1]]
const text = 'x,y\n1.5,-2\n3e-5,4\n5,.1\n'

describe('a table', () => {
  test.each<[string, string | Uint8Array]>([
    ['K.csv', text],
    ['K.npy', text],
    ['K', text.replaceAll(',', '\t')],
    ['K.txt', text.replaceAll(',', '  ')],
    ['savetxt.txt', `# made by numpy.savetxt\n${text.replace('x,y\n', '').replaceAll(',', ' ')}`],
    ['K.csv.gz', gzipSync(text)],
    ['K.gz', gzipSync(text)],
    ['K.npz', gzipSync(text)],
    ['two members.csv.gz', Buffer.concat([gzipSync(text.slice(0, 12)), gzipSync(text.slice(12))])],
    ['quoted.csv', text.replace('-2', '"-2"')],
  ])('%s is read by its content', async (name, bytes) => {
    expect(await turned(name, bytes)).toEqual(wanted)
  })

  test('of columns in another order than the file has', async () => {
    expect(await turned('K.csv', text, { columns: 'y,x' })).toEqual([3, 2, [-2, 1.5, 4, 3e-5, 0.1, 5]])
    expect(await turned('K.csv', text.replace('5,.1', 'word,.1'), { columns: '1' })).toEqual([
      3,
      1,
      [-2, 4, 0.1],
    ])
  })

  test('of R, whose rows have names and whose names are one less', async () => {
    const table = '"x" "y"\n"r1" 1.5 -2\n"r2" 3e-5 4\n"r3" 5 .1\n'
    expect(await turned('r.txt', table, { columns: '1:3' })).toEqual(wanted)
    for (const other of [
      table,
      table.replaceAll(/"r(\d)"/g, '"$1"'),
      table.replaceAll(/"r(\d)"/g, '"row $1"'),
      table.replaceAll('"', ''),
      table.replaceAll(' ', ','),
      table.replaceAll(' ', '\t'),
    ])
      expect(await turned('r.txt', other)).toEqual(wanted)
  })

  test('with lines of blanks alone', async () => {
    expect(await turned('K.csv', 'x,y\n   \n1.5,-2\n \t \n3e-5,4\n\r\n5,.1\n  \n')).toEqual(wanted)
    expect(await turned('K.csv', '"x",y\n   \n1.5,-2\n \t \n3e-5,4\n\n5,"0.1"\n  ')).toEqual(wanted)
  })

  test('without rows, and of one number', async () => {
    expect(await turned('K.csv', 'x,y\n')).toEqual([0, 2, []])
    expect(await turned('K.csv', '1.5\n')).toEqual([1, 1, [1.5]])
    expect(await turned('K.csv', 'x\n1\n', { header: 'yes' })).toEqual([1, 1, [1]])
  })

  test('says its rows and columns without being turned', async () => {
    const path = join(temporaryFolder(), 'K.csv')
    writeFileSync(path, text)
    expect(await describeTurned(path)).toMatchObject({ shape: [3, 2], columns: ['x', 'y'], accepted: true })
  })

  test('that is not turned is refused with the way out', () => {
    const path = join(temporaryFolder(), 'K.csv')
    writeFileSync(path, text)
    expectFileNamed(
      expectRefusal(() => openMatrix(path), 'Content', 'comma-separated text', 'inflateInput'),
      path,
    )
  })

  test('is known by its name where it is short, compressed or not', async () => {
    for (const short of ['a,b\n1,2\n', 'a,ok\n3,true\n', '1\n2\n']) {
      const plain = await turned('K.csv', short, { header: short.startsWith('a') ? 'yes' : 'no' })
      expect(
        await turned('K.csv.gz', gzipSync(short), { header: short.startsWith('a') ? 'yes' : 'no' }),
      ).toEqual(plain)
    }
  })

  test('of Parquet with two columns of one name is refused by it', async () => {
    const path = join(temporaryFolder(), 'K.parquet')
    const columnData = [1, 3].map((first) => ({ name: 'a', data: [first, first + 1] }))
    writeFileSync(path, new Uint8Array(parquetWriteBuffer({ columnData })))
    await expectRejection(inflateInput(path, temporaryFolder()), 'Content', "several columns are named 'a'")
  })

  test('of no bytes is empty, whatever its name', () => {
    for (const name of ['K.csv', 'K.parquet', 'K.npz', 'K.npy', 'K.fvecs']) {
      const path = join(temporaryFolder(), name)
      writeFileSync(path, '')
      expectRefusal(() => openMatrix(path), 'Content', 'is empty')
    }
  })

  test('leaves nothing where it is stopped or a line is bad', async () => {
    const folder = temporaryFolder()
    const path = join(temporaryFolder(), 'K.csv')
    writeFileSync(path, text)
    const reason = new TypeError('why')
    const stopped = inflateInput(path, folder, { signal: AbortSignal.abort(reason) })
    expect(await expectRejection(stopped, 'Aborted')).toMatchObject({ name: 'AbortError', cause: reason })
    writeFileSync(path, `${text.repeat(30_000).replaceAll('x,y\n', '')}x,y\n`)
    await expectRejection(inflateInput(path, folder), 'Content', "row 90000 (line 90001), column 0 is 'x'")
    expect(readdirSync(folder)).toEqual([])
  })

  test('that is written to while it is turned is InputChanged, and nothing is left', async () => {
    const folder = temporaryFolder()
    const parquet = new Uint8Array(parquetWriteBuffer({ columnData: [{ name: 'x', data: [1, 2, 3] }] }))
    for (const [name, bytes] of [
      ['K.csv', text],
      ['K.csv.gz', gzipSync(text)],
      ['K.parquet', parquet],
    ] as const) {
      const path = join(temporaryFolder(), name)
      writeFileSync(path, bytes)
      const turning = inflateInput(path, folder)
      utimesSync(path, 1, 1)
      expectFileNamed(await expectRejection(turning, 'InputChanged'), path)
      expect(readdirSync(folder)).toEqual([])
    }
  })

  test('of options that are not about it, and options without a table', async () => {
    const path = join(temporaryFolder(), 'K.bin')
    writeFileSync(path, new Float64Array(4))
    expectRefusal(
      () => openMatrix(path, { dtype: 'f64', cols: 2, columns: '0' }),
      'Option',
      'columns',
      '.csv',
    )
    const parquet = join(temporaryFolder(), 'K.parquet')
    writeFileSync(parquet, Buffer.from(parquetWriteBuffer({ columnData: [{ name: 'x', data: [1] }] })))
    await expectRejection(inflateInput(parquet, temporaryFolder(), { header: 'no' }), 'Option', 'header')
  })
})

test('any bytes under any of these names are refused, or read, without a trace', async () => {
  const folder = temporaryFolder()
  const start = fc.constantFrom(
    '',
    '1,2\n3,4\n',
    'a,b\n',
    '"',
    'PAR1',
    '\x1f\x8b\x08\0',
    'PK\x03\x04',
    '\x03\0\0\0',
    '\x93NUMPY\x01\0',
    '# ',
    '\ufeff',
  )
  const name = fc.constantFrom(
    'K.csv',
    'K.tsv',
    'K.csv.gz',
    'K.parquet',
    'K.fvecs',
    'K.bvecs',
    'K.npz',
    'K.npy',
    'K',
  )
  await fc.assert(
    fc.asyncProperty(
      start,
      fc.uint8Array({ maxLength: 300 }),
      name,
      fc.boolean(),
      async (first, rest, as, isText) => {
        const path = join(temporaryFolder(), as)
        const bytes = isText ? rest.map((byte) => ',;\t\n\r"0123456789.e-x '.charCodeAt(byte % 24)) : rest
        writeFileSync(path, Buffer.concat([Buffer.from(first, as === 'K.csv' ? 'utf8' : 'latin1'), bytes]))
        const outcome: unknown = await inflateInput(path, folder).catch((error: unknown) => error)
        if (outcome instanceof Error)
          expect(outcome).toMatchObject({ tag: expect.stringMatching(/Content|Option/) as string })
        else if (outcome !== undefined) rmSync((outcome as { path: string }).path)
        expect(readdirSync(folder)).toEqual([])
      },
    ),
    { numRuns: tiered(80, 400) },
  )
})

describe('a disk that is full', () => {
  const columnData = [{ name: 'x', data: [1, 2, 3] }]
  test.each<[string, string | Uint8Array]>([
    ['K.csv', text],
    ['K.parquet', new Uint8Array(parquetWriteBuffer({ columnData }))],
  ])('%s is CannotWrite with what to do, and no file is left', async (name, bytes) => {
    const folder = temporaryFolder()
    const path = join(temporaryFolder(), name)
    writeFileSync(path, bytes)
    const original = fs.writeSync
    onTestFinished(() => {
      Object.assign(fs, { writeSync: original })
      syncBuiltinESMExports()
    })
    const full = () => {
      throw Object.assign(new Error('ENOSPC: simulated'), { code: 'ENOSPC' })
    }
    Object.assign(fs, { writeSync: full })
    syncBuiltinESMExports()
    await expectRejection(inflateInput(path, folder), 'CannotWrite', 'the disk is full', '`folder`', name)
    expect(readdirSync(folder)).toEqual([])
  })

  test('and a folder that is not there as well', async () => {
    const path = join(temporaryFolder(), 'K.csv')
    writeFileSync(path, text)
    await expectRejection(inflateInput(path, join(temporaryFolder(), 'missing')), 'CannotWrite', 'K.csv')
  })
})

describe('Parquet', () => {
  const data = (values: ArrayLike<number>) => Float64Array.from(values)
  const write = (columnData: Parameters<typeof parquetWriteBuffer>[0]['columnData'], rowGroupSize?: number) =>
    new Uint8Array(
      parquetWriteBuffer({ columnData, ...(rowGroupSize === undefined ? {} : { rowGroupSize }) }),
    )

  test('any numbers, in row groups of any size', async () => {
    const number = fc.double({ noNaN: true, noDefaultInfinity: true })
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(number, number), { minLength: 1, maxLength: 40 }),
        fc.integer({ min: 1, max: 20 }),
        async (rows, size) => {
          const columns = [0, 1].map((at) => ({ name: `c${at}`, data: data(rows.map((row) => row[at])) }))
          expect(await turned('K.parquet', write(columns, size))).toEqual([rows.length, 2, rows.flat()])
        },
      ),
      { numRuns: 40 },
    )
  })

  test.each([
    ['UNCOMPRESSED', undefined],
    ['SNAPPY', undefined],
    ['GZIP', (bytes: Uint8Array) => new Uint8Array(gzipSync(bytes))],
    ['BROTLI', (bytes: Uint8Array) => new Uint8Array(brotliCompressSync(bytes))],
  ] as const)('compressed by %s', async (codec, compress) => {
    const values = data(Array.from({ length: 5000 }, (_, i) => Math.round(Math.sin(i) * 9) / 4 + 0))
    const columnData = [{ name: 'x', data: values }]
    const compressors = compress === undefined ? {} : { compressors: { [codec]: compress } }
    const bytes = new Uint8Array(parquetWriteBuffer({ columnData, codec, ...compressors }))
    expect(await turned('K.parquet', bytes)).toEqual([5000, 1, [...values]])
  })

  test('integers, booleans and half floats are numbers; text and dates are left out by default', async () => {
    const bytes = write([
      { name: 'when', data: [new Date(0), new Date(1)], type: 'TIMESTAMP' },
      { name: 'i', data: [1, -2], type: 'INT32' },
      { name: 'word', data: ['a', 'b'], type: 'STRING' },
      { name: 'l', data: [2n ** 53n, -5n], type: 'INT64' },
      { name: 'b', data: [true, false], type: 'BOOLEAN' },
      { name: 'f', data: [0.5, 0.1], type: 'FLOAT' },
      { name: 'h', data: [0.5, 2], type: 'FLOAT16' },
    ])
    expect(await turned('K', bytes)).toEqual([
      2,
      5,
      [1, 2 ** 53, 1, 0.5, 0.5, -2, -5, 0, Math.fround(0.1), 2],
    ])
    expect(await turned('K', bytes, { columns: 'h,i' })).toEqual([2, 2, [0.5, 1, 2, -2]])
    await expect(turned('K', bytes, { columns: 'i,word' })).rejects.toThrow('column word is text or bytes')
    const path = join(temporaryFolder(), 'K.parquet')
    writeFileSync(path, bytes)
    const { shape, columns, leftOut } = (await describeTurned(path)) ?? {}
    expect([shape, columns]).toEqual([
      [2, 5],
      ['i', 'l', 'b', 'f', 'h'],
    ])
    expect(leftOut).toBe('2 columns left out: when (of dates or times), word (text or bytes)')
  })

  test('lists of one length are columns', async () => {
    const list = (name: string, values: number[][]) => ({
      columnData: [{ name, data: values }],
      schema: [
        { name: 'root', num_children: 1 },
        { name, repetition_type: 'OPTIONAL' as const, num_children: 1, converted_type: 'LIST' as const },
        { name: 'list', repetition_type: 'REPEATED' as const, num_children: 1 },
        { name: 'element', type: 'DOUBLE' as const, repetition_type: 'OPTIONAL' as const },
      ],
    })
    const even = new Uint8Array(
      parquetWriteBuffer({
        ...list('v', [
          [1, 2],
          [3, 4],
          [5, 6],
        ]),
        rowGroupSize: 2,
      }),
    )
    expect(await turned('K.parquet', even)).toEqual([3, 2, [1, 2, 3, 4, 5, 6]])
    const uneven = new Uint8Array(parquetWriteBuffer(list('v', [[1, 2], [3]])))
    await expect(turned('K.parquet', uneven)).rejects.toThrow(
      'row 1, column 0 (v) is a list of 1, and others have 2',
    )
  })

  test.each([
    ['null', [1, null, 3], 'DOUBLE' as const, 'row 1, column 0 (x) is null'],
    ['NaN', [1, 2, NaN], 'DOUBLE' as const, 'row 2, column 0 (x) is NaN'],
    [
      'an integer beyond 2^53',
      [1n, 2n ** 53n + 1n, 3n],
      'INT64' as const,
      'row 1, column 0 (x) is 9007199254740993',
    ],
  ])('%s is refused by row and column', async (_, values, type, found) => {
    const bytes = write([{ name: 'x', data: values, type, nullable: true }])
    await expect(turned('K.parquet', bytes)).rejects.toThrow(found)
  })

  test('with changed bytes it is refused without a trace, or read', async () => {
    const original = write([{ name: 'x', data: data(Array.from({ length: 300 }, (_, i) => i / 7)) }], 100)
    const folder = temporaryFolder()
    const path = join(temporaryFolder(), 'K.parquet')
    const flips = fc.array(fc.tuple(fc.nat(original.length - 1), fc.nat(255)), { minLength: 1, maxLength: 3 })
    await fc.assert(
      fc.asyncProperty(flips, async (changes) => {
        const bytes = Buffer.from(original)
        for (const [at, value] of changes) bytes[at] = value
        writeFileSync(path, bytes)
        const outcome: unknown = await inflateInput(path, folder).catch((error: unknown) => error)
        if (outcome instanceof Error)
          expect(outcome).toMatchObject({ tag: expect.stringMatching(/Content|NotFound/) as string })
        else if (outcome !== undefined) rmSync((outcome as { path: string }).path)
        expect(readdirSync(folder)).toEqual([])
      }),
      { numRuns: tiered(60, 300) },
    )
  })
})

describe('a sparse matrix of SciPy', () => {
  const i32 = (name: string, values: number[]): NpzArray => ({
    name,
    dtype: 'i32',
    shape: [values.length],
    data: Int32Array.from(values),
  })
  const parts = (format: string, shape: number[], data: number[], ...places: NpzArray[]): NpzArray[] => [
    ...places,
    { name: 'format', text: format },
    { name: 'shape', dtype: 'i64', shape: [shape.length], data: Float64Array.from(shape) },
    { name: 'data', dtype: 'f64', shape: [data.length], data: Float64Array.from(data) },
  ]
  const dense = [3, 3, [0, 1, 0, 2, 0, 3, 0, 0, 4]]
  const files: readonly [string, NpzArray[]][] = [
    ['csr', parts('csr', [3, 3], [1, 2, 3, 4], i32('indices', [1, 0, 2, 2]), i32('indptr', [0, 1, 3, 4]))],
    [
      'csr, rows in no order',
      parts('csr', [3, 3], [1, 3, 2, 4], i32('indices', [1, 2, 0, 2]), i32('indptr', [0, 1, 3, 4])),
    ],
    ['csc', parts('csc', [3, 3], [2, 1, 3, 4], i32('indices', [1, 0, 1, 2]), i32('indptr', [0, 1, 2, 4]))],
    ['coo', parts('coo', [3, 3], [4, 2, 1, 3], i32('row', [2, 1, 0, 1]), i32('col', [2, 0, 1, 2]))],
    [
      'coo with an entry in two parts',
      parts('coo', [3, 3], [4, 2, 1, 1, 2], i32('row', [2, 1, 0, 1, 1]), i32('col', [2, 0, 1, 2, 2])),
    ],
  ]

  async function read(arrays: NpzArray[]): Promise<[number, number, number[]]> {
    const folder = temporaryFolder()
    const path = join(temporaryFolder(), 'A.npz')
    await writeNpz(path, arrays)
    const inflated = await inflateInput(path, folder).finally(() =>
      expect(readdirSync(folder).length).toBeLessThan(2),
    )
    const source = openMatrix(path, { inflated })
    const values = readAll(source)
    source.close()
    return [source.rows, source.cols, values]
  }

  test.each(files)('of %s', async (_, arrays) => {
    expect(await read(arrays)).toEqual(dense)
  })

  test('larger than a window of it, by rows, by columns and in no order', async () => {
    const [rows, cols] = [tiered(12_000, 40_000), 30]
    const entries = Array.from({ length: tiered(9_000, 30_000) }, (_, i) => ({
      row: (i * 7919) % rows,
      col: (i * 31) % cols,
      value: i + 0.5,
    }))
    const whole = new Float64Array(rows * cols)
    for (const { row, col, value } of entries) whole[row * cols + col] += value
    for (const order of ['row', 'col', 'value'] as const) {
      const sorted = entries.toSorted((a, b) => a[order] - b[order])
      const of = (key: 'row' | 'col') => sorted.map((entry) => entry[key])
      const arrays = parts(
        'coo',
        [rows, cols],
        sorted.map(({ value }) => value),
        i32('row', of('row')),
        i32('col', of('col')),
      )
      expect(
        Buffer.compare(
          Buffer.from(Float64Array.from((await read(arrays))[2]).buffer),
          Buffer.from(whole.buffer),
        ),
      ).toBe(0)
    }
  })

  test.each([
    ['coo', { row: [0, 1, 0, 1], col: [0, 1, 0, 1] }],
    ['csr', { indices: [0, 0, 1, 1], indptr: [0, 2, 4] }],
    ['csc', { indices: [0, 0, 1, 1], indptr: [0, 2, 4] }],
  ])('of true and false in %s: entries of one place are one or none', async (format, places) => {
    const npy = (descr: string, shape: number[], data: Uint8Array) =>
      Buffer.concat([npyHeader(descr, shape), data])
    const i32s = (values: number[]) =>
      npy('<i4', [values.length], new Uint8Array(Int32Array.from(values).buffer))
    const members = {
      ...Object.fromEntries(Object.entries(places).map(([name, values]) => [name, i32s(values)])),
      format: npy('|S3', [], Buffer.from(format)),
      shape: i32s([2, 2]),
      data: npy('|b1', [4], Uint8Array.of(1, 0, 1, 2)),
    }
    const path = writeArchive(Object.entries(members).map(([name, data]) => ({ name: `${name}.npy`, data })))
    const inflated = await inflateInput(path, temporaryFolder())
    expect(readAll(openMatrix(path, { inflated }))).toEqual([1, 0, 0, 1])
  })

  test('a shape of more rows than any disk holds is told with its size', async () => {
    const f64 = (name: string, values: number[]): NpzArray => ({
      ...i32(name, values),
      dtype: 'f64',
      data: Float64Array.from(values),
    })
    const shape = { ...f64('shape', [1e13, 2]), shape: [2] }
    const arrays = parts('coo', [3, 2], [1, 1], i32('row', [0, 1]), i32('col', [0, 1]))
    const lying = arrays.map((array) => (array.name === 'shape' ? shape : array))
    await expect(read(lying)).rejects.toThrow(/160000000000128 bytes by the shape that it states/)
  })

  test('places may be floats that are whole', async () => {
    const f64 = (name: string, values: number[]): NpzArray => ({
      ...i32(name, values),
      dtype: 'f64',
      data: Float64Array.from(values),
    })
    const of = (row: number) => parts('coo', [2, 2], [1], f64('row', [row]), i32('col', [0]))
    expect(await read(of(1))).toEqual([2, 2, [0, 0, 1, 0]])
    await expect(read(of(0.5))).rejects.toThrow('#row: damaged: entry 0 is 0.5, and a whole number')
    await expect(read(of(NaN))).rejects.toThrow('#row: damaged: entry 0 is NaN')
    const csr = (indices: NpzArray, indptr: NpzArray) => parts('csr', [2, 2], [1, 2], indices, indptr)
    const columns = csr(f64('indices', [0, 1.5]), i32('indptr', [0, 1, 2]))
    await expect(read(columns)).rejects.toThrow('indices: damaged: entry 1 is 1.5')
    const pointers = csr(i32('indices', [0, 1]), f64('indptr', [0, 0.5, 2]))
    await expect(read(pointers)).rejects.toThrow('indptr: damaged: entry 1 is 0.5')
  })

  test('without entries it is zero', async () => {
    expect(await read(parts('csr', [2, 2], [], i32('indices', []), i32('indptr', [0, 0, 0])))).toEqual([
      2,
      2,
      [0, 0, 0, 0],
    ])
  })

  test.each<[string, NpzArray[], string]>([
    [
      'a column outside',
      parts('csr', [2, 2], [1], i32('indices', [2]), i32('indptr', [0, 1, 1])),
      'column 2 of a matrix',
    ],
    ['a negative row', parts('coo', [2, 2], [1], i32('row', [-1]), i32('col', [0])), 'row -1'],
    [
      'pointers that fall',
      parts('csr', [2, 2], [1, 2], i32('indices', [0, 1]), i32('indptr', [0, 2, 1])),
      'does not rise',
    ],
    [
      'pointers that end early',
      parts('csr', [2, 2], [1, 2], i32('indices', [0, 1]), i32('indptr', [0, 1, 1])),
      'does not rise',
    ],
    [
      'pointers beyond the entries',
      parts('csr', [2, 2], [1], i32('indices', [0]), i32('indptr', [0, 1, 9])),
      'does not rise',
    ],
    [
      'too few pointers',
      parts('csr', [2, 2], [1], i32('indices', [0]), i32('indptr', [0, 1])),
      '2 elements, and 3',
    ],
    [
      'too few indices',
      parts('coo', [2, 2], [1, 2], i32('row', [0]), i32('col', [0, 1])),
      '1 element, and 2',
    ],
    [
      'another format',
      parts('bsr', [2, 2], [1], i32('indices', [0]), i32('indptr', [0, 1])),
      'in bsr format',
    ],
    ['three axes', parts('coo', [2, 2, 2], [1], i32('row', [0]), i32('col', [0])), 'of shape [2, 2, 2]'],
    [
      'too many columns',
      parts('csr', [2, 9000], [1], i32('indices', [0]), i32('indptr', [0, 1, 1])),
      '9000 columns',
    ],
  ])('%s is refused', async (_, arrays, found) => {
    await expect(read(arrays)).rejects.toThrow(found)
  })
})

describe('vectors with their length in front', () => {
  const bytes = (views: readonly ArrayBufferView[]) =>
    Buffer.concat(views.map((view) => Buffer.from(view.buffer, view.byteOffset, view.byteLength)))
  const head = Int32Array.of(3)

  test('.fvecs, .bvecs and .ivecs are read in place', async () => {
    expect(
      await turned('K.fvecs', bytes([head, Float32Array.of(1.5, 2, 3), head, Float32Array.of(4, 5, 6)])),
    ).toEqual([2, 3, [1.5, 2, 3, 4, 5, 6]])
    expect(
      await turned('K.bvecs', bytes([head, Uint8Array.of(1, 2, 255), head, Uint8Array.of(4, 5, 6)])),
    ).toEqual([2, 3, [1, 2, 255, 4, 5, 6]])
    expect(await turned('K.ivecs', bytes([head, Int32Array.of(-1, 2, 2 ** 30 + 1)]))).toEqual([
      1,
      3,
      [-1, 2, 2 ** 30 + 1],
    ])
  })

  test.each([
    [
      'of several lengths',
      bytes([head, new Float32Array(3), Int32Array.of(2), new Float32Array(3)]),
      'vector 1 says that it has 2 numbers',
    ],
    ['cut off', bytes([head, new Float32Array(3), head, new Float32Array(2)]), 'truncated'],
    ['of no length', bytes([Int32Array.of(0), new Float32Array(3)]), 'says that it has 0'],
    ['empty', new Uint8Array(0), 'is empty'],
  ])('%s are refused', async (_, content, found) => {
    await expect(turned('K.fvecs', content)).rejects.toThrow(found)
  })
})

test('raw numbers in column-major order are those of the transposed file', async () => {
  const rows = Float64Array.of(1, 2, 3, 4, 5, 6)
  expect(await turned('K.bin', new Uint8Array(rows.buffer), { dtype: 'f64', cols: 2, order: 'F' })).toEqual([
    3,
    2,
    [1, 4, 2, 5, 3, 6],
  ])
  expect(await turned('K.bin', new Uint8Array(rows.buffer), { dtype: 'f64', cols: 2, order: 'C' })).toEqual([
    3,
    2,
    [...rows],
  ])
})
