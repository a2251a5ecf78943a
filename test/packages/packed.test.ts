// Catches: files missing from a package or too many, exports or versions that resolve only inside the workspace, a worker file
// or .wasm that is not found once installed, code that runs while npm installs, imports that no manifest names. Cannot catch:
// what other Node versions do (scripts/acceptance/packages.mjs).
import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { ROOT } from '../support/command.mjs'
import { readmeProgram } from '../support/readme-program.mjs'

const PUBLISHED = ['native', 'core', 'worker', 'coordinator']
const online = process.env.CI === 'true'
if (!online)
  console.log('skipped: packed.test.ts packs, and installs from the npm registry; set CI=true to run it')

interface Manifest {
  readonly version: string
  readonly dependencies: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>> | undefined
}

/** What npm installs with a package. */
const needsOf = ({
  dependencies,
  optionalDependencies,
}: Pick<Manifest, 'dependencies' | 'optionalDependencies'>) => ({
  ...dependencies,
  ...optionalDependencies,
})

const manifestAt = (folder: string): Manifest =>
  JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest

describe.skipIf(!online)('packages packed and installed in an empty project', () => {
  const project = mkdtempSync(join(tmpdir(), 'lev-packed-'))
  const installed = (name: string) => join(project, 'node_modules/@levattention', name)
  const run = (command: string, args: string[]) =>
    execFileSync(command, args, { cwd: project, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })

  beforeAll(() => {
    execFileSync(process.execPath, [join(ROOT, 'scripts/pack.mjs'), project], { stdio: 'pipe' })
    const archives = readdirSync(project).map((name) => `./${name}`)
    writeFileSync(join(project, 'package.json'), '{ "name": "empty", "private": true, "type": "module" }')
    run('npm', ['install', '--silent', '--no-audit', '--no-fund', ...archives])
  }, 180_000)
  afterAll(() => rmSync(project, { recursive: true, force: true }))

  test.each(PUBLISHED)('the README of %s is there, and its program prints what it says', (name) => {
    expect(readdirSync(installed(name))).toContain('README.md')
    const { program, printed } = readmeProgram(name)
    writeFileSync(join(project, 'use.mjs'), program)
    expect(run('node', ['use.mjs'])).toBe(printed)
  })

  test('the command runs', () => {
    writeFileSync(
      join(project, 'keys.bin'),
      Float32Array.from({ length: 400 }, (_, i) => (i < 4 ? 100 : i % 13)),
    )
    const job = 'run --keys keys.bin --dtype f32 --cols 4 --workers 1 --out h.npz --json'.split(' ')
    const printed = run('npx', ['--no-install', 'levattention', ...job])
    expect(JSON.parse(printed)).toMatchObject({ command: 'run', n: 100, d: 4, workers: 1, kernels: 'wasm' })
  })

  test('what the command is measured against goes with it, and nothing that Python leaves', () => {
    const peers = filesIn(join(installed('coordinator'), 'peers')).map((path) => basename(path))
    expect(peers.sort()).toEqual([
      'ceilings.c',
      'ceilings.py',
      'expert.py',
      'plain.py',
      'scores.R',
      'session.py',
      'softmax.py',
      'told.py',
    ])
    const job = 'bench --only scores --sizes 1000x8 --runs 1 --python none --json'.split(' ')
    const { cases } = JSON.parse(run('npx', ['--no-install', 'levattention', ...job])) as {
      cases: { entries: { name: string }[] }[]
    }
    expect(cases[0].entries[0].name).toBe('ours, wasm')
  })

  test('the native kernels are sources alone, which nothing has compiled', () => {
    const files = filesIn(installed('native'))
    expect(files.filter((path) => path.endsWith('.cc')).length).toBeGreaterThan(5)
    // npm compiles a package in whose root this lies.
    expect(readdirSync(installed('native'))).not.toContain('binding.gyp')
    expect(files.filter((path) => path.endsWith('.node'))).toEqual([])
  })

  test('no manifest names the workspace', () => {
    const shown = run('npm', ['ls', '--all', '--json'])
    expect(shown).not.toMatch(/workspace:|catalog:/)
  })

  test('nothing that npm installs with them runs code of its own', () => {
    const lock = JSON.parse(readFileSync(join(project, 'package-lock.json'), 'utf8')) as {
      packages: Record<string, { hasInstallScript?: boolean }>
    }
    const running = Object.entries(lock.packages).filter(([, { hasInstallScript }]) => hasInstallScript)
    expect(running.map(([path]) => path)).toEqual([])
    expect(Object.keys(lock.packages)).toContain('node_modules/piscina')
  })

  test.each(PUBLISHED)('%s holds no source map, and no file that names one', (name) => {
    const files = filesIn(installed(name))
    expect(files.filter((path) => path.endsWith('.map'))).toEqual([])
    expect(files.filter((path) => readFileSync(path, 'latin1').includes('\n//# sourceMappingURL='))).toEqual(
      [],
    )
  })

  test.each(PUBLISHED)('%s imports what its manifest names, all of it and nothing else', (name) => {
    const imported = new Set(filesIn(installed(name)).filter(isProgram).flatMap(packagesImported))
    expect([...imported].sort()).toEqual(Object.keys(needsOf(manifestAt(installed(name)))).sort())
  })
})

/** All files below `folder`. */
const filesIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))

const isProgram = (path: string) => /\.[cm]?js$/.test(path)

/** The packages that a program imports by a name, those of Node and its own `#names` aside. */
function packagesImported(path: string): string[] {
  const text = readFileSync(path, 'utf8')
  const names = text.matchAll(
    /\b(?:from|import|import\(|require\()\s*["']((?:@[\w-]+\/)?[\w-]+)(?:\/[^"']*)?["']/g,
  )
  return Array.from(names, ([, name]) => name).filter(
    (name) => !builtinModules.includes(name) && name !== 'node',
  )
}

/** What `root` publishes: name -> manifest. */
const manifestsOf = (root: string) =>
  JSON.parse(
    execFileSync(process.execPath, [join(root, 'scripts/pack.mjs'), '--manifests'], { encoding: 'utf8' }),
  ) as Readonly<Record<string, Manifest & Readonly<Record<string, unknown>>>>

test('the manifests: exact versions, our packages in their own, keywords, a licence', () => {
  const manifests = manifestsOf(ROOT)
  expect(Object.keys(manifests)).toEqual(PUBLISHED)
  for (const { version, dependencies, optionalDependencies, ...manifest } of Object.values(manifests)) {
    for (const [name, wanted] of Object.entries(needsOf({ dependencies, optionalDependencies })))
      if (name.startsWith('@levattention/')) expect(wanted).toBe(version)
      else expect(wanted).toMatch(/^\d+\.\d+\.\d+$/)
    expect(manifest).toMatchObject({ license: 'MIT', publishConfig: { access: 'public' } })
    expect(manifest.keywords).toContain('attention')
    for (const key of ['scripts', 'devDependencies', 'private']) expect(manifest).not.toHaveProperty(key)
  }
})

test('the address of the repository is written in one place, the manifest in its root', () => {
  const root = mkdtempSync(join(tmpdir(), 'lev-address-'))
  onTestFinished(() => rmSync(root, { recursive: true }))
  const copied = ['package.json', 'pnpm-workspace.yaml', 'scripts/pack.mjs']
  for (const path of [...copied, ...PUBLISHED.map((name) => `packages/${name}/package.json`)])
    cpSync(join(ROOT, path), join(root, path))
  const repository = { type: 'git', url: 'https://example.org/lev.git' }
  writeFileSync(join(root, 'package.json'), JSON.stringify({ repository, bugs: 'https://example.org/bugs' }))
  for (const [name, manifest] of Object.entries(manifestsOf(root)))
    expect(manifest).toMatchObject({
      repository: { ...repository, directory: `packages/${name}` },
      bugs: 'https://example.org/bugs',
    })
  for (const name of PUBLISHED)
    for (const key of ['repository', 'homepage', 'bugs'])
      expect(manifestAt(join(ROOT, 'packages', name))).not.toHaveProperty(key)
})

test('the version is one, that of CITATION.cff too', () => {
  const [, cited] = /^version: (\S+)$/m.exec(readFileSync(join(ROOT, 'CITATION.cff'), 'utf8')) ?? []
  for (const { version } of Object.values(manifestsOf(ROOT))) expect(version).toBe(cited)
})

test('a package is not packed by itself, with the versions of the workspace', () => {
  const pack = () =>
    execFileSync('npm', ['pack', '--dry-run'], { cwd: join(ROOT, 'packages/core'), stdio: 'pipe' })
  expect(pack).toThrow('npm run pack')
})
