// @ts-check
// What a process or a thread loads first, as one file each: over a hundred small modules take longer to load than a
// small job to run. Behind the packages' exports stand the same compiled modules, unbundled. And msgpackr, which core
// imports as #msgpackr: installed as a dependency it would bring native code with an install script of its own.
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../', import.meta.url))
const packages = join(root, 'packages/')

/** Of each package what its bundles were made of, and are: while nothing of that differs they are not made again. */
const stamps = join(root, 'node_modules/.cache/levattention-bundles/')

/** Where the hash of the rest of a file goes, by which core's load-script.ts finds what V8 compiled of it. */
const NO_HASH = '0'.repeat(32)

/**
 * A CommonJS bundle that V8 may find compiled: what it asks of its own place is said by CommonJS's means, and it imports nothing later.
 * @type {import('esbuild').BuildOptions}
 */
const cached = {
  format: 'cjs',
  outExtension: { '.js': '.cjs' },
  supported: { 'dynamic-import': false },
  define: { 'import.meta.url': 'moduleUrl', 'import.meta.resolve': 'moduleResolve' },
  banner: {
    js: `// ${NO_HASH}
const { pathToFileURL } = require('node:url');
const moduleUrl = pathToFileURL(__filename).href, moduleResolve = (name) => pathToFileURL(require.resolve(name)).href;`,
  },
}

/**
 * In the order of the packages' arrows, since a bundle may be joined into a later one. `entry`: from the package's folder.
 * `external`: what is not joined in.
 * @type {readonly { name: string, entry: string, settings: import('esbuild').BuildOptions }[]}
 */
const bundles = [
  {
    name: 'core',
    // Its entry without native code.
    entry: 'node_modules/msgpackr/index.js',
    settings: { format: 'esm', entryNames: 'msgpackr' },
  },
  {
    name: 'worker',
    entry: 'dist/pool-entry.js',
    // As piscina loads it: an ES module would bring the whole loader of ES modules into each thread.
    settings: { ...cached, external: ['@levattention/native'] },
  },
  { name: 'worker', entry: 'dist/pool-cached.js', settings: cached },
  {
    name: 'worker',
    entry: 'dist/actor-entry.js',
    settings: { format: 'esm', external: ['@levattention/native'] },
  },
  {
    name: 'coordinator',
    entry: 'dist/cli/main.js',
    settings: {
      ...cached,
      entryNames: 'command',
      // One starts threads with a file of its own, the next is for terminals that are watched, the last has files beside it.
      external: ['piscina', 'cli-progress', '@levattention/native'],
      alias: { 'string-width': fileURLToPath(new URL('plain-width.mjs', import.meta.url)) },
    },
  },
  { name: 'coordinator', entry: 'dist/cli/load-main.js', settings: { format: 'esm', entryNames: 'main' } },
]

/** What decides, beside the files that go in, what is made of them: which versions there are, and what a name stands for. */
const decisive = [
  'scripts/bundle.mjs',
  'pnpm-lock.yaml',
  'tsconfig.base.json',
  ...['core', 'native', 'worker', 'coordinator'].flatMap((name) => [
    `packages/${name}/package.json`,
    `packages/${name}/tsconfig.json`,
  ]),
]

/** Once a build, and as vitest's globalSetup: what `tsc` alone has changed must not be tested as it was. */
export async function setup() {
  for (const name of new Set(bundles.map((bundle) => bundle.name))) await bundlePackage(name)
}

/** @param {string} name */
async function bundlePackage(name) {
  const dist = `${packages}${name}/dist/`
  if (isCurrent(name, dist)) return
  rmSync(`${dist}bundle.next`, { recursive: true, force: true })
  /** @type {Set<string>} */
  const joined = new Set()
  for (const { entry, settings } of bundles.filter((bundle) => bundle.name === name))
    for (const input of await bundleEntry(`${packages}${name}/`, entry, settings)) joined.add(input)
  writeLicences(`${dist}bundle.next/`, joined)
  putInPlace(dist)
  const inputs = [...joined].map((path) => relative(root, resolve(path))).toSorted()
  mkdirSync(stamps, { recursive: true })
  writeFileSync(`${stamps}${name}.json`, JSON.stringify({ inputs, hash: hashOf(inputs, dist) }))
}

/**
 * By the contents of all that went in and of what came of it: some hundred files, in a tenth of a second.
 * @param {string} name
 * @param {string} dist
 */
function isCurrent(name, dist) {
  try {
    const { inputs, hash } = JSON.parse(readFileSync(`${stamps}${name}.json`, 'utf8'))
    return hash === hashOf(inputs, dist)
  } catch {
    // One of them is gone, or nothing was made yet.
    return false
  }
}

/**
 * @param {readonly string[]} inputs from the root
 * @param {string} dist
 */
export function hashOf(inputs, dist) {
  const outputs = readdirSync(`${dist}bundle`)
    .toSorted()
    .map((name) => relative(root, `${dist}bundle/${name}`))
  // esbuild follows the maps of what it joins.
  const maps = inputs.map((path) => `${path}.map`).filter((path) => existsSync(join(root, path)))
  const hash = createHash('sha256')
  for (const path of [...decisive, ...inputs, ...maps, ...outputs]) {
    const content = readFileSync(join(root, path))
    hash.update(`${path}\0${content.length}\0`).update(content)
  }
  return hash.digest('hex')
}

/**
 * The command that is used meanwhile finds the old bundle or the new one.
 * @param {string} dist
 */
function putInPlace(dist) {
  if (existsSync(`${dist}bundle`)) renameSync(`${dist}bundle`, `${dist}bundle.old`)
  renameSync(`${dist}bundle.next`, `${dist}bundle`)
  rmSync(`${dist}bundle.old`, { recursive: true, force: true })
}

/**
 * Each by itself: what two have in common would become one more file to load. Returns the files that went in.
 * @param {string} folder of the package
 * @param {string} entry
 * @param {import('esbuild').BuildOptions} settings
 */
async function bundleEntry(folder, entry, settings) {
  // Only where there is something to make.
  const { build } = await import('esbuild')
  const { metafile } = await build({
    entryPoints: [folder + entry],
    outdir: `${folder}dist/bundle.next`,
    entryNames: '[name]',
    bundle: true,
    platform: 'node',
    // It is read and held by every process and thread: blanks are a third of it. Names stay, for traces.
    minifyWhitespace: true,
    minifySyntax: true,
    target: 'node20.19',
    sourcemap: 'linked',
    metafile: true,
    logLevel: 'warning',
    ...settings,
  })
  if (settings.format === 'cjs') for (const path of Object.keys(metafile?.outputs ?? {})) writeHash(path)
  return Object.keys(metafile?.inputs ?? {})
}

/** @param {string} path of an output */
function writeHash(path) {
  if (!path.endsWith('.cjs')) return
  const text = readFileSync(path, 'latin1')
  const hash = createHash('sha256').update(text).digest('hex').slice(0, NO_HASH.length)
  writeFileSync(path, text.replace(NO_HASH, hash), 'latin1')
}

/**
 * The licences of the packages that are joined in, which have to go with them; those of a bundle that is joined in too.
 * @param {string} folder
 * @param {ReadonlySet<string>} inputs
 */
function writeLicences(folder, inputs) {
  const roots = [...inputs].map((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+\//.exec(path)?.[0] ?? [])
  const bundled = [...inputs].map((path) => /^.*\/dist\/bundle\//.exec(path)?.[0] ?? [])
  const texts = [
    ...[...new Set(roots.flat())].map(licenceOf),
    ...[...new Set(bundled.flat())].map((from) => readFileSync(join(from, 'LICENCES.txt'), 'utf8')),
  ]
  writeFileSync(`${folder}LICENCES.txt`, texts.toSorted().join('\n'))
}

/** @param {string} folder */
function licenceOf(folder) {
  const { name, version, license } = JSON.parse(readFileSync(`${folder}package.json`, 'utf8'))
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry))
  const text = file === undefined ? '' : `${readFileSync(folder + file, 'utf8').trim()}\n`
  return `${name} ${version}, ${license}\n\n${text}`
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await setup()
