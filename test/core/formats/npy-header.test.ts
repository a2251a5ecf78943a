// Headers that no NumPy writes: damaged, lying, of other versions. Catches: lenient parsing, allocation or arithmetic
// from a header's numbers, messages that do not say what was found.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openMatrix } from '@levattention/core/internal'
import { describe, expect, test } from 'vitest'
import {
  expectFileNamed,
  expectRefusal,
  largestAllocation,
  load,
  temporaryFolder,
} from '../inputs/fixtures.ts'

const DATA = Buffer.from(Float32Array.of(1, 2, 3, 4, 5, 6).buffer)

function npyFile(
  text: string,
  version: readonly [number, number] = [1, 0],
  claimedBytes = text.length,
): string {
  const path = join(temporaryFolder(), 'keys.npy')
  const length = Buffer.alloc(version[0] === 1 ? 2 : 4)
  if (version[0] === 1) length.writeUInt16LE(claimedBytes)
  else length.writeUInt32LE(claimedBytes)
  const magic = Buffer.from([0x93, ...Buffer.from('NUMPY'), ...version])
  writeFileSync(path, Buffer.concat([magic, length, Buffer.from(text, 'latin1'), DATA]))
  return path
}

function dictionary(shape: string, descr = "'<f4'", order = 'False'): string {
  return `{'descr': ${descr}, 'fortran_order': ${order}, 'shape': ${shape}, }\n`
}

test('the helper writes a file that is read, and allocations are seen', () => {
  const path = npyFile(dictionary('(3, 2)'))
  expect(largestAllocation(() => void openMatrix(path))).toBeGreaterThan(50)
  expect(load(npyFile(dictionary('(3, 2)')))).toEqual([1, 2, 3, 4, 5, 6])
  expect(load(npyFile(dictionary('(3, 2)', "'>f4'")))).not.toEqual([1, 2, 3, 4, 5, 6])
})

test('a bool is 1 of any byte but 0, as in NumPy', () => {
  const path = join(temporaryFolder(), 'flags.npy')
  const text = dictionary('(2, 3)', "'|b1'")
  const head = Buffer.from([0x93, ...Buffer.from('NUMPY'), 1, 0, text.length, 0])
  writeFileSync(path, Buffer.concat([head, Buffer.from(text), Uint8Array.of(0, 1, 2, 255, 0, 128)]))
  expect(load(path)).toEqual([0, 1, 1, 1, 0, 1])
})

describe('a header that lies about the size is refused, and nothing is allocated from it', () => {
  test.each([
    ['2^60 rows', '(1152921504606846976, 2)', 'too large'],
    ['2^53 rows', '(9007199254740992, 2)', 'too large'],
    ['2^52 rows', '(4503599627370496, 2)', 'more bytes than any file has'],
    ['a product that wraps to 6 in 64 bits', '(3689348814741910324, 5)', 'too large'],
    ['a product beyond 2^53', '(94906266, 94906266)', 'more bytes than any file has'],
    ['10^12 rows', '(1000000000000, 2)', 'needs 8000000000000 bytes, 24 are there'],
    ['a row too many', '(4, 2)', 'needs 32 bytes, 24 are there'],
    ['a row too few', '(2, 2)', '8 bytes too many'],
    ['no rows', '(0, 2)', '24 bytes too many'],
    ['a negative dimension', '(-3, 2)', 'whole number >= 0'],
    ['a 400-digit dimension', `(${'9'.repeat(400)}, 2)`, 'too large'],
    ['no rows of 2^40 columns', '(0, 1099511627776)', '24 bytes too many'],
  ])('%s', (_, shape, found) => {
    const path = npyFile(dictionary(shape))
    const largest = largestAllocation(() => {
      expectFileNamed(
        expectRefusal(() => openMatrix(path), 'Content', found),
        path,
      )
    })
    expect(largest).toBeLessThan(1000)
  })
})

test.each([
  ['a number for a shape', dictionary('6')],
  ['one dimension without its comma', dictionary('(6)')],
  ['a list for a shape', dictionary('[3, 2]')],
  ['two commas', dictionary('(3,, 2)')],
  ['a comma alone', dictionary('(,)')],
  ['a leading zero', dictionary('(03, 2)')],
  ['a fraction', dictionary('(3.0, 2)')],
  ['an exponent', dictionary('(3e0, 2)')],
  ['text behind the dictionary', `${dictionary('(3, 2)')}x`],
  ['a NUL behind the dictionary', `${dictionary('(3, 2)')}\0`],
  ['no closing brace', "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 2)\n"],
  ['no shape', "{'descr': '<f4', 'fortran_order': False}\n"],
  ['no order', "{'descr': '<f4', 'shape': (3, 2)}\n"],
  ['no type', "{'fortran_order': False, 'shape': (3, 2)}\n"],
  ['a key twice', "{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (3, 2)}\n"],
  ['a key too many', "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 2), 'x': 1}\n"],
  ['a lower-case truth value', dictionary('(3, 2)', "'<f4'", 'false')],
  ['a number for a truth value', dictionary('(3, 2)', "'<f4'", '0')],
  ['an escape in the type', dictionary('(3, 2)', "'<\\x66\\x34'")],
  ['an open list of fields', dictionary('(3, 2)', "[('a', '<f4')")],
  ['deeply open brackets', dictionary('(3, 2)', '['.repeat(60_000))],
  ['an expression', dictionary('(1+2, 2)')],
  ['JSON', '{"descr": "<f4", "fortran_order": false, "shape": [3, 2]}\n'],
  ['nothing', ''],
])('%s is a damaged header', (_, text) => {
  const path = npyFile(text)
  expectFileNamed(
    expectRefusal(() => openMatrix(path), 'Content', 'header is damaged', 'at character'),
    path,
  )
})

test.each([
  [[0, 0], '0.0'],
  [[1, 1], '1.1'],
  [[4, 0], '4.0'],
  [[255, 255], '255.255'],
] as const)('version %j is refused by its number', (version, shown) => {
  const path = npyFile(dictionary('(3, 2)'), version)
  expectFileNamed(
    expectRefusal(() => openMatrix(path), 'Content', shown, '1.0, 2.0 and 3.0'),
    path,
  )
})

test('a header length beyond the file is a truncation, and a huge one that fits is refused', () => {
  const beyond = npyFile(dictionary('(3, 2)'), [2, 0], 4_294_967_295)
  const largest = largestAllocation(() => {
    expectFileNamed(
      expectRefusal(() => openMatrix(beyond), 'Content', 'truncated', '4294967307'),
      beyond,
    )
  })
  expect(largest).toBeLessThan(1000)
  const huge = npyFile(dictionary('(3, 2)') + ' '.repeat(70_000), [2, 0])
  expectFileNamed(
    expectRefusal(() => openMatrix(huge), 'Content', '70', '65535'),
    huge,
  )
})

test('a version 3 header that is no UTF-8 is damaged', () => {
  const path = npyFile(dictionary('(3, 2)') + '\xff', [3, 0])
  expectFileNamed(
    expectRefusal(() => openMatrix(path), 'Content', 'UTF-8'),
    path,
  )
})

test.each(["'<f1'", "'<f16'", "'<f3'", "'!f4'", "'<<f4'", "'f4 '", "''", "'toString'", "'<c8'"])(
  'type %s is refused by its name, with what is accepted',
  (descr) => {
    const path = npyFile(dictionary('(3, 2)', descr))
    const error = expectRefusal(
      () => openMatrix(path),
      'Content',
      descr.replaceAll("'", ''),
      'float16, float32, float64',
    )
    expectFileNamed(error, path)
  },
)

test('a file that is no .npy at all is refused', () => {
  const path = join(temporaryFolder(), 'keys.npy')
  for (const [bytes, found] of [
    ['', 'is empty'],
    ['\x93NUMPX\x01\x00    ', 'no .npy'],
    ['1,2\n3,4\n1,2\n3,4\n', 'comma-separated text'],
  ]) {
    writeFileSync(path, bytes, 'latin1')
    expectFileNamed(
      expectRefusal(() => openMatrix(path), 'Content', found),
      path,
    )
  }
})
