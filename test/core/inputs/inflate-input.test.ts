// Compressed members. Catches: a wrong value after inflating, damage that the checksum shows, a file left after a
// failure, a lie about the length that fills the disk.
import fs, { appendFileSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { join } from 'node:path'
import { deflateRawSync } from 'node:zlib'
import type { ReadProgress } from '@levattention/core'
import { inflateInput, inputParts, isLevError, npyHeader, openMatrix } from '@levattention/core/internal'
import * as fc from 'fast-check'
import { expect, onTestFinished, test } from 'vitest'
import {
  GOLDEN,
  expectFileNamed,
  expectRefusal,
  expectRejection,
  golden,
  load,
  readAll,
  temporaryFolder,
} from './fixtures.ts'
import { column, writeArchive, type Member } from '../files/zip-archive.ts'

const KEYS: Member = { name: 'keys.npy', method: 8, data: column(...Array.from({ length: 50 }, (_, i) => i)) }

const compressed = golden.matrices.filter(({ address }) => address.includes('deflated'))

test.each(compressed)('$address has the values that NumPy sees', async ({ address, values }) => {
  const folder = temporaryFolder()
  const full = join(GOLDEN, address)
  const inflated = await inflateInput(full, folder)
  const source = openMatrix(full, { inflated })
  expect(readAll(source)).toEqual(values)
  source.close()
  expect(inputParts(source)[0].path).toBe(full.replace(/#.*/, ''))
  expect(readdirSync(folder).map((name) => join(folder, name))).toEqual([inflated?.path])
  expect(inflated?.byteLength).toBe(statSync(inflated?.path ?? '').size)
})

test('there are compressed golden matrices', () => {
  expect(compressed).toHaveLength(4)
})

test('what can be read in place is not inflated', async () => {
  const folder = temporaryFolder()
  for (const address of ['stored.npz#keys', 'f4-little-C.npy', 'one.safetensors']) {
    expect(await inflateInput(join(GOLDEN, address), folder)).toBe(undefined)
  }
  expect(readdirSync(folder)).toEqual([])
})

test('what is not found has the system’s error as its cause', async () => {
  const gone = join(temporaryFolder(), 'gone.csv')
  const cause = expect.objectContaining({ code: 'ENOENT' }) as Error
  expect(expectRefusal(() => openMatrix(gone), 'NotFound', 'not found')).toMatchObject({ cause })
  await expect(inflateInput(gone, temporaryFolder())).rejects.toMatchObject({ tag: 'NotFound', cause })
})

test('progress is told, of text by its bytes, of all else at the end; a callback that fails ends it', async () => {
  const path = join(temporaryFolder(), 'K.csv')
  const text = `a,b\n${Array.from({ length: 60_000 }, (_, i) => `${i},${i / 7}\n`).join('')}`
  writeFileSync(path, text)
  const told: ReadProgress[] = []
  const onProgress = (progress: ReadProgress) => void told.push(progress)
  await inflateInput(path, temporaryFolder(), { onProgress })
  expect(told.length).toBeGreaterThan(2)
  expect(told.map(({ done }) => done)).toEqual(told.map(({ done }) => done).toSorted((a, b) => a - b))
  expect(told.at(-1)).toEqual({ done: text.length, total: text.length })
  for (const address of ['stored.npz#keys', compressed[0].address]) {
    told.length = 0
    await inflateInput(join(GOLDEN, address), temporaryFolder(), { onProgress })
    expect(told).toEqual([{ done: 1, total: 1 }])
  }
  const folder = temporaryFolder()
  const failing = () => {
    throw new Error('no room')
  }
  for (const onFail of [failing, () => Promise.reject(new Error('no room'))])
    for (const address of [path, join(GOLDEN, compressed[0].address)])
      await expect(inflateInput(address, folder, { onProgress: onFail })).rejects.toMatchObject({
        tag: 'Option',
        message: 'onProgress failed: no room; the call ended',
      })
  expect(readdirSync(folder)).toEqual([])
})

test('a member of many pieces is inflated whole', async () => {
  const rows = 300_000
  const data = Float64Array.from({ length: rows * 2 }, (_, i) => Math.sin(i))
  const bytes = Buffer.concat([npyHeader('<f8', [rows, 2]), new Uint8Array(data.buffer)])
  const path = writeArchive([{ name: 'keys.npy', method: 8, data: bytes }])
  const inflated = await inflateInput(path, temporaryFolder())
  const source = openMatrix(path, { inflated })
  const into = new Float64Array(rows * 2)
  source.readRows(0, rows, into)
  expect(Buffer.from(into.buffer).equals(Buffer.from(data.buffer))).toBe(true)
})

test.each<[string, Partial<Member>, string]>([
  ['whose checksum differs', { crc: 12345 }, 'CRC-32'],
  [
    'that is longer than it claims',
    { content: deflateRawSync(Buffer.concat([KEYS.data, KEYS.data])) },
    'longer than the 328',
  ],
  [
    'that is shorter than it claims',
    { content: deflateRawSync(KEYS.data.subarray(0, 300)) },
    'has 300 bytes and claims 328',
  ],
  ['whose stream is cut off', { content: deflateRawSync(KEYS.data).subarray(0, -5) }, 'cannot be inflated'],
  [
    'with bytes behind its stream',
    { content: Buffer.concat([deflateRawSync(KEYS.data), Buffer.alloc(9)]) },
    '9 bytes follow',
  ],
  ['that cannot expand so far', { memberBytes: 4_000_000_000 }, 'bytes too many'],
])('a member %s is refused, and no file is left', async (_, lie, found) => {
  const folder = temporaryFolder()
  const path = writeArchive([{ ...KEYS, ...lie }])
  expectFileNamed(await expectRejection(inflateInput(path, folder), 'Content', found), path)
  expect(readdirSync(folder)).toEqual([])
})

test('a header and a directory that agree on an impossible length are refused before anything is written', async () => {
  const data = Buffer.concat([npyHeader('<f4', [1_000_000_000, 1]), Buffer.alloc(100)])
  const path = writeArchive([{ name: 'keys.npy', method: 8, data, memberBytes: 4_000_000_128 }])
  const error = await expectRejection(
    inflateInput(path, temporaryFolder()),
    'Content',
    'cannot hold the 4000000128',
  )
  expectFileNamed(error, path)
})

test('an array of a refused type is not inflated', async () => {
  const folder = temporaryFolder()
  const data = Buffer.concat([npyHeader('<c8', [2, 1]), Buffer.alloc(16)])
  const path = writeArchive([{ name: 'keys.npy', method: 8, data }])
  await expectRejection(inflateInput(path, folder), 'Content', 'complex64')
  expect(readdirSync(folder)).toEqual([])
})

test('with changed bytes it is refused without a trace, or has the same values', async () => {
  const original = readFileSync(join(GOLDEN, 'one-deflated.npz'))
  const { values } = compressed[compressed.length - 1]
  const folder = temporaryFolder()
  const path = join(temporaryFolder(), 'keys.npz')
  const flips = fc.array(fc.tuple(fc.nat(original.length - 1), fc.nat(255)), { minLength: 1, maxLength: 3 })
  await fc.assert(
    fc.asyncProperty(flips, async (changes) => {
      const bytes = Buffer.from(original)
      for (const [at, value] of changes) bytes[at] = value
      writeFileSync(path, bytes)
      const read = async (): Promise<number[]> => {
        const inflated = await inflateInput(path, folder)
        const found = readAll(openMatrix(path, { inflated }))
        if (inflated !== undefined) fs.rmSync(inflated.path)
        return found
      }
      const outcome: unknown = await read().catch((error: unknown) => error)
      if (!isLevError(outcome, 'Content', 'NotFound')) expect(outcome).toEqual(values)
      expect(readdirSync(folder)).toEqual([])
    }),
    { numRuns: 300 },
  )
})

test('a folder that is not there is CannotWrite, with what to do', async () => {
  const missing = join(temporaryFolder(), 'missing')
  const error = await expectRejection(
    inflateInput(writeArchive([KEYS]), missing),
    'CannotWrite',
    '`folder`',
    'keys.npz',
  )
  expect(error.place.file).toContain(missing)
})

test('a full disk is CannotWrite, and no file is left', async () => {
  const folder = temporaryFolder()
  const path = writeArchive([KEYS])
  const original = fs.write
  onTestFinished(() => {
    Object.assign(fs, { write: original })
    syncBuiltinESMExports()
  })
  const full = Object.assign(new Error('ENOSPC: simulated'), { code: 'ENOSPC', syscall: 'write' })
  Object.assign(fs, { write: (...args: unknown[]) => (args.at(-1) as (error: Error) => void)(full) })
  await expectRejection(inflateInput(path, folder), 'CannotWrite', 'the disk is full', 'keys.npz')
  expect(readdirSync(folder)).toEqual([])
})

test('an abort is Aborted, and no file is left', async () => {
  const folder = temporaryFolder()
  const path = writeArchive([KEYS])
  const reason = new TypeError('why')
  const error = await expectRejection(
    inflateInput(path, folder, { signal: AbortSignal.abort(reason) }),
    'Aborted',
  )
  expectFileNamed(error, path)
  expect(error).toMatchObject({ name: 'AbortError', cause: reason })
  expect(readdirSync(folder)).toEqual([])
})

test('a change of the inflated file is InputChanged under the name of the archive', async () => {
  const path = writeArchive([KEYS])
  const inflated = await inflateInput(path, temporaryFolder())
  const source = openMatrix(path, { inflated })
  appendFileSync(inflated?.path ?? '', 'x')
  expectFileNamed(
    expectRefusal(() => source.readRows(0, 1, new Float32Array(1)), 'InputChanged'),
    path,
  )
})

test('a compressed array without inflating is refused with the way out', () => {
  const error = expectRefusal(() => load(join(GOLDEN, 'deflated.npz#keys')), 'Content', 'inflateInput')
  expectFileNamed(error, 'deflated.npz')
})
