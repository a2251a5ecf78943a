// Catches: blocks and headers that come back changed, content that cannot be written and is, bytes that depend on key order.
// The golden file is made by Python without our code. Cannot catch: a fault that is in the golden script and in ours alike;
// damage (lev-damage.test.ts).
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { HeaderRecord, LevBlock, LevContent } from '@levattention/core/internal'
import {
  LEV_KINDS,
  canonicalMsgpack,
  createOutput,
  levFromBytes,
  levToBytes,
  openLev,
  parseMsgpack,
  writeLev,
} from '@levattention/core/internal'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { errorOf, testFolder } from '../files/output-support.ts'
import { small, smallBytes } from './lev-support.ts'

function* pieces() {
  yield Float32Array.of(1)
  yield new Float32Array(0)
  yield Float32Array.of(2, 3, 4, 5, 6)
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
