// Headers that no safetensors writer makes. Catches: a tensor read from bytes that are not its own, a size believed.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openMatrix } from '@levattention/core/internal'
import { expect, test } from 'vitest'
import {
  expectFileNamed,
  expectRefusal,
  largestAllocation,
  load,
  temporaryFolder,
} from '../inputs/fixtures.ts'

const DATA = Buffer.from(Float32Array.of(1, 2, 3, 4, 5, 6).buffer) // 24 bytes

function tensorFile(header: unknown, claimedBytes?: bigint, data = DATA): string {
  const path = join(temporaryFolder(), 'keys.safetensors')
  const text = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header))
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(claimedBytes ?? BigInt(text.length))
  writeFileSync(path, Buffer.concat([length, text, data]))
  return path
}

const tensor = (shape: unknown, offsets: unknown, dtype: unknown = 'F32'): object => ({
  dtype,
  shape,
  data_offsets: offsets,
})

test('the helper writes files that are read, with tensors in any order of the header', () => {
  const path = tensorFile({ b: tensor([2, 2], [8, 24]), a: tensor([1, 2], [0, 8]) })
  expect(load(`${path}#a`)).toEqual([1, 2])
  expect(load(`${path}#b`)).toEqual([3, 4, 5, 6])
})

test.each<[string, unknown, string]>([
  ['a shape that needs more bytes', { k: tensor([4, 2], [0, 24]) }, 'needs 32 bytes, 24 are there'],
  ['a shape that needs fewer bytes', { k: tensor([2, 2], [0, 24]) }, '8 bytes too many'],
  ['a type that needs more bytes', { k: tensor([3, 2], [0, 24], 'F64') }, 'needs 48 bytes'],
  ['2^60 rows', { k: tensor([2 ** 60, 2], [0, 24]) }, 'no valid dtype, shape'],
  ['2^52 rows', { k: tensor([2 ** 52, 2], [0, 24]) }, 'larger than any file'],
  ['offsets beyond the file', { k: tensor([2 ** 40, 2], [0, 2 ** 43]) }, 'truncated'],
  ['a gap', { a: tensor([1, 2], [0, 8]), b: tensor([1, 2], [16, 24]) }, "'b' begins at 16, 8 is due"],
  ['an overlap', { a: tensor([2, 2], [0, 16]), b: tensor([2, 2], [8, 24]) }, "'b' begins at 8, 16 is due"],
  ['bytes of no tensor', { a: tensor([1, 2], [0, 8]) }, '16 bytes behind the last tensor'],
  ['no tensor', {}, '24 bytes behind the last tensor'],
  ['offsets in the wrong order', { k: tensor([3, 2], [24, 0]) }, "'k' has no valid"],
  ['three offsets', { k: tensor([3, 2], [0, 24, 24]) }, "'k' has no valid"],
  ['a negative offset', { k: tensor([3, 2], [-1, 24]) }, "'k' has no valid"],
  ['a fraction', { k: tensor([3.5, 2], [0, 24]) }, "'k' has no valid"],
  ['a shape that is no list', { k: tensor('3,2', [0, 24]) }, "'k' has no valid"],
  ['no offsets', { k: { dtype: 'F32', shape: [3, 2] } }, "'k' has no valid"],
  ['a type that is no text', { k: tensor([3, 2], [0, 24], 32) }, "'k' has no valid"],
  ['an unknown type', { k: tensor([3, 2], [0, 24], 'toString') }, 'safetensors toString'],
  ['an 8-bit float type', { k: tensor([12, 2], [0, 24], 'F8_E5M2') }, 'safetensors F8_E5M2'],
  ['one axis', { k: tensor([6], [0, 24]) }, '(6,)'],
  ['no columns', { k: tensor([3, 0], [0, 0]), rest: tensor([6], [0, 24]) }, 'd = 0'],
  ['too many columns', { k: tensor([0, 4097], [0, 0]), rest: tensor([6], [0, 24]) }, 'd = 4097 > 4096'],
  ['a list', '[1, 2]', 'no JSON object'],
  ['null', '        null', 'no JSON object'],
  ['no JSON', '{"k": ', 'header is damaged'],
])('%s is refused', (_, header, found) => {
  const path = tensorFile(header)
  const largest = largestAllocation(() => {
    expectFileNamed(
      expectRefusal(() => openMatrix(`${path}#k`), 'Content', found),
      path,
    )
  })
  expect(largest).toBeLessThan(100_000)
})

test.each([
  [2n ** 64n - 1n, 'claims 18446744073709551615 bytes'],
  [2n ** 53n, 'claims 9007199254740992 bytes'],
  [10_000n, 'claims 10000 bytes'],
])('a header length of %i beyond the file is refused, and nothing is allocated from it', (claimed, found) => {
  const path = tensorFile({ k: tensor([3, 2], [0, 24]) }, claimed)
  const largest = largestAllocation(() => {
    expectFileNamed(
      expectRefusal(() => openMatrix(path), 'Content', 'truncated', found),
      path,
    )
  })
  expect(largest).toBeLessThan(100_000)
})

test('a header length that cuts the header or takes in the data is damaged', () => {
  expectRefusal(
    () => openMatrix(tensorFile({ k: tensor([3, 2], [0, 24]) }, 10n)),
    'Content',
    'header is damaged',
  )
  expectRefusal(
    () => openMatrix(tensorFile({ k: tensor([3, 2], [0, 24]) }, 60n)),
    'Content',
    'header is damaged',
  )
})

test('a header beyond 32 MiB is refused before it is loaded', () => {
  const path = tensorFile('{', 2n ** 25n + 1n, Buffer.alloc(2 ** 25 + 1))
  const largest = largestAllocation(() => {
    expectFileNamed(
      expectRefusal(() => openMatrix(path), 'Content', '33554433 bytes', '33554432'),
      path,
    )
  })
  expect(largest).toBeLessThan(100_000)
})

test('bytes that are no UTF-8, and a byte order mark, are damage', () => {
  const path = tensorFile({ kk: tensor([3, 2], [0, 24]) })
  for (const [at, bytes] of [
    [10, [0xff]],
    [8, [0xef, 0xbb, 0xbf]],
  ] as const) {
    const original = readFileSync(path)
    Buffer.from(bytes).copy(original, at)
    writeFileSync(path, original)
    expectFileNamed(
      expectRefusal(() => openMatrix(path), 'Content', 'header is damaged'),
      path,
    )
  }
})

test.each([
  ['C64', [3, 1], 'save its parts as float64'],
  ['F8_E4M3', [24, 1], 'to float32 in the program that made them'],
])('%s tensors come with what makes a matrix of them', (dtype, shape, advice) => {
  const path = tensorFile({ k: tensor(shape, [0, 24], dtype) })
  expectRefusal(() => openMatrix(path), 'Content', `safetensors ${dtype}`, advice)
})
