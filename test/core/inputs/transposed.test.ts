// `.T` behind a matrix. Catches: columns that are taken as rows in another order, an array of that name that is overlooked, heads or
// rows of a table that are turned in silence, advice that does not run.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  describeFile,
  inflateInput,
  matrixName,
  openMatrix,
  transposedAddress,
} from '@levattention/core/internal'
import { afterAll, describe, expect, test } from 'vitest'
import { npyBytes } from '../../support/npy.mjs'
import { expectRefusal, golden, GOLDEN, load, readAll } from './fixtures.ts'

const folder = mkdtempSync(join(tmpdir(), 'lev-transposed-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** [cols, rows] of [rows, cols]. */
function turned(values: readonly number[], rows: number, cols: number): number[] {
  return Array.from({ length: values.length }, (_, at) => values[(at % rows) * cols + Math.floor(at / rows)])
}

function addressOf(address: string): string {
  return join(GOLDEN, address.includes('#') ? `${address}.T` : `${address}#.T`)
}

const whole = golden.matrices.filter(({ address, rows }) => !address.includes('[') && rows > 0)

test('there are matrices of every format to turn', () => {
  expect(whole.length).toBeGreaterThan(10)
})

test.each(whole.map((entry) => [entry.address, entry] as const))(
  '%s',
  async (_, { address, options, values, rows, cols }) => {
    const inflated = await inflateInput(addressOf(address), folder, options)
    const source = openMatrix(addressOf(address), { ...options, ...(inflated && { inflated }) })
    expect([source.rows, source.cols]).toEqual([cols, rows])
    expect(readAll(source)).toEqual(turned(values, rows, cols))
    source.close()
  },
)

test('a tensor that has such a name is taken by its name', () => {
  const path = join(folder, 'named.safetensors')
  const header = JSON.stringify({
    'k.T': { dtype: 'F32', shape: [1, 3], data_offsets: [0, 12] },
    k: { dtype: 'F32', shape: [2, 3], data_offsets: [12, 36] },
  })
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(header.length))
  const numbers = Float32Array.of(7, 8, 9, 1, 2, 3, 4, 5, 6)
  writeFileSync(path, Buffer.concat([length, Buffer.from(header), Buffer.from(numbers.buffer)]))
  expect(load(`${path}#k.T`)).toEqual([7, 8, 9])
  expect(load(`${path}#k.T.T`)).toEqual([7, 8, 9])
  expect(load(`${path}#k`)).toEqual([1, 2, 3, 4, 5, 6])
})

describe('refused, with what to type', () => {
  test('what has heads', () => {
    const stack = join(GOLDEN, 'stack3-C.npy')
    expectRefusal(() => openMatrix(`${stack}#.T`), 'Content', '.T is for a matrix', "`layout: 'hdn'`")
    expectRefusal(() => openMatrix(`${stack}#[0].T`), 'Content', 'without an index')
    expectRefusal(
      () => openMatrix(`${join(GOLDEN, 'f4-little-C.npy')}#.T.T`),
      'Content',
      '.T is for a matrix',
    )
  })

  test('an array that is not there', () => {
    expectRefusal(() => openMatrix(`${join(GOLDEN, 'stored.npz')}#nokeys.T`), 'NotFound', "'nokeys'")
  })

  test('a column about the rows of a table', () => {
    const path = join(folder, 'named.csv')
    writeFileSync(path, 'name,a,b\nx,1,2\ny,3,4\nz,5,6\n')
    expectRefusal(
      () => openMatrix(`${path}#.T`, { id: 'name' }),
      'Option',
      '`id` is a column about the rows',
      '.T',
    )
  })
})

test('the columns of a table are rows once it is turned into a matrix', async () => {
  const path = join(folder, 'short.csv')
  writeFileSync(path, 'a,b\n1,2\n3,4\n5,6\n')
  const inflated = await inflateInput(`${path}#.T`, folder)
  const source = openMatrix(`${path}#.T`, { inflated })
  expect([source.rows, source.cols, readAll(source)]).toEqual([2, 3, [1, 3, 5, 2, 4, 6]])
  expect(matrixName(source)).toBe(`${path}#.T`)
  source.close()
})

test('a matrix of more columns than are served says how its columns are taken', () => {
  const path = join(folder, 'wide.npy')
  writeFileSync(
    path,
    npyBytes(
      [2, 5000],
      new Float32Array(10_000).map((_, at) => at),
    ),
  )
  expectRefusal(
    () => openMatrix(path),
    'Content',
    'd = 5000 > 4096',
    `\`'${path}#.T'\` takes its columns as rows`,
  )
  const source = openMatrix(`${path}#.T`)
  expect([source.rows, source.cols, readAll(source).slice(0, 4)]).toEqual([5000, 2, [0, 5000, 1, 5001]])
  source.close()
})

test('inspect names it as it is typed', () => {
  const described = describeFile(`${join(GOLDEN, 'f4-little-C.npy')}#.T`)
  expect(described).toMatchObject([{ name: '.T', order: 'Fortran' }])
})

test('the address that turns a matrix is that of one whole array', () => {
  const plain = join(GOLDEN, 'f4-little-C.npy')
  const addresses = [plain, `${plain}#.T`, join(GOLDEN, 'stack3-C.npy#[0]')].map((address) =>
    transposedAddress(openMatrix(address)),
  )
  expect(addresses).toEqual([`'${plain}#.T'`, undefined, undefined])
})
