// How an input is named. Catches: a wrong array or index taken in silence, an error that does not show the right form.
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { openMatrix } from '@levattention/core/internal'
import { describe, expect, test } from 'vitest'
import { GOLDEN, expectFileNamed, expectRefusal, golden, load, temporaryFolder } from './fixtures.ts'

function valuesOf(address: string): readonly number[] {
  const entry = golden.matrices.find((candidate) => candidate.address === address)
  if (entry === undefined) throw new Error(`no golden matrix ${address}`)
  return entry.values
}

describe('a file name that contains # or [', () => {
  test('wins, where a file of exactly that name exists', () => {
    const folder = temporaryFolder()
    copyFileSync(join(GOLDEN, 'stack3-C.npy'), join(folder, 'k.npy'))
    copyFileSync(join(GOLDEN, 'f4-little-C.npy'), join(folder, 'k.npy#[0]'))
    expect(load(join(folder, 'k.npy#[0]'))).toEqual(valuesOf('f4-little-C.npy'))
    expect(load(join(folder, 'k.npy#[1]'))).toEqual(valuesOf('stack3-C.npy#[1]'))
  })

  test('may be followed by a name and an index', () => {
    const folder = temporaryFolder()
    copyFileSync(join(GOLDEN, 'stored.npz'), join(folder, 'a#b[1].npz'))
    copyFileSync(join(GOLDEN, 'one.npz'), join(folder, 'a'))
    expect(load(join(folder, 'a#b[1].npz#heads[1]'))).toEqual(valuesOf('stored.npz#heads[1]'))
  })
})

test('a tensor whose name ends like an index is taken by its exact name', () => {
  expect(load(join(GOLDEN, 'several.safetensors#k[0]'))).toEqual(valuesOf('several.safetensors#k[0]'))
})

test('a missing file is NotFound, with the near names of its folder', () => {
  const error = expectRefusal(
    () => openMatrix(join(GOLDEN, 'f4-litle-C.npy')),
    'NotFound',
    'not found',
    'f4-little-C.npy',
  )
  expectFileNamed(error, 'f4-litle-C.npy')
  expectFileNamed(
    expectRefusal(() => openMatrix(join(GOLDEN, 'nowhere/k.npy#[0]')), 'NotFound', 'not found'),
    'k.npy',
  )
  expectRefusal(() => openMatrix(''), 'NotFound', 'not found')
  expectRefusal(() => openMatrix('#'), 'NotFound', 'not found')
  expectRefusal(() => openMatrix('k\0.npy'), 'NotFound', 'cannot be opened')
  expectRefusal(() => openMatrix(`${'k'.repeat(5000)}.npy`), 'NotFound')
})

test('an index without # is answered with the right form', () => {
  const path = join(GOLDEN, 'stack3-C.npy')
  expectRefusal(() => openMatrix(`${path}[1]`), 'NotFound', `'${path}#[1]'`)
})

test('an unknown array is NotFound, with near names and all that the file holds', () => {
  const npz = expectRefusal(
    () => openMatrix(join(GOLDEN, 'stored.npz#key')),
    'NotFound',
    "'key'",
    'near names: keys',
  )
  expect(npz.message).toContain('keys (4, 3), queries (3, 3), heads (2, 3, 2), labels (4,)')
  expectFileNamed(npz, 'stored.npz')
  const tensors = join(GOLDEN, 'several.safetensors')
  expectFileNamed(
    expectRefusal(() => openMatrix(`${tensors}#layer.0.v`), 'NotFound', 'near names: layer.0.k'),
    tensors,
  )
  expectRefusal(() => openMatrix(`${tensors}#__metadata__`), 'NotFound', "'__metadata__'")
  expectRefusal(() => openMatrix(`${tensors}#toString`), 'NotFound', "'toString'")
})

test('a name for an array that has none is NotFound, with the form to type', () => {
  const path = join(GOLDEN, 'stack3-C.npy')
  expectFileNamed(
    expectRefusal(() => openMatrix(`${path}#keys[0]`), 'NotFound', `type \`${path}\`, with an index`),
    path,
  )
})

test.each(['[]', '[-1]', '[0,]', '[a]', '[1.5]', '[0;1]', '[99999999999999999999]'])(
  'index %s is a malformed option',
  (index) => {
    const path = join(GOLDEN, 'stack4-C.npy')
    expectFileNamed(
      expectRefusal(() => openMatrix(`${path}#${index}`), 'Option', index, 'whole numbers counted from 0'),
      path,
    )
  },
)

test.each(['[0', '0]', '[[0]]', '[0][1]', '[0]x'])(
  '%s is taken for a name, and there is none',
  (fragment) => {
    expectRefusal(() => openMatrix(join(GOLDEN, `stack4-C.npy#${fragment}`)), 'NotFound', 'without a name')
  },
)

test('an index out of range names the axis and its extent', () => {
  const path = join(GOLDEN, 'stack4-C.npy') // [2, 3, 4, 2]
  expectFileNamed(
    expectRefusal(() => openMatrix(`${path}#[0,3]`), 'Option', 'index 3 of axis 1', '0 to 2'),
    path,
  )
  expectRefusal(() => openMatrix(`${path}#[2,0]`), 'Option', 'index 2 of axis 0', '0 to 1')
  expectRefusal(() => openMatrix(`${path}#[0,0,0,0,0]`), 'Option', 'more indices than axes')
  expectRefusal(() => openMatrix(`${path}#[0,0,0]`), 'Content', "'" + path + "#[0,0]'")
})

test('a folder, a pipe and an unknown format are refused by what they are', () => {
  const folder = temporaryFolder()
  expectFileNamed(
    expectRefusal(() => openMatrix(folder), 'NotFound', 'is a folder'),
    folder,
  )
  mkdirSync(join(folder, 'k.npy'))
  expectRefusal(() => openMatrix(join(folder, 'k.npy')), 'NotFound', 'is a folder')
  mkdirSync(join(folder, 'k.zarr'))
  writeFileSync(join(folder, 'k.zarr', '.zarray'), '{}')
  expectRefusal(() => openMatrix(join(folder, 'k.zarr')), 'NotFound', 'a Zarr store')
  const pipe = join(folder, 'pipe.npy')
  execFileSync('mkfifo', [pipe])
  expectFileNamed(
    expectRefusal(() => openMatrix(pipe), 'NotFound', 'not a regular file'),
    pipe,
  )
  for (const [name, start, found] of [
    ['k.dat', '\x01\x02\x03', 'neither its name nor its first bytes'],
    ['k.parquet', 'PAR1', 'Parquet'],
    ['k.h5', '\x89HDF\r\n', 'HDF5'],
    ['empty', '', 'is empty'],
  ]) {
    writeFileSync(join(folder, name), start, 'latin1')
    expectFileNamed(
      expectRefusal(() => openMatrix(join(folder, name)), 'Content', found),
      name,
    )
  }
})

test('the content decides over an unknown extension', () => {
  const folder = temporaryFolder()
  copyFileSync(join(GOLDEN, 'f4-little-C.npy'), join(folder, 'matrix'))
  copyFileSync(join(GOLDEN, 'one.npz'), join(folder, 'archive.zip'))
  expect(load(join(folder, 'matrix'))).toEqual(valuesOf('f4-little-C.npy'))
  expect(load(join(folder, 'archive.zip'))).toEqual(valuesOf('one.npz'))
})
