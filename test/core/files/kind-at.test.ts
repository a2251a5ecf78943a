// Catches: a kind that is taken for another, a question of the disk that throws. Cannot catch: what changes after it was asked.
import { execFileSync } from 'node:child_process'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isThere, kindAt } from '@levattention/core/internal'
import { expect, test } from 'vitest'
import { testFolder } from './output-support.ts'

test('what is at a path, links followed; what cannot be asked for is unknown, and not there', () => {
  const folder = testFolder()
  const at = (name: string) => join(folder, name)
  writeFileSync(at('file'), '')
  mkdirSync(at('folder'))
  symlinkSync(at('file'), at('link'))
  symlinkSync(at('none'), at('dangling'))
  symlinkSync(at('circle'), at('circle'))
  execFileSync('mkfifo', [at('pipe')])
  const kinds = {
    file: 'file',
    folder: 'folder',
    link: 'file',
    pipe: 'other',
    none: 'nothing',
    dangling: 'nothing',
    'file/below': 'unknown',
    circle: 'unknown',
    'a\0b': 'unknown',
  }
  const names = Object.keys(kinds)
  expect(Object.fromEntries(names.map((name) => [name, kindAt(at(name))]))).toEqual(kinds)
  expect(names.filter((name) => isThere(at(name)))).toEqual(['file', 'folder', 'link', 'pipe'])
  expect(isThere('')).toBe(false)
})
