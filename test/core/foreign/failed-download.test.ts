// Catches: what stands in place of a file whose download failed, and is read as a table without rows, or told how raw numbers are read.
// Cannot catch: a word alone that no server is known to say, under the name of a table.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isLevError, openMatrix } from '@levattention/core'
import { afterAll, describe, expect, test } from 'vitest'

const folder = mkdtempSync(join(tmpdir(), 'lev-failed-'))
afterAll(() => rmSync(folder, { recursive: true }))

const pages: readonly [text: string, called: string][] = [
  ['Access to model a/b is restricted. You must have access to it, and be logged in.', 'Access to model'],
  ['<svg xmlns="http://www.w3.org/2000/svg"><path d="M0,0L1,1"/></svg>', 'an SVG picture'],
  ['<Error><Code>AccessDenied</Code><Message>No, never</Message></Error>', 'an error as XML (AccessDenied)'],
  ['<?xml version="1.0"?>\n<Error><Code>NoSuchKey</Code></Error>', 'an error as XML (NoSuchKey)'],
  ['<div class="error">Sorry, try again later</div>', 'XML or HTML text'],
  ['Entry not found', "'Entry not found'"],
  ['Not Found\n', "'Not Found'"],
  ['404: Not Found', "'404: Not Found'"],
  ['Sign in, please', "'Sign in, please'"],
  ['Forbidden', "'Forbidden'"],
  ['AccessDenied\n', "'AccessDenied'"],
  ['error code: 1020', "'error code: 1020'"],
  ['{"error":"Access denied"}', 'an error as JSON'],
  ['{\n  "message": "Not Found",\n  "status": "404"\n}', 'an error as JSON'],
  ['version https://git-lfs.github.com/spec/v1\noid sha256:0a\nsize 12\n', 'a Git LFS pointer'],
  ['<html><body>Sign in</body></html>', 'an HTML page'],
]

describe.each(pages)('%s', (text, called) => {
  const names = [
    'k',
    'k.npy',
    'k.bin',
    'k.txt',
    'k.csv',
    'k.tsv',
    'k.fvecs',
    'k.bvecs',
    'k.npz',
    'k.parquet',
    'k.safetensors',
  ]

  test.each(names)('under the name of %s', (name) => {
    const path = join(folder, name)
    writeFileSync(path, text)
    const error = thrown(() => openMatrix(path))
    expect(error.message).toContain(called)
    expect(error.place.remedy?.kind).not.toBe('raw')
  })
})

test('JSON that holds numbers is no error', () => {
  const path = join(folder, 'numbers.npy')
  writeFileSync(path, '{"message": "K of the run", "rows": [[1, 2], [3, 4]]}')
  expect(thrown(() => openMatrix(path)).message).toContain('JSON text')
})

test('names of columns alone are a table under the names of one', () => {
  for (const name of ['h.csv', 'h.tsv', 'h.txt'])
    for (const text of ['a,b\n', 'Petal.Length (cm),Petal.Width (cm),Sepal.Length (cm)\n']) {
      const path = join(folder, name)
      writeFileSync(path, text)
      // It is read once it was turned.
      expect(thrown(() => openMatrix(path)).message).toContain('inflateInput')
    }
})

function thrown(work: () => unknown) {
  try {
    work()
  } catch (error) {
    if (isLevError(error)) return error
    throw error
  }
  throw new Error('nothing was thrown')
}
