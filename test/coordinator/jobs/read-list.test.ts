// Catches: lists that hang, are read without a bound, or give names that are none; refusals that do not say what was found.
import { execFileSync } from 'node:child_process'
import { mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { expandAddresses } from '@levattention/coordinator/internal'
import { gaussianRows, Workspace } from '../cli/bin.ts'
import { runHere } from '../cli/in-process.ts'

const work = new Workspace()
const isUnix = process.platform !== 'win32'
beforeAll(() => {
  work.npy('K.npy', [300, 4], gaussianRows(300, 4, 1))
  mkdirSync(work.path('folder'))
  if (!isUnix) return
  execFileSync('mkfifo', [work.path('fifo')])
  symlinkSync('lost', work.path('dangling'))
  symlinkSync('round', work.path('round'))
})
afterAll(() => work.remove())

async function namesIn(content: string | Uint8Array): Promise<string[]> {
  writeFileSync(work.path('list.txt'), content)
  return await expandAddresses([`@${work.path('list.txt')}`], 'keys')
}

test.each([
  ['a BOM, other line ends, empty lines, comments', '\uFEFFa.npy\r\n\r\n  b.npy  \n# c.npy\n#\n\rd.npy'],
  ['no end of the last line', 'a.npy\nb.npy\nd.npy'],
])('%s', async (_, content) => {
  expect(await namesIn(content)).toEqual(['a.npy', 'b.npy', 'd.npy'])
})

test('names with spaces, # and letters of other languages', async () => {
  const names = ['my keys.npz#k', '#hash.npy', 'ключи.npy', '鍵.npy']
  expect(await namesIn(names.join('\n'))).toEqual(names)
})

describe('is refused', () => {
  test.each([
    ['nothing', '', 'Option', 'names no file'],
    ['blank lines', ' \r\n\n', 'Option', 'names no file'],
    ['a list in a list', 'a.npy\n@b.txt\n', 'Content', "line 2 of .* './@b.txt'"],
    ['zero bytes', 'a\0b\n', 'Content', 'no text in UTF-8'],
    ['UTF-16', Buffer.from('\uFEFFa.npy\n', 'utf16le'), 'Content', 'no text in UTF-8'],
    ['bytes', Uint8Array.of(0x93, 0x4e, 0x55, 0xff), 'Content', 'Without @ the file itself is read'],
    [
      'a line of a megabyte',
      `a.npy\n${'x'.repeat(2 ** 20)}`,
      'Content',
      'line 2 of .* has 1048576 characters',
    ],
    ['a million names', 'a.npy\n'.repeat(1e6), 'Content', 'names 1000000 files; it may name 100000'],
    ['many bytes', '\n'.repeat(2 ** 24 + 1), 'Content', 'has 16777217 bytes'],
  ])('%s', async (_, content, tag, message) => {
    await expect(namesIn(content)).rejects.toMatchObject({
      tag,
      message: expect.stringMatching(message) as string,
    })
  })

  test('a sparse file of a terabyte, before it is read', async () => {
    writeFileSync(work.path('sparse'), '')
    truncateSync(work.path('sparse'), 2 ** 40)
    const address = `@${work.path('sparse')}`
    await expect(expandAddresses([address])).rejects.toMatchObject({ tag: 'Content' })
  })
})

describe.runIf(isUnix)('what is no file is refused at once, by name, with @ and without', () => {
  const KINDS = [
    ['fifo', 'is a pipe, not a regular file'],
    ['/dev/zero', 'is a device, not a regular file'],
    ['/dev/null', 'is a device, not a regular file'],
    ['folder', 'is a folder'],
    ['dangling', 'a symbolic link to lost, which is not there'],
    ['round', 'too many symbolic links'],
  ] as const
  const PLACES: readonly (readonly string[])[] = [
    ['curve', 'F'],
    ['build', '--keys', 'F', '--out', 'x.lev'],
    ['run', '--keys', 'K.npy', '--queries', 'F', '--out', 'x.npz'],
    ['plan', '--estimate', '--keys', 'F'],
    ['merge', 'F', '--out', 'x.lev'],
  ]
  test.each(KINDS)('%s', async (name, says) => {
    for (const file of [name, `@${name}`]) {
      for (const place of PLACES) {
        const [command, ...args] = place.map((arg) => (arg === 'F' ? file : arg))
        const ran = await runHere(work, command, ...args)
        expect({ code: ran.exitCode, stderr: ran.stderr }, ran.stderr).toEqual({
          code: 66,
          stderr: expect.stringContaining(says) as string,
        })
      }
    }
  })

  test('as a run folder, and as the plan in one', async () => {
    for (const name of ['fifo', '/dev/null']) {
      const planned = await runHere(work, 'plan', '--run', name, '--keys', 'K.npy')
      expect([planned.exitCode, planned.stderr]).toEqual([73, expect.stringContaining('is no folder')])
    }
    const nowhere = await runHere(work, 'plan', '--run', '/proc/none', '--keys', 'K.npy')
    expect(nowhere.exitCode).toBe(process.platform === 'linux' ? 73 : nowhere.exitCode)
    const parallel = await runHere(work, 'parallel', '--run', 'dangling')
    expect([parallel.exitCode, parallel.stderr]).toEqual([66, expect.stringContaining('plan.json')])
    mkdirSync(work.path('r'))
    execFileSync('mkfifo', [work.path('r/plan.json')])
    const status = await runHere(work, 'status', '--run', 'r')
    expect([status.exitCode, status.stderr]).toEqual([66, expect.stringContaining('is a pipe')])
  })
})
