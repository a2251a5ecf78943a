// Catches: rows that change with the pieces in which their bytes come, a type or byte order misread, a stream that is cut
// off or goes on and is believed, a header that makes us wait or allocate. Cannot catch: what a real pipe does
// (test/coordinator/cli/streams.test.ts).
import { isLevError, type LevError, openRowStream } from '@levattention/core/internal'
import { describe, expect, test } from 'vitest'
import { Random } from '../../support/random.mjs'

const NAME = 'standard input'
const values = Float64Array.from({ length: 5 * 3 }, (_, i) => (i - 7) / 4)

/** A .npy of `body` with the header fields as given. */
function npy(body: Uint8Array, descr: string, shape: string, order = 'False', version = 1): Uint8Array {
  const prefix = version === 1 ? 10 : 12
  const text = `{'descr': '${descr}', 'fortran_order': ${order}, 'shape': ${shape}, }`
  const header = Buffer.alloc(128, ' ')
  header.write('\x93NUMPY', 0, 'latin1')
  header[6] = version
  header[7] = 0
  header.writeUInt16LE(128 - prefix, 8)
  if (version > 1) header.writeUInt16LE(0, 10)
  header.write(text, prefix)
  header[127] = 0x0a
  return Buffer.concat([header, body])
}

/** `bytes` in random pieces, some of them empty. */
async function* pieces(bytes: Uint8Array, seed: number, most = 40): AsyncGenerator<Uint8Array> {
  const random = new Random(seed)
  for (let at = 0; at < bytes.length;) {
    const end = Math.min(bytes.length, at + random.below(most))
    yield await Promise.resolve(bytes.slice(at, end))
    at = end
  }
}

async function rowsOf(bytes: Uint8Array, options = {}, seed = 1, most?: number) {
  const stream = await openRowStream(pieces(bytes, seed, most), options, NAME)
  const rows: number[] = []
  for await (const block of stream.blocks()) for (const value of block) rows.push(value)
  return { cols: stream.cols, element: stream.element, rows }
}

async function refusal(bytes: Uint8Array, options = {}): Promise<LevError> {
  try {
    await rowsOf(bytes, options)
  } catch (error) {
    if (isLevError(error)) return error
    throw error
  }
  throw new Error('nothing was refused')
}

function bytesOf(type: string): Uint8Array {
  const view = new DataView(new ArrayBuffer(values.length * 8))
  const width = { f2: 2, bf: 2, f4: 4, f8: 8 }[type.slice(1)]!
  const little = type.startsWith('<')
  values.forEach((value, i) => {
    if (width === 8) view.setFloat64(8 * i, value, little)
    else if (width === 4) view.setFloat32(4 * i, value, little)
    else view.setUint16(2 * i, type.endsWith('bf') ? bfloat16(value) : float16(value), little)
  })
  return new Uint8Array(view.buffer, 0, values.length * width)
}

function bfloat16(value: number): number {
  return new Uint32Array(Float32Array.of(value).buffer)[0] >>> 16
}

/** For multiples of 1/4 below 2048 in size. */
function float16(value: number): number {
  if (value === 0) return 0
  const exponent = Math.floor(Math.log2(Math.abs(value)))
  const fraction = (Math.abs(value) / 2 ** exponent - 1) * 1024
  return (value < 0 ? 0x8000 : 0) | ((exponent + 15) << 10) | fraction
}

describe('the rows come through whatever the pieces', () => {
  test.each(['<f2', '>f2', '<f4', '>f4', '<f8', '>f8'])('.npy %s', async (descr) => {
    for (const version of [1, 2, 3]) {
      const file = npy(bytesOf(descr), descr, '(5, 3)', 'False', version)
      for (let seed = 0; seed < 8; seed++) {
        const element = descr.endsWith('8') ? 'f64' : 'f32'
        expect(await rowsOf(file, {}, seed, 2 + seed * 9)).toEqual({ cols: 3, element, rows: [...values] })
      }
    }
  })

  test.each([
    ['f16', '<f2'],
    ['bf16', '<bf'],
    ['f32', '<f4'],
    ['f64', '<f8'],
  ])('raw %s, from an offset on', async (dtype, type) => {
    const bytes = Buffer.concat([Buffer.alloc(7), bytesOf(type)])
    for (let seed = 0; seed < 8; seed++) {
      const { rows } = await rowsOf(bytes, { dtype, cols: 3, offsetBytes: 7 }, seed)
      expect(rows).toEqual([...values])
    }
  })

  test('blocks longer than a piece, and pieces longer than a block', async () => {
    const long = Float32Array.from({ length: 350_000 }, (_, i) => i % 1001)
    const bytes = new Uint8Array(long.buffer)
    for (const most of [9_000, 1_400_000]) {
      const { rows } = await rowsOf(bytes, { dtype: 'f32', cols: 7 }, 3, most)
      expect(Buffer.compare(new Uint8Array(Float32Array.from(rows).buffer), bytes)).toBe(0)
    }
  })

  test('no rows, one column and one row in either order', async () => {
    expect((await rowsOf(npy(new Uint8Array(0), '<f4', '(0, 3)'))).rows).toEqual([])
    expect((await rowsOf(npy(new Uint8Array(0), '<f4', '(0, 3)', 'True'))).rows).toEqual([])
    expect((await rowsOf(npy(bytesOf('<f8'), '<f8', '(15, 1)', 'True'))).rows).toEqual([...values])
    expect((await rowsOf(npy(bytesOf('<f8'), '<f8', '(1, 15)', 'True'))).rows).toEqual([...values])
  })

  test('options for raw bytes do not misread a .npy', async () => {
    const { rows } = await rowsOf(npy(bytesOf('<f8'), '<f8', '(5, 3)'), { dtype: 'f32', cols: 4 })
    expect(rows).toEqual([...values])
  })
})

describe('what cannot be a matrix is refused', () => {
  const body = bytesOf('<f8')
  test.each<[string, Uint8Array, object, string[], object]>([
    ['no bytes', new Uint8Array(0), {}, ['no bytes came'], {}],
    ['a Parquet file', Buffer.from(`PAR1${'\0'.repeat(64)}PAR1`), {}, ['name it instead of piping it'], {}],
    ['no bytes for raw', new Uint8Array(0), { dtype: 'f32', cols: 4 }, ['no bytes came'], {}],
    ['nothing behind the offset', body, { dtype: 'f32', cols: 4, offsetBytes: 120 }, ['--offset 120'], {}],
    ['an end before the offset', body, { dtype: 'f32', cols: 4, offsetBytes: 500 }, ['120 bytes came'], {}],
    [
      'a raw stream that ends in a row',
      body.slice(0, 115),
      { dtype: 'f64', cols: 3 },
      ['inside row 4', '19 of its 24'],
      { row: 4 },
    ],
    ['raw bytes without options', body, {}, ['raw little-endian numbers need their type'], {}],
    ['a header cut off', npy(body, '<f8', '(5, 3)').slice(0, 60), {}, ['truncated'], {}],
    ['a prefix cut off', npy(body, '<f8', '(5, 3)').slice(0, 8), {}, ['only 8 bytes'], {}],
    ['fewer rows than said', npy(body, '<f8', '(6, 3)'), {}, ['ends after 5 rows', 'says 6'], { row: 5 }],
    [
      'far fewer rows than said',
      npy(body, '<f8', '(9000000000000, 3)'),
      {},
      ['ends after 5 rows'],
      { row: 5 },
    ],
    [
      'an end inside a row',
      npy(body.slice(0, 100), '<f8', '(5, 3)'),
      {},
      ['inside row 4', '4 of its 24'],
      { row: 4 },
    ],
    ['more rows than said', npy(body, '<f8', '(4, 3)'), {}, ['goes on behind the 4 rows'], { row: 4 }],
    ['columns first', npy(body, '<f8', '(5, 3)', 'True'), {}, ['column-major', 'save it row-major'], {}],
    ['complex numbers', npy(body, '<c8', '(5, 3)'), {}, ["complex64 ('<c8')"], {}],
    [
      'an integer that float64 rounds',
      npy(new Uint8Array(BigInt64Array.of(1n, 2n, 3n, 4n, -(2n ** 53n) - 1n, 5n).buffer), '<i8', '(2, 3)'),
      {},
      ['row 1, column 1', 'beyond 2^53'],
      { row: 1, column: 1 },
    ],
    ['a vector', npy(body, '<f8', '(15,)'), {}, ['(15,)'], {}],
    ['a stack', npy(body, '<f8', '(1, 5, 3)'), {}, ['(1, 5, 3)'], {}],
    ['no columns', npy(new Uint8Array(0), '<f8', '(5, 0)'), {}, ['d = 0'], {}],
    ['too many columns', npy(body, '<f8', '(1, 4097)'), {}, ['4097', '4096'], {}],
  ])('%s', async (_, bytes, options, texts, place) => {
    const error = await refusal(bytes, options)
    expect(error.tag).toBe('Content')
    expect(error.place).toMatchObject({ file: NAME, ...place })
    for (const text of [NAME, ...texts]) expect(error.message).toContain(text)
  })

  test('raw options that are wrong are the caller’s mistake', async () => {
    expect((await refusal(body, { cols: 3 })).tag).toBe('Option')
  })
})
