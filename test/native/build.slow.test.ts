// Catches: sources that do not compile, a build that fails with more than a line, that leaves something that counts as built, or takes away what cannot be replaced.
// Cannot catch: compilers that make wrong code (test/core/kernels).
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { findNative } from '@levattention/core/internal'
import { buildAddon } from '@levattention/native/build'
import { afterAll, expect, test } from 'vitest'

const folder = mkdtempSync(join(tmpdir(), 'lev-native-build-'))
afterAll(() => rmSync(folder, { recursive: true }))
const built = join(folder, 'built')
const base = { ...process.env, LEVATTENTION_NATIVE_DIR: built }

/** A folder for PATH with nothing but Node. */
function barePath(): string {
  const bin = join(folder, 'bin')
  mkdirSync(bin, { recursive: true })
  if (!existsSync(join(bin, 'node'))) symlinkSync(process.execPath, join(bin, 'node'))
  return bin
}

test.each([
  ['no compiler, make or Python', { PATH: barePath() }],
  ['a compiler that fails', { CXX: '/bin/false', CC: '/bin/false' }],
  ['no headers', { npm_config_nodedir: folder }],
  ['a folder that cannot be made', { LEVATTENTION_NATIVE_DIR: join(folder, 'file', 'x') }],
])('%s: one line that says why, and nothing counts as built', { timeout: 180_000 }, async (what, change) => {
  writeFileSync(join(folder, 'file'), '')
  const environment = { ...base, ...change }
  const result = buildAddon(environment)
  if (result.state !== 'failed') expect.fail(`${what}: it was built`)
  expect(result.reason).toMatch(/^[^\n]{5,400}$/)
  expect((await findNative(environment)).state).toBe('absent')
})

/** What the README says that a build takes. */
function hasTools(): boolean {
  const headers = join(dirname(dirname(realpathSync(process.execPath))), 'include/node/node_api.h')
  const programs = ['c++', 'make', 'python3'].map((name) => spawnSync(name, ['--version']).status)
  return existsSync(headers) && programs.every((status) => status === 0)
}

if (!hasTools()) console.log('skipped: native kernels are built, where there is a compiler; here is none')

test.runIf(hasTools())(
  'where there is a compiler they are built of the sources as they are',
  { timeout: 180_000 },
  () => {
    expect(buildAddon()).toMatchObject({ state: 'up-to-date' })
  },
)
