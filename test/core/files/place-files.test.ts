// Outputs that belong together. Catches: one output replaced and another not, an earlier file lost, or a hidden name left,
// when a rename fails (injected). Cannot catch: a process killed between two renames.
import fs from 'node:fs'
import { join } from 'node:path'
import { createOutput, placeFiles, type SealedFile } from '@levattention/core/internal'
import { describe, expect, test } from 'vitest'
import { errorOf, failSystemCall, testFolder } from './output-support.ts'

/** New content for `names` in `folder`, whole but hidden. */
async function sealed(folder: string, names: readonly string[], force: boolean): Promise<SealedFile[]> {
  const files: SealedFile[] = []
  for (const name of names) {
    const output = createOutput(join(folder, name), { force })
    output.write(Buffer.from(`new ${name}`))
    files.push(await output.seal())
  }
  return files
}

const contents = (folder: string) =>
  Object.fromEntries(
    fs.readdirSync(folder).map((name) => [name, fs.readFileSync(join(folder, name), 'utf8')]),
  )

/** A folder with old content for each of `names`. */
function folderWith(...names: string[]): string {
  const folder = testFolder()
  for (const name of names) fs.writeFileSync(join(folder, name), `old ${name}`)
  return folder
}

describe.each([
  ['with links', false],
  ['on a file system without links', true],
])('%s', (_, noLinks) => {
  test('all are replaced, and nothing else stays', async () => {
    const folder = folderWith('a', 'c')
    const files = await sealed(folder, ['a', 'b', 'c'], true)
    if (noLinks) failSystemCall('linkSync', 'EPERM', 0)
    placeFiles(files)
    expect(contents(folder)).toEqual({ a: 'new a', b: 'new b', c: 'new c' })
  })

  test.each([0, 1, 2])('where rename %i fails, every old file is there again and no new one', async (at) => {
    const folder = folderWith('a', 'c')
    const files = await sealed(folder, ['a', 'b', 'c'], true)
    if (noLinks) failSystemCall('linkSync', 'EPERM', 0)
    // Keeping an old file aside takes a rename of its own where there are no links.
    failSystemCall('renameSync', 'EIO', noLinks ? [1, 2, 4][at] : at, 1)
    expect(errorOf('CannotWrite', () => placeFiles(files)).message).toContain(join(folder, 'abc'[at]))
    expect(contents(folder)).toEqual({ a: 'old a', c: 'old c' })
  })
})

test('what is bound to fail is found before the first rename', async () => {
  const folder = folderWith('a', 'b')
  const files = await sealed(folder, ['a', 'b'], true)
  fs.rmSync(join(folder, 'b'))
  fs.mkdirSync(join(folder, 'b'))
  const renames = failSystemCall('renameSync', 'EIO', 0)
  expect(errorOf('CannotWrite', () => placeFiles(files)).message).toContain('is a folder')
  expect(renames.callCount()).toBe(0)
  fs.rmdirSync(join(folder, 'b'))
  expect(contents(folder)).toEqual({ a: 'old a' })
})

test('a name taken meanwhile is kept, and no other output appears', async () => {
  const folder = testFolder()
  const files = await sealed(folder, ['a', 'b'], false)
  fs.writeFileSync(join(folder, 'b'), 'theirs')
  expect(errorOf('CannotWrite', () => placeFiles(files)).message).toContain('someone else')
  expect(contents(folder)).toEqual({ b: 'theirs' })
})

test('an old file that cannot be put back is said, with where it waits', async () => {
  const folder = folderWith('a', 'b')
  const files = await sealed(folder, ['a', 'b'], true)
  failSystemCall('renameSync', 'EIO', 1)
  const { message } = errorOf('CannotWrite', () => placeFiles(files))
  const [hidden] = fs.readdirSync(folder).filter((name) => name.startsWith('.'))
  expect(message).toContain(`the former ${join(folder, 'a')} is in ${join(folder, hidden)}`)
  expect(fs.readFileSync(join(folder, hidden), 'utf8')).toBe('old a')
})
