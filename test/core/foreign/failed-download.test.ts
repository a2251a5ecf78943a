// Catches: what stands in place of a file whose download failed, and is read as a table without rows, or told how raw numbers are read.
// Cannot catch: one word alone under the name of a table.
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
]

describe.each(pages)('%s', (text, called) => {
  test.each(['k', 'k.npy', 'k.bin', 'k.txt', 'k.csv', 'k.tsv', 'k.fvecs'])('under the name of %s', (name) => {
    const path = join(folder, name)
    writeFileSync(path, text)
    const error = thrown(() => openMatrix(path))
    expect(error.message).toContain(called)
    expect(error.place.remedy?.kind).not.toBe('raw')
  })
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
