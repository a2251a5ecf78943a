// Catches: files missing from a package, exports or versions that resolve only inside the workspace, a worker file or
// .wasm that is not found once installed. Cannot catch: what other Node versions or package managers do.
import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const online = process.env.CI === 'true'
if (!online) console.log('skipped: packed.test.ts installs from the npm registry; set CI=true to run it')

const LIBRARY = `
import { matrix } from '@levattention/core'
import { levattention } from '@levattention/coordinator'

const keys = matrix(Float32Array.from({ length: 400 }, (_, i) => (i < 4 ? 100 : (i * 7919) % 13)), { rows: 100, cols: 4 })
const lev = await levattention({ workers: 1 })
const universal = await lev.universalSet(keys, { epsilon: 0.5 })
let queries = 0
for await (const batch of lev.heavyAttentions(universal, keys, { keys })) queries += batch.queryCount
const session = await lev.session(universal)
const { complete } = await session.query(Float32Array.of(1, 2, 3, 4))
await lev.close()
console.log(JSON.stringify({ first: universal.rowIds[0], queries, complete }))
`

describe.skipIf(!online)('packages packed with npm pack and installed in an empty project', () => {
  let project = ''
  const run = (command: string, args: string[], cwd = project) =>
    execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })

  beforeAll(() => {
    project = mkdtempSync(join(tmpdir(), 'lev-packed-'))
    const tarballs = ['native', 'core', 'worker', 'coordinator'].map((name) => {
      const printed = run(
        'npm',
        ['pack', '--silent', '--pack-destination', project],
        join(root, 'packages', name),
      )
      return `./${printed.trim().split('\n').at(-1)}`
    })
    writeFileSync(join(project, 'package.json'), '{ "name": "empty", "private": true, "type": "module" }')
    run('npm', ['install', '--silent', '--no-audit', '--no-fund', ...tarballs])
  }, 180_000)
  afterAll(() => rmSync(project, { recursive: true, force: true }))

  test('the library finds its worker files and kernels', () => {
    writeFileSync(join(project, 'use.mjs'), LIBRARY)
    expect(JSON.parse(run('node', ['use.mjs']))).toEqual({ first: 0, queries: 100, complete: true })
  })

  test('the command runs', () => {
    writeFileSync(
      join(project, 'keys.bin'),
      Float32Array.from({ length: 400 }, (_, i) => (i < 4 ? 100 : i % 13)),
    )
    const raw = ['--dtype', 'f32', '--cols', '4']
    const printed = run('npx', [
      '--no-install',
      'levattention',
      'run',
      '--keys',
      'keys.bin',
      ...raw,
      '--workers',
      '1',
      '--out',
      'h.npz',
      '--json',
    ])
    expect(JSON.parse(printed)).toMatchObject({ command: 'run', n: 100, d: 4, workers: 1, kernels: 'wasm' })
  })

  test('no manifest names the workspace', () => {
    const shown = run('npm', ['ls', '--all', '--json'])
    expect(shown).not.toMatch(/workspace:|catalog:/)
  })
})

test.each(['native', 'core', 'worker', 'coordinator'])('%s demands our packages in its own version exactly', (name) => {
  const folder = mkdtempSync(join(tmpdir(), 'lev-manifest-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const manifest = join(folder, 'package.json')
  copyFileSync(join(root, 'packages', name, 'package.json'), manifest)
  execFileSync(process.execPath, [join(root, 'scripts/pack-manifest.mjs'), 'prepare'], { cwd: folder })
  const { version, dependencies, optionalDependencies } = JSON.parse(readFileSync(manifest, 'utf8')) as {
    version: string
    dependencies: Record<string, string>
    optionalDependencies?: Record<string, string>
  }
  const ours = Object.entries({ ...dependencies, ...optionalDependencies }).filter(([other]) => other.startsWith('@levattention/'))
  expect(ours.map(([, wanted]) => wanted)).toEqual(ours.map(() => version))
})
