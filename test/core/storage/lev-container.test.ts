// Catches: any damaged byte, any missing or added byte, foreign and newer files, blocks that come back changed,
// bytes that depend on key order. The golden file is made by Python without our code.
// Cannot catch: a fault that is in the golden script and in ours alike.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { HeaderRecord, LevBlock, LevContent } from '@levattention/core/internal'
import {
  LEV_KINDS,
  canonicalMsgpack,
  createOutput,
  encodePreamble,
  levFromBytes,
  levToBytes,
  openLev,
  parseMsgpack,
  writeLev,
} from '@levattention/core/internal'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { errorOf, testFolder } from './output-support.ts'

const small: LevContent = {
  kind: 'universal',
  header: { epsilon: 0.01, n: 1000, names: ['a', 'ü'], nested: { b: null, a: true } },
  blocks: [
    { name: 'rowIds', dtype: 'u64', length: 3, data: Float64Array.of(0, 2 ** 32 + 5, 2 ** 53) },
    { name: 'bounds', dtype: 'f64', length: 3, data: Float64Array.of(0.5, -0, 1e-300) },
    { name: 'keys', dtype: 'f32', length: 6, data: Float32Array.of(1, 2, 3, 4, 5, 6) },
    { name: 'slots', dtype: 'u32', length: 1, data: Uint32Array.of(0xffffffff) },
    { name: 'empty', dtype: 'u8', length: 0, data: new Uint8Array(0) },
  ],
}
const smallBytes = levToBytes(small)

function* pieces() {
  yield Float32Array.of(1)
  yield new Float32Array(0)
  yield Float32Array.of(2, 3, 4, 5, 6)
}

/** `bytes` with a right checksum over what they now are. */
function resealed(bytes: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(bytes)
  copy.set(createHash('sha256').update(copy.subarray(0, -32)).digest(), copy.length - 32)
  return copy
}

test('what is written comes back: header, kinds, every type of block, ranges', () => {
  const path = join(testFolder(), 'u.lev')
  writeFileSync(path, smallBytes)
  for (const file of [levFromBytes(smallBytes), openLev(path)]) {
    expect(file.kind).toBe('universal')
    expect(file.header).toEqual(small.header)
    for (const block of small.blocks) expect(file.read(block.name, block.dtype)).toEqual(block.data)
    expect(file.read('keys', 'f32', 2, 4)).toEqual(Float32Array.of(3, 4))
    expect(file.read('keys', 'f32', 6)).toEqual(new Float32Array(0))
    expect(file.blocks.every((block) => block.offsetBytes % 64 === 0)).toBe(true)
    expect(file.find('none')).toBeUndefined()
    errorOf('Internal', () => file.read('keys', 'f32', 4, 7))
    expect(errorOf('Content', () => file.read('none', 'f32')).message).toContain('no such block')
    expect(errorOf('Content', () => file.read('bounds', 'f32')).message).toContain('a block of f64')
    file.close()
    file.close()
  }
})

test('through an output file in pieces: the same bytes', async () => {
  const path = join(testFolder(), 'u.lev')
  const blocks = small.blocks.map((block) => (block.name === 'keys' ? { ...block, data: pieces() } : block))
  const output = createOutput(path)
  writeLev({ ...small, blocks }, output)
  await output.commit()
  expect(Buffer.compare(readFileSync(path), smallBytes)).toBe(0)
})

test('a block over 4 MiB, on shared memory, crosses the chunk boundaries', () => {
  const keys = new Float64Array(new SharedArrayBuffer(8 * 600_001)).map((_, i) => i)
  const rowIds = new Float64Array(600_001).map((_, i) => 2 ** 40 + i)
  const file = levFromBytes(
    levToBytes({
      kind: 'summary',
      header: {},
      blocks: [
        { name: 'keys', dtype: 'f64', length: keys.length, data: keys },
        { name: 'rowIds', dtype: 'u64', length: rowIds.length, data: rowIds },
      ],
    }),
  )
  expect(
    Buffer.compare(Buffer.from(file.read('keys', 'f64').buffer), Buffer.from(Float64Array.from(keys).buffer)),
  ).toBe(0)
  expect(Buffer.compare(Buffer.from(file.read('rowIds', 'u64').buffer), Buffer.from(rowIds.buffer))).toBe(0)
})

describe('damage', () => {
  test('every single-byte flip is refused: every bit of every byte in memory', () => {
    for (let i = 0; i < smallBytes.length; i++) {
      for (let bit = 0; bit < 8; bit++) {
        const bytes = Uint8Array.from(smallBytes)
        bytes[i] ^= 1 << bit
        const error = errorOf('Content', () => levFromBytes(bytes, 'u.lev'))
        expect(error.message).toMatch(
          /^u\.lev is (not a \.lev file|a damaged \.lev file: .* (build it again|Copy))/,
        )
        expect(error.place.file).toBe('u.lev')
      }
    }
  })

  test('every byte changed to its complement is refused, read from a file', () => {
    const file = join(testFolder(), 'damaged.lev')
    for (let i = 0; i < smallBytes.length; i++) {
      const bytes = Uint8Array.from(smallBytes)
      bytes[i] ^= 0xff
      writeFileSync(file, bytes)
      expect(errorOf('Content', () => openLev(file)).place.file).toBe(file)
    }
  })

  test('every truncation, and trailing bytes, are refused', () => {
    const file = join(testFolder(), 'damaged.lev')
    for (let length = 0; length < smallBytes.length; length++) {
      writeFileSync(file, smallBytes.subarray(0, length))
      errorOf('Content', () => openLev(file))
      errorOf('Content', () => levFromBytes(smallBytes.slice(0, length)))
    }
    for (const extra of [1, 32, 64, 1000]) {
      const longer = new Uint8Array(smallBytes.length + extra)
      longer.set(smallBytes)
      const said = errorOf('Content', () => levFromBytes(longer)).message
      expect(said).toContain(`it says ${smallBytes.length} bytes and has ${longer.length}`)
    }
  })

  test('a header that lies under a right checksum is refused', () => {
    const lies: [string, (view: DataView) => void][] = [
      ['header length', (view) => view.setUint32(12, 0xffffffff, true)],
      ['shorter header', (view) => view.setUint32(12, view.getUint32(12, true) - 1, true)],
      ['block count', (view) => view.setUint32(16, 4, true)],
      ['header bytes', (view) => view.setUint8(64, 0xc1)],
      ['kind', (view) => view.setUint16(10, 999, true)],
    ]
    for (const [, change] of lies) {
      const bytes = Uint8Array.from(smallBytes)
      change(new DataView(bytes.buffer))
      errorOf('Content', () => levFromBytes(resealed(bytes)))
    }
  })

  test.each<[string, HeaderRecord]>([
    ['no blocks', { meta: {} }],
    ['no meta', { blocks: [] }],
    ['an entry that is no record', { blocks: [1], meta: {} }],
    ['an unknown dtype', { blocks: [{ name: 'a', dtype: 'f16', length: 0 }], meta: {} }],
    ['a negative length', { blocks: [{ name: 'a', dtype: 'u8', length: -64 }], meta: {} }],
    ['a length of 2^53', { blocks: [{ name: 'a', dtype: 'u8', length: 2 ** 53 }], meta: {} }],
    ['a length of 1e300', { blocks: [{ name: 'a', dtype: 'f64', length: 1e300 }], meta: {} }],
    ['a block that is not there', { blocks: [{ name: 'a', dtype: 'u8', length: 1 }], meta: {} }],
  ])('a well-formed header with %s is refused before any block is read', (_, header) => {
    const body = canonicalMsgpack(header)
    const totalBytes = 64 + Math.ceil(body.length / 64) * 64 + 32
    const bytes = new Uint8Array(totalBytes)
    const blockCount = Array.isArray(header.blocks) ? header.blocks.length : 0
    bytes.set(
      encodePreamble({ formatVersion: 1, kindNumber: 1, headerBytes: body.length, blockCount, totalBytes }),
    )
    bytes.set(body, 64)
    expect(errorOf('Content', () => levFromBytes(resealed(bytes))).message).toContain('damaged')
  })

  test('an id above 2^53 in a sealed file is refused when its block is read', () => {
    const file = levFromBytes(smallBytes)
    const { offsetBytes } = file.blocks[0]
    const bytes = Uint8Array.from(smallBytes)
    bytes[offsetBytes + 16] = 1 // 2^53 + 1
    const changed = levFromBytes(resealed(bytes), 'u.lev')
    expect(errorOf('Content', () => changed.read('rowIds', 'u64')).message).toMatch(/^u\.lev .*2\^53/)
  })
})

describe('other files', () => {
  test('a newer version is refused by name, an older unknown one as well', () => {
    for (const [version, said] of [
      [2, 'newer version'],
      [0, 'unknown version'],
    ] as const) {
      const bytes = Uint8Array.from(smallBytes)
      new DataView(bytes.buffer).setUint16(8, version, true)
      expect(errorOf('Content', () => levFromBytes(resealed(bytes))).message).toContain(said)
    }
  })

  test('foreign and empty files are said to be no .lev', () => {
    const foreign = ['', 'x', 'PK\x03\x04', '\x93NUMPY', 'LEV\r\n\x1a\n', 'a'.repeat(1000)]
    for (const text of foreign) {
      const message = errorOf('Content', () => levFromBytes(Buffer.from(text, 'latin1'))).message
      expect(message).toContain('is not a .lev file')
    }
    const textMode = Buffer.from(Buffer.from(smallBytes).toString('latin1').replace('\r\n', '\n'), 'latin1')
    expect(errorOf('Content', () => levFromBytes(textMode)).message).toContain('text-mode copy')
  })

  test('a missing file and a folder are NotFound', () => {
    const folder = testFolder()
    expect(errorOf('NotFound', () => openLev(join(folder, 'no.lev'))).message).toContain('no.lev')
    expect(errorOf('NotFound', () => openLev(folder)).message).toContain('is a folder')
  })

  test.skipIf(process.platform === 'win32')('a pipe is refused, not waited for', () => {
    const pipe = join(testFolder(), 'pipe.lev')
    execFileSync('mkfifo', [pipe])
    expect(errorOf('NotFound', () => openLev(pipe)).message).toContain('not a regular file')
  })
})

const one = (block: Partial<LevBlock>): LevContent => ({
  kind: 'universal',
  header: {},
  blocks: [{ name: 'a', dtype: 'u64', length: 1, data: Float64Array.of(1), ...block }],
})

describe('what cannot be written is refused', () => {
  test('lengths that disagree, types that disagree, names used twice', () => {
    errorOf('Internal', () => levToBytes(one({ length: 2 })))
    errorOf('Internal', () => levToBytes(one({ length: 0 })))
    errorOf('Internal', () => levToBytes(one({ data: [Float64Array.of(1), Float64Array.of(2)] })))
    errorOf('Internal', () => levToBytes(one({ data: Float32Array.of(1) })))
    errorOf('Internal', () => levToBytes({ ...small, blocks: [small.blocks[0], small.blocks[0]] }))
  })
  test.each([-1, 0.5, NaN, Infinity, 2 ** 53 + 2])('row id %s', (id) => {
    errorOf('Internal', () => levToBytes(one({ data: Float64Array.of(id) })))
  })
  test('undefined, functions, dates and __proto__ in the header, named by their place', () => {
    const bad: unknown[] = [
      { a: [undefined] },
      { a: () => 1 },
      { a: new Date(0) },
      JSON.parse('{"a":{"__proto__":1}}'),
    ]
    for (const header of bad) {
      const error = errorOf('Internal', () => levToBytes({ ...small, header: header as HeaderRecord }))
      expect(error.message).toContain('header.meta.a')
    }
  })
})

describe('properties', () => {
  const value = fc.letrec<{ value: fc.JsonValue }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 3 },
      fc.constant(null),
      fc.boolean(),
      fc.integer(),
      fc.double({ noDefaultInfinity: true, noNaN: true }).map((x) => x + 0),
      fc.string({ unit: 'grapheme', maxLength: 40 }),
      fc.array(tie('value'), { maxLength: 20 }),
      fc.dictionary(
        fc.string({ maxLength: 5 }).filter((key) => key !== '__proto__'),
        tie('value'),
      ),
    ) as fc.Arbitrary<fc.JsonValue>,
  })).value
  const record = fc.dictionary(
    fc.string({ maxLength: 5 }).filter((key) => key !== '__proto__'),
    value,
    {
      noNullPrototype: true,
    },
  )

  test('headers come back, and the order of their keys does not show', () => {
    fc.assert(
      fc.property(record, (header) => {
        const bytes = canonicalMsgpack(header as HeaderRecord)
        expect(JSON.stringify(parseMsgpack(bytes))).toBe(JSON.stringify(sorted(header)))
        const turned = Object.fromEntries(Object.entries(header).reverse()) as HeaderRecord
        expect(Buffer.compare(canonicalMsgpack(turned), bytes)).toBe(0)
      }),
    )
  })

  test('blocks come back bit for bit, the same content gives the same bytes', () => {
    const ids = fc.array(fc.maxSafeNat(), { maxLength: 40 }).map((list) => Float64Array.from(list))
    fc.assert(
      fc.property(
        ids,
        fc.float64Array({ maxLength: 40 }),
        fc.float32Array(),
        fc.uint8Array(),
        (u64, f64, f32, u8) => {
          const arrays = { u64, f64, f32, u8 }
          const blocks = Object.entries(arrays).map(([dtype, data]) => {
            return { name: dtype, dtype: dtype as LevBlock['dtype'], length: data.length, data }
          })
          const bytes = levToBytes({ kind: 'factor', header: {}, blocks })
          expect(levToBytes({ kind: 'factor', header: {}, blocks })).toEqual(bytes)
          const file = levFromBytes(bytes)
          for (const { name, dtype, data } of blocks) {
            const back = file.read(name, dtype)
            expect(Buffer.compare(Buffer.from(back.buffer), Buffer.from(data.buffer))).toBe(0)
          }
        },
      ),
    )
  })
})

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  // As JSON prints objects: integer-like keys first, whatever the order they were set in.
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([k, v]) => [k, sorted(v)]),
  )
}

test('kinds have the numbers that files on disk carry', () => {
  expect(LEV_KINDS).toEqual({ universal: 1, summary: 2, factor: 3 })
})

test('the file that Python made without our code is read, and written again byte for byte', () => {
  const golden = readFileSync(new URL('../../golden/outputs/small-v1.lev', import.meta.url))
  const file = levFromBytes(golden, 'small-v1.lev')
  for (const block of small.blocks) expect(file.read(block.name, block.dtype)).toEqual(block.data)
  expect(file.header).toEqual(small.header)
  expect(Buffer.compare(golden, smallBytes)).toBe(0)
})
