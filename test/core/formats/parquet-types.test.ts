// Catches: a DECIMAL that is not the nearest float64, whatever it is stored as; columns that hold nothing, or no numbers, and are read or
// called what they are not; advice that names them; durations of pandas that say nothing, its index that is
// taken as numbers. Cannot catch: what hyparquet-writer misencodes
// as hyparquet reads it (files of pyarrow were read once by hand).
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describeTurned, inflateInput, openMatrix, type OpenOptions } from '@levattention/core/internal'
import { parquetWriteBuffer } from 'hyparquet-writer'
import { describe, expect, test } from 'vitest'
import { Random } from '../../support/random.mjs'
import { expectRejection, temporaryFolder } from '../inputs/fixtures.ts'

type SchemaElement = NonNullable<Parameters<typeof parquetWriteBuffer>[0]['schema']>[number]

interface Column {
  readonly element: Omit<SchemaElement, 'name'>
  readonly data: readonly unknown[]
}

function written(columns: Readonly<Record<string, Column>>, pandas?: object): string {
  const path = join(temporaryFolder(), 'K.parquet')
  const named = Object.entries(columns)
  const buffer = parquetWriteBuffer({
    columnData: named.map(([name, { data }]) => ({ name, data: [...data] })),
    schema: [
      { name: 'root', num_children: named.length },
      ...named.map(([name, { element }]) => ({ ...element, name })),
    ],
    ...(pandas && { kvMetadata: [{ key: 'pandas', value: JSON.stringify(pandas) }] }),
  })
  writeFileSync(path, Buffer.from(buffer))
  return path
}

async function read(path: string, options: OpenOptions = {}): Promise<[number[], string | undefined]> {
  const inflated = await inflateInput(path, temporaryFolder(), options)
  const source = openMatrix(path, { ...options, inflated })
  const rows = new Float64Array(source.rows * source.cols)
  source.readRows(0, source.rows, rows)
  source.close()
  return [[...rows], inflated?.leftOut]
}

const repetition_type = 'REQUIRED' as const
const doubles = { element: { type: 'DOUBLE' as const, repetition_type }, data: [1.5, 2.5, -3] }
const decimal = (type: SchemaElement['type'], precision: number, scale: number, type_length?: number) => ({
  ...(type !== undefined && { type }),
  repetition_type,
  converted_type: 'DECIMAL' as const,
  precision,
  scale,
  ...(type_length !== undefined && { type_length }),
})

describe('a DECIMAL is the nearest float64', () => {
  test.each<[string, ReturnType<typeof decimal>, bigint]>([
    ['of 32 bits', decimal('INT32', 9, 3), 10n ** 9n],
    ['of 64 bits', decimal('INT64', 18, 7), 10n ** 18n],
    ['of 16 bytes', decimal('FIXED_LEN_BYTE_ARRAY', 38, 12, 16), 10n ** 37n],
    ['of 16 bytes, of many digits behind the point', decimal('FIXED_LEN_BYTE_ARRAY', 38, 37, 16), 10n ** 37n],
    ['of as many bytes as it needs', decimal('BYTE_ARRAY', 38, 1), 10n ** 30n],
  ])('%s', async (_, element, below) => {
    const random = new Random(7)
    const data = Array.from({ length: 300 }, (_one, i) => {
      const whole =
        BigInt(Math.floor(random.uniform() * 2 ** 53)) * BigInt(Math.floor(random.uniform() * 2 ** 53))
      // Short and long ones, of both signs.
      return ((whole * below) / 2n ** 106n / 10n ** BigInt(i % 8)) * (i % 2 === 0 ? 1n : -1n)
    })
    const [rows] = await read(written({ x: { element, data } }))
    expect(rows).toEqual(data.map((one) => Number(`${one}e-${element.scale}`)))
  })

  test('as people write them: a tenth and its multiples', async () => {
    const data = Array.from({ length: 100 }, (_, i) => BigInt(i))
    const [rows] = await read(written({ x: { element: decimal('INT32', 9, 1), data } }))
    expect(rows).toEqual(data.map((_, i) => i / 10))
  })

  test('whole ones are integers: none is rounded', async () => {
    const element = decimal('FIXED_LEN_BYTE_ARRAY', 38, 0, 16)
    expect(await read(written({ x: { element, data: [2n ** 53n, -(2n ** 60n), 0n] } }))).toEqual([
      [2 ** 53, -(2 ** 60), 0],
      undefined,
    ])
    const path = written({ x: { element, data: [1n, 2n ** 53n + 1n] }, y: { ...doubles, data: [1, 2] } })
    await expectRejection(
      inflateInput(path, temporaryFolder()),
      'Content',
      'row 1, column 0 (x) is 9007199254740993, beyond 2^53 in magnitude',
      "columns: '1'",
    )
  })
})

describe('what is none of numbers', () => {
  const path = () =>
    written({
      a: doubles,
      none: {
        element: { type: 'INT32', repetition_type: 'OPTIONAL', logical_type: { type: 'NULL' } },
        data: [null, null, null],
      },
      day: { element: { type: 'INT32', repetition_type, converted_type: 'DATE' }, data: [1, 2, 3] },
      b: doubles,
    })

  test('is left out, and called what it is', async () => {
    const [rows, leftOut] = await read(path())
    expect(rows).toEqual([1.5, 1.5, 2.5, 2.5, -3, -3])
    expect(leftOut).toBe('2 columns left out: none (empty: every value is null), day (of dates or times)')
    expect((await describeTurned(path()))?.columns).toEqual(['a', 'b'])
  })

  test('is refused where it is asked for, with the others of those that were', async () => {
    const columns = 'b,none,day,a'
    const refused = inflateInput(path(), temporaryFolder(), { columns })
    await expectRejection(refused, 'Content', 'column none is empty: every value is null', "columns: '3,0'")
    expect((await read(path(), { columns: '3,0' }))[0]).toEqual([1.5, 1.5, 2.5, 2.5, -3, -3])
  })
})

test('durations of pandas are integers, and are told', async () => {
  const long = { element: { type: 'INT64' as const, repetition_type }, data: [10n, 20n, 30n] }
  const columns = [
    { name: 'a', numpy_type: 'float64' },
    { name: 'took', numpy_type: 'timedelta64[ns]' },
  ]
  expect(await read(written({ a: doubles, took: long }, { columns }))).toEqual([
    [1.5, 10, 2.5, 20, -3, 30],
    'durations read as whole numbers of their unit: took (timedelta64[ns])',
  ])
  expect((await read(written({ a: doubles, took: long })))[1]).toBeUndefined()
})

describe('an index of pandas', () => {
  const ids = { element: { type: 'INT64' as const, repetition_type }, data: [1001n, 1002n, 1007n] }
  const range = { kind: 'range', name: 'id', start: 0, stop: 3, step: 1 }

  test.each([
    ['one', ['id'], [1.5, 1.5, 2.5, 2.5, -3, -3], '1 column left out: id (an index)'],
    ['of two levels', ['id', 'a'], [1.5, 2.5, -3], '2 columns left out: a (an index), id (an index)'],
    ['of a range, which is no column', [range], [1.5, 1001, 1.5, 2.5, 1002, 2.5, -3, 1007, -3], undefined],
    ['that was left away since', ['gone'], [1.5, 1001, 1.5, 2.5, 1002, 2.5, -3, 1007, -3], undefined],
  ])('%s', async (_, index_columns, rows, leftOut) => {
    const path = written({ a: doubles, id: ids, b: doubles }, { index_columns })
    expect(await read(path)).toEqual([rows, leftOut])
  })

  test('is read where it is asked for', async () => {
    const path = written({ a: doubles, id: ids }, { index_columns: ['id'] })
    expect(await read(path, { columns: 'id,a' })).toEqual([[1001, 1.5, 1002, 2.5, 1007, -3], undefined])
    expect((await read(`${path}#id`))[0]).toEqual([1001, 1002, 1007])
    expect((await describeTurned(path))?.columns).toEqual(['a'])
  })

  test('alone is no matrix', async () => {
    const path = written({ id: ids }, { index_columns: ['id'] })
    const refused = inflateInput(path, temporaryFolder())
    await expectRejection(refused, 'Content', 'has no column of numbers: id is an index')
  })

  test.each([{ index_columns: 'id' }, { index_columns: [null, 3] }, {}, []])(
    'that is not told as pandas does is none: %j',
    async (pandas) => {
      expect((await read(written({ a: doubles, id: ids }, pandas)))[1]).toBeUndefined()
    },
  )
})
