// Catches: a key that JSON text has twice and that passes, or one that is taken for another's (strings that look like
// keys, nested objects). Cannot catch: text that is no JSON.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openMatrix, repeatedKey } from '@levattention/core/internal'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { expectRefusal, temporaryFolder } from '../inputs/fixtures.ts'

test.each([
  ['{"a":1,"a":2}', 'a'],
  ['{"a":1,"b":{"c":1,"d":[{"c":1}],"c":2}}', 'c'],
  ['{"a":1,"\\u0061":2}', 'a'],
  ['{"a":1 , "a" :2}', 'a'],
  ['{"__proto__":1,"__proto__":2}', '__proto__'],
])('%s: %s', (text, key) => {
  expect(repeatedKey(text)).toBe(key)
})

test('what JSON.stringify writes has none', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(repeatedKey(JSON.stringify(value))).toBe(undefined)
    }),
  )
  expect(repeatedKey('{"a":{"b":1},"b":"a\\":","c":["a","a"],"d":{"b":1}}')).toBe(undefined)
})

test('a tensor named twice is refused, not chosen in silence', () => {
  const entry = '{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]}'
  const header = Buffer.from(`{"k":${entry},"k":${entry}}`)
  const length = Buffer.alloc(8)
  length.writeUInt32LE(header.length)
  const path = join(temporaryFolder(), 'twice.safetensors')
  writeFileSync(path, Buffer.concat([length, header, Buffer.alloc(8)]))
  expectRefusal(() => openMatrix(path), 'Content', "'k' is there twice")
})
