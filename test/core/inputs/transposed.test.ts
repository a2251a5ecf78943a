// `.T` behind a matrix. Catches: columns that are taken as rows in another order, an array of that name that is overlooked, heads or
// rows of a table that are turned in silence, advice that does not run.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  describeFile,
  inflateInput,
  matrixName,
  npyHeader,
  openHeads,
  openMatrix,
  transposedAddress,
} from '@levattention/core/internal'
import { afterAll, describe, expect, test } from 'vitest'
import { writeArchive } from '../files/zip-archive.ts'
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

describe('the matrix that an index leaves is turned', () => {
  const shape = [2, 3, 4, 5]
  const values = Float64Array.from({ length: 120 }, (_, at) => at)
  /** Element (i, j, k, l). */
  const elements = {
    C: ([i, j, k, l]: readonly number[]) => ((i * 3 + j) * 4 + k) * 5 + l,
    Fortran: ([i, j, k, l]: readonly number[]) => i + 2 * (j + 3 * (k + 4 * l)),
  }

  test.each([
    ['[1,2]', [1, 2, ':', ':']],
    ['[0,:,3]', [0, ':', 3, ':']],
    ['[1,:,:,4]', [1, ':', ':', 4]],
    ['[:,1,2]', [':', 1, 2, ':']],
    ['[:,:,0,2]', [':', ':', 0, 2]],
  ] as const)('%s of either order', (fragment, index) => {
    const [first, second] = index.flatMap((at, axis) => (at === ':' ? [axis] : []))
    for (const order of ['C', 'Fortran'] as const) {
      const path = join(folder, `${order}.npy`)
      const header = npyHeader('<f8', shape, order === 'Fortran')
      writeFileSync(path, Buffer.concat([header, Buffer.from(values.buffer)]))
      const source = openMatrix(`${path}#${fragment}.T`)
      expect([source.rows, source.cols]).toEqual([shape[second], shape[first]])
      const wanted = Array.from({ length: source.rows * source.cols }, (_, at) => {
        const place: number[] = index.map((one) => (one === ':' ? 0 : one))
        place[second] = Math.floor(at / source.cols)
        place[first] = at % source.cols
        return elements[order](place)
      })
      expect(readAll(source)).toEqual(wanted)
      expect([matrixName(source), transposedAddress(source)]).toEqual([`${path}#${fragment}.T`, undefined])
      source.close()
      const heads = openHeads(`${path}#${fragment}.T`)
      expect([heads.headCount, heads.address]).toEqual([1, `${path}#${fragment}.T`])
      expect(readAll(heads.open(0))).toEqual(wanted)
    }
  })

  test('of an array in an archive that is compressed', async () => {
    const data = Buffer.from(
      npyBytes(
        [2, 2, 3],
        Float64Array.from({ length: 12 }, (_, at) => at),
      ),
    )
    const address = `${writeArchive([{ name: 'k.npy', method: 8, data }])}#k[1].T`
    const source = openMatrix(address, { inflated: await inflateInput(address, folder) })
    expect([source.rows, source.cols, readAll(source)]).toEqual([3, 2, [6, 9, 7, 10, 8, 11]])
    expect(matrixName(source)).toBe(address)
    source.close()
  })

  test('but not by a layout too', () => {
    const stack = join(GOLDEN, 'stack3-C.npy')
    expectRefusal(() => openHeads(`${stack}#[0].T`, { layout: 'hdn' }), 'Option', '`layout`', 'leave one out')
  })
})

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
    const words = ['.T is for a matrix', "stack3-C.npy#[0].T'`", "`layout: 'hdn'`"]
    expectRefusal(() => openMatrix(`${stack}#.T`), 'Content', ...words)
    expectRefusal(() => openMatrix(`${stack}#[1,0].T`), 'Content', "stack3-C.npy#[1].T'`")
    expectRefusal(() => openMatrix(`${stack}#[9].T`), 'Option', 'index 9 of axis 0')
    expectRefusal(
      () => openMatrix(`${join(GOLDEN, 'f4-little-C.npy')}#.T.T`),
      'Content',
      '.T is for a matrix',
    )
  })

  test('an array that is not there', () => {
    expectRefusal(() => openMatrix(`${join(GOLDEN, 'stored.npz')}#nokeys.T`), 'NotFound', "'nokeys'")
  })

  test.each(['T', '.t', 't'])('#%s is told of #.T', (fragment) => {
    const matrix = join(GOLDEN, 'f4-little-C.npy')
    expectRefusal(
      () => openMatrix(`${matrix}#${fragment}`),
      'NotFound',
      `\`'${matrix}#.T'\` takes its columns`,
    )
    const table = join(folder, 'of columns.csv')
    writeFileSync(table, 'a,b\n1,2\n3,4\n')
    expect(() => openMatrix(`${table}#${fragment}`)).toThrow(`\`'${table}#.T'\` takes its columns as rows`)
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
