// Catches: arrays that NumPy reads otherwise than they were, headers that differ from np.save's, sizes above 4 GiB that
// wrap around (on a sink that keeps no data). Cannot catch: limits of the file system for such sizes.
import fs from 'node:fs'
import { join } from 'node:path'
import {
  ZipWriter,
  npyHeader,
  openNpySink,
  writeNpz,
  type ElementArray,
  type ElementType,
  type NpzArray,
} from '@levattention/core/internal'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  PYTHON_TIMEOUT_MS,
  errorOf,
  failSystemCall,
  pythonWith,
  rejectionOf,
  runPython,
  testFolder,
} from '../files/output-support.ts'

test(
  'headers are those of np.save, for every type and many shapes',
  { timeout: PYTHON_TIMEOUT_MS },
  (context) => {
    const python = pythonWith('numpy') ?? context.skip('no python3 with numpy here')
    const shapes = [[], [0], [1], [10 ** 9], [2 ** 53], [3, 4], [10 ** 10, 64], [1, 2, 3], ...manyAxes()]
    const cases = ['<f8', '<f4', '<u8', '<i8', '<u4', '<i4', '|u1', '|S3', '|S1234567'].flatMap((descr) =>
      shapes.map((shape) => ({ descr, shape })),
    )
    const script = `
import io, json, sys, numpy as np
def header(descr, shape):
    f = io.BytesIO()
    np.lib.format.write_array_header_1_0(f, dict(descr=descr, fortran_order=False, shape=tuple(shape)))
    return f.getvalue().hex()
print(json.dumps([header(**c) for c in json.loads(sys.argv[1])]))`
    const ours = cases.map(({ descr, shape }) => Buffer.from(npyHeader(descr, shape)).toString('hex'))
    expect(ours).toEqual(runPython(python, script, [JSON.stringify(cases)]))
  },
)

/** Shapes whose headers have every length around the multiples of 64, the exact fits among them. */
function manyAxes(): number[][] {
  return Array.from({ length: 70 }, (_, i) => [7, ...Array.from({ length: i }, () => 1), 10 ** (i % 3)])
}

describe('.npz', () => {
  test(
    'NumPy reads what a universal set writes, pieces and 64-bit ids among it',
    { timeout: PYTHON_TIMEOUT_MS },
    async (context) => {
      const python = pythonWith('numpy') ?? context.skip('no python3 with numpy here')
      const path = join(testFolder(), 'u.npz')
      await writeNpz(path, [
        {
          name: 'rowIds',
          dtype: 'u64',
          shape: [3],
          data: [Float64Array.of(0, 2 ** 40 + 1), Float64Array.of(2 ** 53)],
        },
        { name: 'bounds', dtype: 'f64', shape: [3], data: Float64Array.of(0.5, 0.25, 1e-9) },
        { name: 'keys', dtype: 'f32', shape: [3, 2], data: Float32Array.of(1, 2, 3, 4, 5, 6) },
        { name: 'factor', dtype: 'f64', shape: [2, 2], data: Float64Array.of(1, 0, 2, 3) },
        { name: 'counts', dtype: 'u32', shape: [1], data: Uint32Array.of(0xffffffff) },
        { name: 'none', dtype: 'i32', shape: [0, 5], data: new Int32Array(0) },
        { name: 'flags', dtype: 'u8', shape: [2], data: Uint8Array.of(1, 255) },
        { name: 'meta', text: '{"p":2,"ü":1}' },
      ])
      const script = `
import json, sys, numpy as np
z = np.load(sys.argv[1])
print(json.dumps({k: [str(z[k].dtype), z[k].shape, z[k].tolist()] for k in z.files if k != 'meta'}
  | {'meta': json.loads(z['meta'].item())}))`
      expect(runPython(python, script, [path])).toEqual({
        rowIds: ['uint64', [3], [0, 2 ** 40 + 1, 2 ** 53]],
        bounds: ['float64', [3], [0.5, 0.25, 1e-9]],
        keys: [
          'float32',
          [3, 2],
          [
            [1, 2],
            [3, 4],
            [5, 6],
          ],
        ],
        factor: [
          'float64',
          [2, 2],
          [
            [1, 0],
            [2, 3],
          ],
        ],
        counts: ['uint32', [1], [0xffffffff]],
        none: ['int32', [0, 5], []],
        flags: ['uint8', [2], [1, 255]],
        meta: { p: 2, ü: 1 },
      })
    },
  )

  test('any arrays, as NumPy reads them', { timeout: PYTHON_TIMEOUT_MS }, async (context) => {
    const python = pythonWith('numpy') ?? context.skip('no python3 with numpy here')
    const folder = testFolder()
    const arrays = fc.sample(
      fc.array(fc.oneof(fc.float64Array(), fc.float32Array(), fc.int32Array(), fc.uint32Array())),
      {
        numRuns: 15,
        seed: 1,
      },
    )
    for (const [i, list] of arrays.entries()) {
      await writeNpz(
        join(folder, `${i}.npz`),
        list.map((data, j) => npzOf(`a${j}`, data)),
      )
    }
    const script = `
import json, sys, numpy as np
print(json.dumps([[z[k].tobytes().hex() for k in z.files]
  for z in (np.load(f'{sys.argv[1]}/{i}.npz') for i in range(int(sys.argv[2])))]))`
    const expected = arrays.map((list) => list.map((data) => Buffer.from(data.buffer).toString('hex')))
    expect(runPython(python, script, [folder, String(arrays.length)])).toEqual(expected)
  })

  test('the same arrays give the same bytes', async () => {
    const folder = testFolder()
    for (const name of ['a.npz', 'b.npz'])
      await writeNpz(join(folder, name), [npzOf('x', Float64Array.of(1, 2))])
    const [a, b] = ['a.npz', 'b.npz'].map((name) => fs.readFileSync(join(folder, name)))
    expect(Buffer.compare(a, b)).toBe(0)
  })

  test('data that do not fill their shape, of another type, or a failing write: nothing is left', async () => {
    const folder = testFolder()
    const path = join(folder, 'a.npz')
    const wrong: NpzArray[] = [
      { name: 'a', dtype: 'f64', shape: [2], data: Float64Array.of(1) },
      { name: 'a', dtype: 'f64', shape: [1], data: Float64Array.of(1, 2) },
      { name: 'a', dtype: 'f64', shape: [1], data: Float32Array.of(1) },
      { name: 'a', dtype: 'u64', shape: [1], data: Float64Array.of(-1) },
    ]
    for (const array of wrong) await rejectionOf('Internal', writeNpz(path, [array]))
    failSystemCall('writeSync', 'ENOSPC', 3)
    await rejectionOf('CannotWrite', writeNpz(path, [npzOf('x', Float64Array.of(1))]))
    expect(fs.readdirSync(folder)).toEqual([])
  })
})

function npzOf(name: string, data: ElementArray): NpzArray {
  return { name, dtype: typeOf(data), shape: [data.length], data }
}

function typeOf(data: ElementArray): ElementType {
  if (data instanceof Float64Array) return 'f64'
  if (data instanceof Float32Array) return 'f32'
  return data instanceof Int32Array ? 'i32' : 'u32'
}

describe('.npy', () => {
  test('in pieces: the bytes that NumPy saves', { timeout: PYTHON_TIMEOUT_MS }, async (context) => {
    const python = pythonWith('numpy') ?? context.skip('no python3 with numpy here')
    const path = join(testFolder(), 'tau.npy')
    const sink = openNpySink(path, { dtype: 'f64', shape: [2, 3] })
    sink.write(Float64Array.of(1, 2))
    sink.write(new Float64Array(0))
    sink.write(Float64Array.of(3, 4, 5, 6))
    await sink.finish()
    const script = `
import io, json, sys, numpy as np
f = io.BytesIO(); np.save(f, np.arange(1, 7).reshape(2, 3) * 1.0)
print(json.dumps(f.getvalue().hex()))`
    expect(fs.readFileSync(path).toString('hex')).toBe(runPython(python, script, []))
  })

  test('too many, too few, or aborted: no file', async () => {
    const folder = testFolder()
    const open = () => openNpySink(join(folder, 'a.npy'), { dtype: 'f64', shape: [2] })
    const tooMany = open()
    errorOf('Internal', () => tooMany.write(Float64Array.of(1, 2, 3)))
    const tooFew = open()
    tooFew.write(Float64Array.of(1))
    await rejectionOf('Internal', tooFew.finish())
    open().abort()
    expect(fs.readdirSync(folder)).toEqual([])
  })
})

/** Keeps headers and directory only: what is larger than 64 KiB is counted. */
function countingSink() {
  const small = new Map<number, Uint8Array>()
  const sink = {
    byteLength: 0,
    write(bytes: Uint8Array) {
      if (bytes.byteLength < 65_536) small.set(sink.byteLength, Uint8Array.from(bytes))
      sink.byteLength += bytes.byteLength
    },
    overwrite(offsetBytes: number, bytes: Uint8Array) {
      const found = [...small].find(
        ([start, part]) => start <= offsetBytes && offsetBytes < start + part.byteLength,
      )
      found?.[1].set(bytes, offsetBytes - found[0])
    },
  }
  return { sink, small }
}

describe('ZIP', () => {
  test('a member that begins beyond 4 GiB, and one that is longer, get zip64 records', () => {
    const { sink, small } = countingSink()
    sink.byteLength = 2 ** 32 + 5 // as if that much were there
    const zip = new ZipWriter(sink)
    zip.add('far', 3, [Uint8Array.of(1, 2, 3)])
    zip.finish()
    const [localStart, directoryStart] = [2 ** 32 + 5, 2 ** 32 + 5 + 30 + 3 + 3]
    const local = Buffer.from(small.get(localStart) ?? [])
    expect(local.readUInt32LE(18)).toBe(3) // its own size is small
    const central = Buffer.from(small.get(directoryStart) ?? [])
    expect([20, 24, 42].map((at) => central.readUInt32LE(at))).toEqual([0xffffffff, 0xffffffff, 0xffffffff])
    expect([53, 61, 69].map((at) => central.readBigUInt64LE(at))).toEqual([3n, 3n, BigInt(localStart)])
    const end64 = Buffer.from(small.get(directoryStart + central.length) ?? [])
    expect(end64.readBigUInt64LE(48)).toBe(BigInt(directoryStart))
    expect(end64.readBigUInt64LE(40)).toBe(BigInt(central.length))
    expect(end64.readBigUInt64LE(64)).toBe(BigInt(directoryStart + central.length))
  })

  test('a member must have the length that was said', () => {
    const { sink } = countingSink()
    errorOf('Internal', () => new ZipWriter(sink).add('a', 2, [Uint8Array.of(1)]))
  })
})
