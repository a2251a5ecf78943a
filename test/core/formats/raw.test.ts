// Files without a header. Catches: options that are taken though they cannot be meant, a wrong row count.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openMatrix } from '@levattention/core/internal'
import { describe, expect, test } from 'vitest'
import { GOLDEN, expectFileNamed, expectRefusal, load, temporaryFolder } from '../inputs/fixtures.ts'

const RAW = join(GOLDEN, 'raw-f32.bin') // [4, 3]

describe('options', () => {
  test.each([
    [{ cols: 3 }, 'dtype', '`dtype`'],
    [{ offsetBytes: 8 }, 'dtype', '`dtype`'],
    [{ dtype: 'f32' }, 'cols', '`cols`'],
    [{ dtype: 'float32', cols: 3 }, 'dtype', 'f16, bf16, f32 or f64'],
    [{ dtype: 'toString', cols: 3 }, 'dtype', 'f16, bf16, f32 or f64'],
    [{ dtype: '', cols: 3 }, 'dtype', 'f16, bf16, f32 or f64'],
    [{ dtype: 'f32', cols: 0 }, 'cols', '`cols` is 0'],
    [{ dtype: 'f32', cols: -3 }, 'cols', '`cols` is -3'],
    [{ dtype: 'f32', cols: 1.5 }, 'cols', '`cols` is 1.5'],
    [{ dtype: 'f32', cols: NaN }, 'cols', '`cols` is NaN'],
    [{ dtype: 'f32', cols: 3, offsetBytes: -1 }, 'offsetBytes', '`offsetBytes` is -1'],
    [{ dtype: 'f32', cols: 3, offsetBytes: 0.5 }, 'offsetBytes', '`offsetBytes` is 0.5'],
  ])('%j is refused as %s', (options, option, found) => {
    expect(expectRefusal(() => openMatrix(RAW, options), 'Option', found).place.option).toBe(option)
  })
})

test.each([
  [{ dtype: 'f32', cols: 5 }, '8 bytes more'],
  [{ dtype: 'f64', cols: 4 }, '16 bytes more'],
  [{ dtype: 'f32', cols: 3, offsetBytes: 1 }, '11 bytes more'],
  [{ dtype: 'f32', cols: 3, offsetBytes: 49 }, 'has 48 bytes'],
  [{ dtype: 'f16', cols: 4097 }, 'rows of 4097 numbers of type f16'],
  [{ dtype: 'f32', cols: 2 ** 53 - 1 }, '48 bytes more'],
])('%j does not fit a file of 48 bytes', (options, found) => {
  expectFileNamed(
    expectRefusal(() => openMatrix(RAW, options), 'Content', found),
    RAW,
  )
})

test('d > 4096 is refused also where the rows fit', () => {
  const path = join(temporaryFolder(), 'k.bin')
  writeFileSync(path, new Uint8Array(8194))
  expectFileNamed(
    expectRefusal(() => openMatrix(path, { dtype: 'f16', cols: 4097 }), 'Content', 'd = 4097 > 4096'),
    path,
  )
  writeFileSync(path, new Uint8Array(8192))
  expect(openMatrix(path, { dtype: 'f16', cols: 4096 }).rows).toBe(1)
})

test('an empty file is a matrix without rows', () => {
  const path = join(temporaryFolder(), 'k.bin')
  writeFileSync(path, '')
  expect(openMatrix(path, { dtype: 'f32', cols: 7 }).rows).toBe(0)
})

test('a .npy file is read as raw where the options say so: bfloat16 behind a foreign header', () => {
  const path = join(GOLDEN, 'bfloat16.npy') // [2, 2], void elements
  expect(load(path, { dtype: 'bf16', cols: 2, offsetBytes: 128 })).toEqual([0, 0, 0, 0])
})
