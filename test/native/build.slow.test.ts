// Catches: sources that do not compile, a build that fails with more than a line or with one that does not name the cause, that leaves something
// that counts as built, that takes what does not load for built, that cannot be stopped or leaves a compiler running, or takes away what
// cannot be replaced. Cannot catch: compilers that make wrong code (test/core/kernels).
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findNative } from '@levattention/core/internal'
import { findAddon } from '@levattention/native'
import { buildAddon } from '@levattention/native/build'
import { afterAll, afterEach, describe, expect, test, vi } from 'vitest'
import { COMMAND } from '../support/command.mjs'
import { compilerOf, hasTools, pathOf, pythonPath } from './tools.ts'

const folder = mkdtempSync(join(tmpdir(), 'lev-native-build-'))
afterAll(() => rmSync(folder, { recursive: true }))
afterEach(() => void vi.unstubAllEnvs())
const built = join(folder, 'built')
const base = { ...process.env, LEVATTENTION_NATIVE_DIR: built }
const ADDON = 'levattention.node'

/** The failure's reason. */
async function reasonOf(change: NodeJS.ProcessEnv): Promise<string> {
  const result = await buildAddon({ ...base, ...change })
  if (result.state !== 'failed') throw new Error('it was built')
  return result.reason
}

/** 0 as long as the shell has made the file and not written it. */
function pidOf(file: string): number {
  return Number(readFileSync(file, 'utf8'))
}

test.each([
  ['no compiler, make or Python', { PATH: pathOf(folder, []) }],
  ['a compiler that fails', { CXX: '/bin/false', CC: '/bin/false' }],
  ['no headers', { npm_config_nodedir: folder }],
  ['a folder that cannot be made', { LEVATTENTION_NATIVE_DIR: join(folder, 'file', 'x') }],
])('%s: one line that says why, and nothing counts as built', { timeout: 180_000 }, async (_what, change) => {
  writeFileSync(join(folder, 'file'), '')
  const reason = await reasonOf(change)
  expect(reason).toMatch(/^[^\n]{5,400}$/)
  expect(reason).not.toMatch(/^gyp|configure error|build error/)
  expect((await findNative({ ...base, ...change })).state).toBe('absent')
})

test.runIf(existsSync('/proc/self'))('a folder in which the system makes none is refused, soon', async () => {
  expect(await reasonOf({ LEVATTENTION_NATIVE_DIR: '/proc/lev/native' })).toMatch(/\/proc\/lev/)
})

test('the folder is the one that is named from here; an empty name is none', async () => {
  const named = relative('.', built)
  expect(await reasonOf({ LEVATTENTION_NATIVE_DIR: named, npm_config_nodedir: folder })).toMatch(/headers/)
  expect(readdirSync(built)).toEqual([])
  expect(findAddon({ LEVATTENTION_NATIVE_DIR: '' })).toEqual(findAddon({}))
})

if (!hasTools()) console.log('skipped: native kernels are built, where there is a compiler; here is none')

describe.runIf(hasTools())('where there is a compiler', { timeout: 180_000 }, () => {
  /** Compiles what was compiled before. */
  const goodCompiler = async () => {
    const found = await findNative({})
    if (found.state !== 'built') throw new Error('nothing is built')
    return compilerOf(folder, 'good', `cp '${found.choice.path}' "$out"`)
  }
  const junkCompiler = () => compilerOf(folder, 'junk', 'echo junk > "$out"')

  test('they are built of the sources as they are, and are of the version that is wanted', async () => {
    expect(await buildAddon()).toMatchObject({ state: 'up-to-date' })
    expect(await findNative({})).toMatchObject({ state: 'built' })
  })

  test('what is missing is named', async () => {
    expect(await reasonOf({ PATH: pathOf(folder, []) })).toMatch(/Could not find any Python/)
    const PYTHON = pythonPath()
    expect(await reasonOf({ PYTHON, PATH: pathOf(folder, []) })).toBe('not found: make')
    const noCompiler = pathOf(folder, [
      'make',
      'rm',
      'mkdir',
      'cp',
      'ln',
      'touch',
      'env',
      'sh',
      'printf',
      'echo',
    ])
    expect(await reasonOf({ PYTHON, PATH: noCompiler })).toMatch(
      /\bg?\+\+: (?:command )?(?:not found|No such file)/,
    )
    const wrong = compilerOf(folder, 'wrong', 'echo "x.cc:3:1: error: no such word" >&2; exit 1')
    expect(await reasonOf({ CXX: wrong })).toBe('x.cc:3:1: error: no such word')
  })

  test('junk that a compiler wrote is never put in place, and one that works builds them then', async () => {
    const LEVATTENTION_NATIVE_DIR = join(folder, 'junk-first')
    const reason = await reasonOf({ LEVATTENTION_NATIVE_DIR, CXX: junkCompiler() })
    expect(reason).toMatch(/^what was compiled does not load: .*junk-first.levattention\.node:? /)
    expect(readdirSync(LEVATTENTION_NATIVE_DIR)).toEqual([])
    const environment = { ...base, LEVATTENTION_NATIVE_DIR, CXX: await goodCompiler() }
    expect(await buildAddon(environment)).toMatchObject({ state: 'built' })
    expect(await findNative(environment)).toMatchObject({ state: 'built' })
    expect(readdirSync(LEVATTENTION_NATIVE_DIR).sort()).toEqual(['levattention.json', ADDON])
    expect(await buildAddon(environment)).toMatchObject({ state: 'up-to-date' })
  })

  test('what was built and does not load here is built anew', async () => {
    const LEVATTENTION_NATIVE_DIR = join(folder, 'elsewhere')
    const environment = { ...base, LEVATTENTION_NATIVE_DIR, CXX: await goodCompiler() }
    await buildAddon(environment)
    const { createHash } = await import('node:crypto')
    const junk = Buffer.from('of another system')
    const hash = createHash('sha256').update(`${junk.length}\0`).update(junk).digest('hex')
    const stampFile = join(LEVATTENTION_NATIVE_DIR, 'levattention.json')
    const stamp = JSON.parse(readFileSync(stampFile, 'utf8')) as object
    writeFileSync(join(LEVATTENTION_NATIVE_DIR, ADDON), junk)
    writeFileSync(stampFile, JSON.stringify({ ...stamp, addon: hash }))
    expect(await findNative(environment)).toMatchObject({ state: 'unusable' })
    expect(await buildAddon(environment)).toMatchObject({ state: 'built' })
    expect(await findNative(environment)).toMatchObject({ state: 'built' })
  })

  test('sources that were written again are the same sources, seen once', async () => {
    const LEVATTENTION_NATIVE_DIR = join(folder, 'seen')
    const environment = { ...base, LEVATTENTION_NATIVE_DIR, CXX: await goodCompiler() }
    await buildAddon(environment)
    const stampFile = join(LEVATTENTION_NATIVE_DIR, 'levattention.json')
    const whole = readFileSync(stampFile, 'utf8')
    const stamp = JSON.parse(whole) as { seen: [string, number, number][] }
    for (const [i, seen] of [[], stamp.seen.map(([name, size]) => [name, size, 1])].entries()) {
      writeFileSync(stampFile, JSON.stringify({ ...stamp, seen }))
      expect(findAddon(environment), `${i}`).toMatchObject({ state: 'built' })
      writeFileSync(stampFile, JSON.stringify({ ...stamp, seen, inputs: 'others' }))
      expect(findAddon(environment), `${i}`).toMatchObject({
        state: 'unusable',
        reason: expect.stringMatching(/levattention\.node was built for another version/) as string,
      })
    }
    writeFileSync(stampFile, JSON.stringify({ ...stamp, seen: [] }))
    expect(await buildAddon(environment)).toMatchObject({ state: 'up-to-date' })
    expect(readFileSync(stampFile, 'utf8')).toBe(whole)
  })

  test('a build that is given up ends its compiler and leaves nothing', async () => {
    const temporary = join(folder, 'temporary')
    mkdirSync(temporary)
    vi.stubEnv('TMPDIR', temporary)
    const pidFile = join(folder, 'pid')
    const slow = compilerOf(folder, 'slow', `echo $$ > '${pidFile}'; sleep 100; exit 1`)
    const LEVATTENTION_NATIVE_DIR = join(folder, 'stopped')
    const stop = new AbortController()
    const environment = { ...base, LEVATTENTION_NATIVE_DIR, CXX: slow }
    const building = buildAddon(environment, stop.signal)
    await expect.poll(() => existsSync(pidFile) && pidOf(pidFile), { timeout: 30_000 }).toBeGreaterThan(0)
    stop.abort(new Error('enough'))
    await expect(building).rejects.toThrow('enough')
    expect(() => process.kill(pidOf(pidFile), 0)).toThrow(/ESRCH/)
    expect([readdirSync(temporary), readdirSync(LEVATTENTION_NATIVE_DIR)]).toEqual([[], []])
  })

  test.each([
    ['the command', [COMMAND, 'build-native'], 'SIGINT', 130],
    ['the command', [COMMAND, 'build-native'], 'SIGTERM', 143],
    [
      'set-up',
      [fileURLToPath(new URL('../../scripts/setup/build-native.mjs', import.meta.url))],
      'SIGTERM',
      143,
    ],
  ] as const)('%s %j hears %s while it compiles', async (_what, args, signal, code) => {
    const own = mkdtempSync(join(folder, 'signal-'))
    const pidFile = join(own, 'pid')
    const slow = compilerOf(own, 'slow', `echo $$ > '${pidFile}'; sleep 100; exit 1`)
    const env = { ...base, LEVATTENTION_NATIVE_DIR: join(own, 'native'), TMPDIR: own, CXX: slow }
    const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] })
    const printed: string[] = []
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => void printed.push(text))
    await expect.poll(() => existsSync(pidFile) && pidOf(pidFile), { timeout: 30_000 }).toBeGreaterThan(0)
    child.kill(signal)
    const [exitCode] = (await once(child, 'close')) as [number | null]
    expect(exitCode).toBe(code)
    expect(printed.join('')).not.toMatch(/gyp/)
    expect(() => process.kill(pidOf(pidFile), 0)).toThrow(/ESRCH/)
    expect(readdirSync(own).filter((name) => name.startsWith('lev-native-'))).toEqual([])
  })
})
