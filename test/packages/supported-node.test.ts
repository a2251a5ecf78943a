// Catches: a Node that is too old and hears a stack, an error of syntax or nothing; floors that differ. Cannot catch: what such a
// Node itself cannot load before our line (scripts/acceptance/packages.mjs has a real Node 18).
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { COMMAND, ROOT } from '../support/command.mjs'

/** What comes of `args` under a Node that calls itself `version`. */
async function underNode(version: string, ...args: string[]) {
  const disguise = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${version}' } })`
  const hook = `data:text/javascript,${encodeURIComponent(disguise)}`
  const ended = promisify(execFile)(process.execPath, ['--import', hook, ...args], { cwd: ROOT })
  return await ended.then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    ({ code, stdout, stderr }: { code: number; stdout: string; stderr: string }) => ({
      code,
      stdout,
      stderr,
    }),
  )
}

const OLD = ['18.20.8', '20.18.3', '16.0.0']
const NEW = ['20.19.0', '21.0.0', '22.0.0', '100.1.0']

test.each(OLD)('the command says in one line that Node %s is too old', async (version) => {
  expect(await underNode(version, COMMAND, '--help')).toEqual({
    code: 69,
    stdout: '',
    stderr: `levattention needs Node 20.19 or later; this is ${version}\n`,
  })
})

test.each(NEW)('the command runs on Node %s', async (version) => {
  expect(await underNode(version, COMMAND, '--version')).toMatchObject({ code: 0, stderr: '' })
})

const imported = (name: string) => ['--input-type=module', '--eval', `await import('@levattention/${name}')`]

test.each(['core', 'coordinator'])('%s says so as well when it is imported', async (name) => {
  const { code, stderr } = await underNode(OLD[0], ...imported(name))
  expect(code).toBe(1)
  expect(stderr).toContain(`LevError: LevAttention needs Node 20.19 or later; this is ${OLD[0]}`)
  expect(stderr).not.toMatch(/^ {4}at /m)
})

test('the floor itself is new enough for the library', async () => {
  expect(await underNode(NEW[0], ...imported('coordinator'))).toMatchObject({ code: 0, stderr: '' })
})

test.each(['.', 'packages/native', 'packages/core', 'packages/worker', 'packages/coordinator'])(
  'the manifest of %s has the same floor',
  (folder) => {
    const { engines } = JSON.parse(readFileSync(join(ROOT, folder, 'package.json'), 'utf8')) as {
      engines: { node: string }
    }
    expect(engines.node).toBe('>=20.19')
  },
)
