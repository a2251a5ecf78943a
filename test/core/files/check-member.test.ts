// Checksums of stored .npz members. Catches: damaged values taken for keys, a piece's checksum lost or taken twice.
// Cannot catch: what changes between the check and the reads (size and mtime are compared there).
import { inflateInput, isLevError, npyHeader } from '@levattention/core/internal'
import { expect, test } from 'vitest'
import { expectRejection, temporaryFolder } from '../inputs/fixtures.ts'
import { column, writeArchive } from './zip-archive.ts'

const rows = 150_000
const numbers = Float64Array.from({ length: rows * 2 }, (_, i) => Math.sin(i))
const long = Buffer.concat([npyHeader('<f8', [rows, 2]), new Uint8Array(numbers.buffer)])

test('a stored member of several pieces whose checksum holds is read in place', async () => {
  const path = writeArchive([{ name: 'keys.npy', data: long }])
  expect(await inflateInput(path, temporaryFolder())).toBe(undefined)
})

test.each([
  ['first', 200],
  ['middle', 1_300_000],
  ['last', long.length - 1],
])('a flipped bit in the %s piece of a stored member is found', async (_, at) => {
  const content = Buffer.from(long)
  content[at] ^= 1
  const path = writeArchive([{ name: 'keys.npy', data: long, content }])
  await expectRejection(inflateInput(path, temporaryFolder()), 'Content', 'keys', 'CRC-32')
})

test('only the member that is asked for is read', async () => {
  const path = writeArchive([
    { name: 'damaged.npy', data: column(1, 2), crc: 1 },
    { name: 'whole.npy', data: column(1, 2) },
  ])
  expect(await inflateInput(`${path}#whole`, temporaryFolder())).toBe(undefined)
  await expectRejection(inflateInput(`${path}#damaged`, temporaryFolder()), 'Content', 'damaged')
})

test('the check can be stopped', async () => {
  const path = writeArchive([{ name: 'keys.npy', data: long }])
  const signal = AbortSignal.abort()
  const stopped = inflateInput(path, temporaryFolder(), { signal })
  await expect(stopped).rejects.toSatisfy((error) => isLevError(error, 'Aborted'))
})
