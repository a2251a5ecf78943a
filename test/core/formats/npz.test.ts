// Archives that zipfile does not write. Catches: a member taken at another place or length than its bytes have, a size
// from the directory believed, a damaged neighbour that blocks a good array. Cannot catch: changed numbers of a stored
// member, whose CRC is not computed (it would take a pass over the file).
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describeFile, openMatrix } from '@levattention/core/internal'
import { expect, test } from 'vitest'
import {
  GOLDEN,
  expectFileNamed,
  expectRefusal,
  largestAllocation,
  load,
  temporaryFolder,
} from '../inputs/fixtures.ts'
import { column, writeArchive, type Member } from '../files/zip-archive.ts'

const KEYS: Member = { name: 'keys.npy', data: column(1, 2, 3) }

test('the helper writes archives that are read', () => {
  const path = writeArchive([KEYS, { name: 'deep/er.npy', data: column(4) }])
  expect(load(`${path}#keys`)).toEqual([1, 2, 3])
  expect(load(`${path}#deep/er`)).toEqual([4])
})

test.each<[string, Partial<Member>, string]>([
  ['encrypted', { flags: 1 }, 'is encrypted'],
  ['of another compression method', { method: 12 }, 'compression method 12'],
  ['longer than its bytes', { memberBytes: 1000 }, 'claims 1000'],
  [
    'larger than the archive',
    { memberBytes: 4_000_000_000, compressedBytes: 4_000_000_000 },
    'reaches into the directory',
  ],
  ['shorter than its array', { memberBytes: 130, compressedBytes: 130 }, 'truncated'],
  ['of another name in its own header', { localName: 'kies.npy' }, 'does not agree'],
  ['no .npy stream', { data: Buffer.from('hello, this is text') }, 'no .npy file'],
  ['an empty file', { data: Buffer.alloc(0) }, 'only 0 bytes'],
  ['deflated, but not', { method: 8, content: Buffer.alloc(140, 7) }, 'cannot be inflated'],
  ['deflated without its header', { method: 8, data: column(1).subarray(0, 100) }, 'truncated'],
])('a member that is %s is refused', (_, lie, found) => {
  const path = writeArchive([{ ...KEYS, ...lie }])
  const largest = largestAllocation(() => {
    expectFileNamed(
      expectRefusal(() => openMatrix(`${path}#keys`), 'Content', found),
      path,
    )
  })
  expect(largest).toBeLessThan(1000)
})

test('a damaged member does not keep the others from being read', () => {
  const path = writeArchive([{ name: 'bad.npy', data: Buffer.from('x') }, KEYS])
  expect(load(`${path}#keys`)).toEqual([1, 2, 3])
  expectFileNamed(
    expectRefusal(() => openMatrix(path), 'Content', 'bad (damaged), keys (3, 1)'),
    path,
  )
})

test('two members of one name, an empty archive, one without arrays and a PyTorch file are refused', () => {
  const twice = writeArchive([KEYS, KEYS])
  expectFileNamed(
    expectRefusal(() => openMatrix(twice), 'Content', 'two members named keys.npy'),
    twice,
  )
  const empty = writeArchive([])
  expectFileNamed(
    expectRefusal(() => openMatrix(empty), 'Content', 'holds no array'),
    empty,
  )
  expectRefusal(() => openMatrix(`${empty}#keys`), 'NotFound', 'no array')
  const text = writeArchive([{ name: 'a.txt', data: Buffer.from('x') }])
  expectFileNamed(
    expectRefusal(() => openMatrix(text), 'Content', 'a.txt', 'save its numbers as .npy'),
    text,
  )
  const torch = writeArchive([{ name: 'model/data.pkl', data: Buffer.from('x') }], 'model.pt')
  expectFileNamed(
    expectRefusal(() => openMatrix(torch), 'Content', 'PyTorch', 'safetensors'),
    torch,
  )
})

test('of thousands of arrays an error lists some', () => {
  const path = writeArchive(Array.from({ length: 3000 }, (_, i) => ({ name: `k${i}.npy`, data: column(i) })))
  expect(load(`${path}#k2999`)).toEqual([2999])
  expect(describeFile(path)).toHaveLength(3000)
  const error = expectRefusal(
    () => openMatrix(path),
    'Content',
    'holds 3000 arrays',
    'k0 (1, 1)',
    'and 2980 more',
  )
  expect(error.message.length).toBeLessThan(600)
  expectRefusal(() => openMatrix(`${path}#k3000`), 'NotFound', 'near names')
})

/** zip64.npz with one little-endian 64-bit field of its records changed. */
function spoiledZip64(signature: string, field: number, value: bigint): string {
  const path = join(temporaryFolder(), 'zip64.npz')
  const bytes = readFileSync(join(GOLDEN, 'zip64.npz'))
  bytes.writeBigUInt64LE(value, bytes.lastIndexOf(signature, undefined, 'latin1') + field)
  writeFileSync(path, bytes)
  return path
}

test.each([
  ['directory end', 'PK\x06\x07', 8, 2n ** 63n, 'a size of 9223372036854775808'],
  ['directory end', 'PK\x06\x07', 8, 2n ** 52n, 'misplaced'],
  ['member count', 'PK\x06\x06', 32, 2n ** 50n, 'announces 1125899906842624 members'],
  ['directory length', 'PK\x06\x06', 40, 2n ** 52n, 'does not end where'],
  ['directory place', 'PK\x06\x06', 48, 2n ** 52n, 'does not end where'],
  ['record length', 'PK\x06\x06', 4, 2n ** 40n, 'damaged'],
])(
  'a zip64 %s that lies is refused, and nothing is allocated from it',
  (_, signature, field, value, found) => {
    const path = spoiledZip64(signature, field, value)
    const largest = largestAllocation(() => {
      expectFileNamed(
        expectRefusal(() => openMatrix(`${path}#keys`), 'Content', found),
        path,
      )
    })
    expect(largest).toBeLessThan(10_000)
  },
)
