// Catches: a mask read with another width, byte order, axis order or the other way round; memory taken for a header that lies.
// Cannot catch: a line that a message tells to type and that is wrong (test/advice/masks.test.ts).
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { inflateArray, npyHeader, openMask, resolveArray } from '@levattention/core/internal'
import { describe, expect, test } from 'vitest'
import { writeArchive } from '../files/zip-archive.ts'
import { expectRefusal, largestAllocation, temporaryFolder } from './fixtures.ts'

const [rows, batches] = [5, 3]
const FLAGS = [1, 0, 1, 1, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 0]
const terms = { rows, batches, input: 'keys' }

/** A .npy of the shape, an element of `width` bytes for each of `values`, lowest byte first or last. */
function npy(descr: string, shape: readonly number[], values: readonly number[]): Buffer {
  const width = Number(/\d+/.exec(descr)?.[0])
  const bytes = values.flatMap((value) => {
    const little = Array.from({ length: width }, (_, at) => Math.floor(value / 256 ** at) % 256)
    return descr.startsWith('>') ? little.reverse() : little
  })
  return Buffer.concat([npyHeader(descr, shape), Uint8Array.from(bytes)])
}

function saved(bytes: Uint8Array, name = 'mask.npy'): string {
  const path = join(temporaryFolder(), name)
  writeFileSync(path, bytes)
  return path
}

const TYPES = ['|b1', '|i1', '|u1', '<i2', '>u2', '<i4', '>i4', '<u4', '<i8', '>i8', '<u8']

describe.each(TYPES)('%s', (descr) => {
  test('of every batch', () => {
    const address = saved(npy(descr, [batches, rows], FLAGS))
    const mask = openMask(address, terms)
    expect(mask).toMatchObject({ address, rows, batches, hiddenCount: 5 })
    for (const batch of [0, 1, 2])
      expect([...mask.seen(batch)]).toEqual(FLAGS.slice(batch * rows, (batch + 1) * rows))
    const one = openMask(`${address}#[1]`, { ...terms, batches: 1 })
    expect([one.batches, one.hiddenCount, ...one.seen(0)]).toEqual([1, 2, ...FLAGS.slice(5, 10)])
  })

  test('of all batches together', () => {
    for (const shape of [[rows], [1, rows]]) {
      const mask = openMask(saved(npy(descr, shape, FLAGS.slice(0, rows))), terms)
      expect([mask.batches, mask.hiddenCount, ...mask.seen(2)]).toEqual([1, 2, ...FLAGS.slice(0, rows)])
    }
  })

  test('another value is refused with its place', () => {
    const values = FLAGS.with(7, 2)
    expectRefusal(
      () => openMask(saved(npy(descr, [batches, rows], values)), terms),
      'Content',
      'entry [1, 2] is 2',
      '!= 0',
    )
  })
})

test('column-major entries, and more of them than are read at once', () => {
  const turned = Array.from(
    { length: 15 },
    (_, at) => FLAGS[(at % batches) * rows + Math.floor(at / batches)],
  )
  const header = npyHeader('|b1', [batches, rows])
  const text = Buffer.from(header).toString('latin1').replace('False', 'True ')
  const mask = openMask(saved(Buffer.concat([Buffer.from(text, 'latin1'), Uint8Array.from(turned)])), terms)
  expect([...mask.seen(1)]).toEqual(FLAGS.slice(5, 10))
  const many = Array.from({ length: 300_000 }, (_, at) => (at % 7 === 3 ? 1 : 0))
  const large = openMask(saved(npy('<i8', [300_000], many)), { rows: 300_000, batches: 1, input: 'keys' })
  expect([...large.seen(0)]).toEqual(many)
})

test('of an archive, compressed or not, and of .safetensors', async () => {
  const data = npy('|b1', [rows], FLAGS.slice(0, rows))
  expect(openMask(`${writeArchive([{ name: 'm.npy', data }])}#m`, terms).hiddenCount).toBe(2)
  const deflated = `${writeArchive([{ name: 'm.npy', method: 8, data }])}#m`
  expectRefusal(() => openMask(deflated, terms), 'Content', 'compressed')
  const inflated = await inflateArray(resolveArray(deflated).array, temporaryFolder(), {})
  expect(openMask(deflated, terms, { inflated }).hiddenCount).toBe(2)
  const header = Buffer.from(JSON.stringify({ m: { dtype: 'BOOL', shape: [rows], data_offsets: [0, rows] } }))
  const length = Buffer.from(BigUint64Array.of(BigInt(header.length)).buffer)
  const tensor = saved(
    Buffer.concat([length, header, Uint8Array.from(FLAGS.slice(0, rows))]),
    'm.safetensors',
  )
  expect([...openMask(`${tensor}#m`, terms).seen(0)]).toEqual(FLAGS.slice(0, rows))
})

test('negative entries are told as they are', () => {
  const values = Buffer.from(BigInt64Array.of(1n, -100n, 0n, 1n, 1n).buffer)
  const address = saved(Buffer.concat([npyHeader('<i8', [rows]), values]))
  expectRefusal(() => openMask(address, terms), 'Content', 'entry [1] is -100')
})

test('a header that lies is refused before memory is taken', () => {
  const claims = { rows: 2 ** 40, batches: 1, input: 'keys' }
  const address = saved(npy('|b1', [2 ** 40], [1, 0, 1]))
  const largest = largestAllocation(() => {
    expectRefusal(() => openMask(address, claims), 'Content', 'truncated, or its header lies')
  })
  expect(largest).toBeLessThan(100_000)
})

test.each<[shape: readonly number[], wanted: string]>([
  [[4], 'a mask of 4 entries, and the keys have 5 rows'],
  [[2, 5], 'a mask of 2 batches, and the keys have 3'],
  [[5, 3], 'a mask is [batches, rows]'],
  [[5, 1], 'a mask is [batches, rows]'],
  [[1, 1, 5], 'an entry for each of the 5 rows'],
  [[], 'an entry for each of the 5 rows'],
])('the shape %j is refused', (shape, wanted) => {
  const count = shape.reduce((product, extent) => product * extent, 1)
  const address = saved(
    npy(
      '|b1',
      shape,
      Array.from({ length: count }, () => 1),
    ),
  )
  expectRefusal(() => openMask(address, terms), 'Content', wanted)
})

test('indices of more than a batch, and other types, are refused', () => {
  const address = saved(npy('|b1', [batches, rows], FLAGS))
  for (const index of ['[0,1]', '[:,1]', '[:]']) {
    expectRefusal(() => openMask(`${address}#${index}`, terms), 'Option', 'is one batch')
  }
  expectRefusal(
    () => openMask(saved(npy('<U1', [rows], FLAGS)), terms),
    'Content',
    "string ('<U1')",
    'a mask is bool',
  )
})
