// Catches: a folder that is not made, an endless try, a file in its place that is taken for it.
import { mkdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { makeFolders } from '#coordinator/files/create-folder'
import { expect, test } from 'vitest'
import { testFolder } from '../../core/files/output-support.ts'

test('all that are missing are made, and the uppermost is told', () => {
  const folder = testFolder()
  expect(makeFolders(join(folder, 'a', 'b', 'c'))).toBe(join(folder, 'a'))
  expect(statSync(join(folder, 'a', 'b', 'c')).isDirectory()).toBe(true)
  expect(makeFolders(join(folder, 'a', 'b', 'c'))).toBeUndefined()
})

test('a file in its place, or above it, is refused', () => {
  const folder = testFolder()
  writeFileSync(join(folder, 'file'), '')
  expect(() => makeFolders(join(folder, 'file'))).toThrow('EEXIST')
  expect(() => makeFolders(join(folder, 'file', 'b'))).toThrow('ENOTDIR')
  mkdirSync(join(folder, 'there'))
  expect(makeFolders(join(folder, 'there'))).toBeUndefined()
})

test.runIf(process.platform === 'linux')('a folder that takes no others is refused at once', () => {
  expect(() => makeFolders('/proc/none/b')).toThrow('ENOENT')
})
