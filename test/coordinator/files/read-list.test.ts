// Catches: lists that hang, are read without a bound, or give names that are none; refusals that do not say what was found.
import { execFileSync } from 'node:child_process'
import { mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { expandAddresses } from '#coordinator/files/expand-addresses'
import { walkPattern } from '#coordinator/files/walk-pattern'
import { ended, gaussianRows, signalAtCall, Workspace } from '../cli/bin.ts'
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

/** Empty files of these names, here and in the workspace. */
function made(names: readonly string[]): string[] {
  return names.map((name) => {
    writeFileSync(work.path(name), '')
    return work.path(name)
  })
}

async function namesIn(content: string | Uint8Array): Promise<string[]> {
  writeFileSync(work.path('list.txt'), content)
  return await expandAddresses([`@${work.path('list.txt')}`], 'keys')
}

test.each([
  ['a BOM, other line ends, empty lines, comments', '\uFEFFA\r\n\r\n  B  \n# c.npy\n#\n\rD'],
  ['no end of the last line', 'A\nB\nD'],
  ['carriage returns alone', 'A\rB\r\rD\r'],
])('%s', async (_, content) => {
  const names = made(['a.npy', 'b.npy', 'd.npy'])
  const named = content.replaceAll(/[ABD]/g, (letter) => names['ABD'.indexOf(letter)])
  expect(await namesIn(named)).toEqual(names)
})

test('names with spaces, # and letters of other languages', async () => {
  const [spaced, ...others] = made(['my keys.npz', '#hash.npy', 'ключи.npy', '鍵.npy'])
  const names = [`${spaced}#k`, ...others]
  expect(await namesIn(names.join('\n'))).toEqual(names)
})

describe('a line that names no file is told by list and line', () => {
  test.each([
    ['nope.npy', 66, /line 3 of list\.txt: nope\.npy: not found/],
    ['Kk.npy', 66, /line 3 of list\.txt: Kk\.npy: not found; near names: K\.npy/],
    ['nope.npz#a', 66, /line 3 of list\.txt: nope\.npz: not found/],
    ['#comment.npy', 66, /line 3 of list\.txt: #comment\.npy: not found/],
    ['none-*.npy', 66, /line 3 of list\.txt: none-\*\.npy: no file matches/],
    ['folder', 66, /line 3 of list\.txt: folder: is a folder/],
    ['-', 2, /line 3 of list\.txt: -: standard input/],
  ])('%s', async (name, code, says) => {
    writeFileSync(work.path('list.txt'), `K.npy\n\n${name}\n`)
    const ran = await runHere(work, 'build', '--keys', '@list.txt', '--concat', '--out', 'x.lev')
    expect([ran.exitCode, ran.stderr]).toEqual([code, expect.stringMatching(says)])
  })

  test('and outside a list a name that begins with # is told whole', async () => {
    const ran = await runHere(work, 'build', '--keys', '#comment.npy', '--out', 'x.lev')
    expect([ran.exitCode, ran.stderr]).toEqual([66, expect.stringContaining('#comment.npy: not found')])
  })
})

describe('patterns are bounded', () => {
  beforeAll(() => {
    mkdirSync(work.path('many'))
    for (let i = 0; i < 300; i++) writeFileSync(work.path(`many/${i}.npy`), '')
  })

  test('by the names that all lines together expand to', async () => {
    const line = `${work.path('many')}/*.npy\n`
    expect(await namesIn(line.repeat(3))).toHaveLength(900)
    await expect(namesIn(line.repeat(5000))).rejects.toMatchObject({
      tag: 'Option',
      message: expect.stringMatching(/^line 334 of .*more than 100000 files/) as string,
    })
  }, 60_000)

  test('by the entries of folders that a walk looks at', async () => {
    const pattern = `${work.path('many')}/1*.npy`
    expect(await walkPattern(pattern, undefined)).toHaveLength(111)
    expect(await walkPattern(pattern, undefined, 299)).toBeUndefined()
  })

  test('and a walk can be given up', async () => {
    const signal = AbortSignal.abort()
    const walk = expandAddresses([`${work.path('many')}/*`], 'keys', signal)
    await expect(walk).rejects.toMatchObject({ tag: 'Aborted' })
  })

  test.runIf(isUnix)('a walk through the whole file system ends by a signal', async () => {
    const child = work.start(['curve', '/**/*.nothing'], { env: signalAtCall('readdir', 'SIGINT') })
    expect((await ended(child)).exitCode).toBe(130)
  })
})

test('sixteen million line ends are counted, not kept', async () => {
  writeFileSync(work.path('list.txt'), `${'\n'.repeat(2 ** 24 - 5)}x.no`)
  const before = process.memoryUsage().rss
  await expect(expandAddresses([`@${work.path('list.txt')}`])).rejects.toThrow(
    /^line 16777212 of .*x\.no: not/,
  )
  expect(process.memoryUsage().rss - before).toBeLessThan(200e6)
})

test.runIf(process.platform === 'linux')('a file of /proc has no size, and is not called empty', async () => {
  await expect(expandAddresses(['@/proc/self/maps'])).rejects.toMatchObject({
    tag: 'NotFound',
    message: expect.stringContaining('/proc/self/maps: is no regular file with a size') as string,
  })
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
