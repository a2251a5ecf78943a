// Catches: a part that is read though it was cut, changed, or belongs to another run or step; values that come back as others;
// digests that do not tell values apart. Cannot catch: damage that SHA-256 does not see.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { digestOf } from '#coordinator/checkpoint/digest'
import { readPart, writePart } from '#coordinator/files/part-file'
import { afterAll, expect, test } from 'vitest'

const folder = mkdtempSync(join(tmpdir(), 'lev-part-'))
afterAll(() => rmSync(folder, { recursive: true }))
const path = join(folder, 'one.part')
const name = { runId: 'run', key: 'key' }
const read = (file: string, wanted = name) => readPart(file, wanted, () => undefined)

test('plain data come back as they were, to the bit', async () => {
  const value = {
    sums: Float64Array.of(0.1, -0, Infinity, 5e-324),
    ids: Uint32Array.of(1, 2 ** 32 - 1),
    bytes: Uint8Array.of(7),
    rows: new Float32Array([1.5]),
    none: undefined,
    count: 2 ** 40,
    share: 1 / 3,
    list: [1, 'two', { three: 3 }],
  }
  await writePart(path, name, value)
  const back = read(path) as typeof value
  expect(back).toEqual(value)
  expect(Object.is(back.sums[1], -0)).toBe(true)
  const shared = new Float64Array(new SharedArrayBuffer(16))
  shared.set([3, 4])
  await writePart(path, name, shared)
  expect(read(path)).toEqual(Float64Array.of(3, 4))
})

test('every cut and every changed byte is refused, by the file’s name', async () => {
  await writePart(path, name, { sums: Float64Array.of(1, 2, 3) })
  const bytes = readFileSync(path)
  for (let length = 0; length < bytes.length; length++) {
    writeFileSync(path, bytes.subarray(0, length))
    expect(() => read(path), `${length} bytes`).toThrow(/one\.part (is cut|is no part)/)
  }
  for (let at = 0; at < bytes.length; at++) {
    const changed = Buffer.from(bytes)
    changed[at] ^= 4
    writeFileSync(path, changed)
    expect(() => read(path), `byte ${at}`).toThrow(/one\.part is (cut|no part|damaged)/)
  }
})

test('another run’s part, or another step’s, is refused; none is none', async () => {
  await writePart(path, name, 1)
  expect(() => read(path, { ...name, runId: 'other' })).toThrow(/of run run, not of other/)
  expect(() => read(path, { ...name, key: 'other' })).toThrow(/another step/)
  expect(read(join(folder, 'none.part'))).toBeUndefined()
})

test('digests tell values apart, and not the order of fields or absent ones', () => {
  const different = [
    1,
    '1',
    true,
    null,
    [],
    {},
    [1],
    [[1]],
    [1, 2],
    { a: 1 },
    { b: 1 },
    { a: '1' },
    0,
    -0,
    NaN,
    Float64Array.of(1),
    Float32Array.of(1),
    Uint8Array.of(1),
    Float64Array.of(0),
    Float64Array.of(-0),
    ['ab', 'c'],
    ['a', 'bc'],
  ]
  expect(new Set(different.map(digestOf)).size).toBe(different.length)
  expect(digestOf({ a: 1, b: 2, c: undefined })).toBe(digestOf({ b: 2, a: 1 }))
})
