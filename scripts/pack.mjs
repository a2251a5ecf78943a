// @ts-check
// npm run pack [-- FOLDER]: the archives of all packages, as they are published, in `packed` or FOLDER. Each is packed from a copy
// that has plain versions, the repository's address and no source maps, whose sources stay here. With --manifests nothing is
// packed: the manifests are printed, by name; with --readmes the READMEs.
import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))

/** The packages that are published, each after those that it depends on. */
export const PUBLISHED = ['native', 'core', 'worker', 'coordinator']

/** What is copied where it is there; of it npm packs what `files` of the manifest names. */
const PARTS = ['addon', 'bin', 'dist', 'generated', 'peers', 'pool-entry.d.cts', 'README.md', 'LICENSE']
const NOT_COPIED = /\.(?:map|tsbuildinfo|node)$|__pycache__/
const MAP_COMMENT = /\n?\/\/# sourceMappingURL=.*\n?$/

/**
 * @typedef {object} Manifest
 * @property {string} version
 * @property {Record<string, string>} [dependencies]
 * @property {Record<string, string>} [optionalDependencies]
 * @property {unknown} [devDependencies]
 * @property {unknown} [scripts]
 */

/** name -> exact version, from the catalog of pnpm-workspace.yaml. */
function readCatalog() {
  const [, catalog] = readFileSync(join(root, 'pnpm-workspace.yaml'), 'utf8').split('catalog:\n')
  const entries = catalog.matchAll(/^ {2}'?([^':\n]+)'?: (\S+)$/gm)
  return new Map(Array.from(entries, ([, name, version]) => [name, version]))
}

/**
 * @param {string} name
 * @param {string} wanted
 * @param {ReadonlyMap<string, string>} catalog
 * @param {string} ownVersion
 */
function plainVersion(name, wanted, catalog, ownVersion) {
  if (wanted.startsWith('workspace:')) return ownVersion // all packages are released together
  if (wanted !== 'catalog:') return wanted
  const version = catalog.get(name)
  if (version === undefined) throw new Error(`${name} is not in the catalog of pnpm-workspace.yaml`)
  return version
}

/**
 * Where the repository is, from the one place that knows: `repository`, `homepage` and `bugs` of the root's manifest.
 * @param {Record<string, unknown>} workspace
 * @param {string} name
 */
function addressOf({ repository, homepage, bugs }, name) {
  if (repository === undefined) return {}
  const known = typeof repository === 'string' ? { type: 'git', url: repository } : { ...repository }
  return {
    repository: { ...known, directory: `packages/${name}` },
    ...(homepage !== undefined && { homepage }),
    ...(bugs !== undefined && { bugs }),
  }
}

/**
 * The manifest that is published, of the one that is written here.
 * @param {string} name
 * @param {Record<string, unknown>} workspace
 */
function publishedManifest(name, workspace) {
  /** @type {Manifest} */
  const written = manifestOf(join(root, 'packages', name))
  const { devDependencies: _, scripts: __, ...published } = written
  const catalog = readCatalog()
  const plain = (/** @type {Record<string, string>} */ needs) =>
    Object.fromEntries(
      Object.entries(needs).map(([needed, wanted]) => [
        needed,
        plainVersion(needed, wanted, catalog, written.version),
      ]),
    )
  const { dependencies = {}, optionalDependencies } = written
  return {
    ...published,
    ...addressOf(workspace, name),
    dependencies: plain(dependencies),
    ...(optionalDependencies && { optionalDependencies: plain(optionalDependencies) }),
  }
}

function publishedManifests() {
  const workspace = manifestOf(root)
  return Object.fromEntries(PUBLISHED.map((name) => [name, publishedManifest(name, workspace)]))
}

function publishedReadmes() {
  const workspace = manifestOf(root)
  return Object.fromEntries(PUBLISHED.map((name) => [name, publishedReadme(name, workspace)]))
}

/**
 * @param {string} name
 * @param {string} copy
 * @param {Record<string, unknown>} workspace
 */
function copyPackage(name, copy, workspace) {
  const from = join(root, 'packages', name)
  mkdirSync(copy, { recursive: true })
  for (const part of PARTS) if (existsSync(join(from, part))) copyPart(join(from, part), join(copy, part))
  writeFileSync(join(copy, 'README.md'), publishedReadme(name, workspace))
  const manifest = publishedManifest(name, workspace)
  writeFileSync(join(copy, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`)
}

/**
 * The README whose links into the repository lead there, or, where nothing says where it is, are its paths in words: an archive has no docs.
 * @param {string} name
 * @param {Record<string, unknown>} workspace
 */
function publishedReadme(name, { homepage }) {
  const text = readFileSync(join(root, 'packages', name, 'README.md'), 'utf8')
  const base = typeof homepage === 'string' ? homepage.replace(/#.*$/, '') : undefined
  return text.replaceAll(/\[([^\]]+)\]\((?:\.\.\/)+([^)]+)\)/g, (_, said, path) => {
    if (base !== undefined) return `[${said}](${base}/blob/main/${path})`
    const [file] = path.split('#')
    return said === file ? `${file} in the repository` : `${said} (${file} in the repository)`
  })
}

/**
 * @param {string} from
 * @param {string} to
 */
function copyPart(from, to) {
  /** @type {string[]} */
  const scripts = []
  cpSync(from, to, {
    recursive: true,
    filter: (path, copy) => {
      if (/\.(?:[cm]?js|ts)$/.test(path)) scripts.push(copy)
      return !NOT_COPIED.test(path)
    },
  })
  for (const path of scripts) {
    const text = readFileSync(path, 'utf8')
    if (MAP_COMMENT.test(text)) writeFileSync(path, text.replace(MAP_COMMENT, '\n'))
  }
}

/** @param {string} folder */
const manifestOf = (folder) => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))

/**
 * Packs all packages into `folder`; the paths of the archives, in the order of PUBLISHED.
 * @param {string} folder
 */
export function packInto(folder) {
  mkdirSync(folder, { recursive: true })
  const copies = mkdtempSync(join(tmpdir(), 'lev-pack-'))
  try {
    const workspace = manifestOf(root)
    for (const name of PUBLISHED) copyPackage(name, join(copies, name), workspace)
    const args = [
      'pack',
      '--json',
      '--pack-destination',
      resolve(folder),
      ...PUBLISHED.map((name) => `./${name}`),
    ]
    const windows = process.platform === 'win32'
    const printed = execFileSync(windows ? 'npm.cmd' : 'npm', args, {
      cwd: copies,
      encoding: 'utf8',
      shell: windows,
    })
    return archivesOf(JSON.parse(printed)).map(({ filename, ...counts }) => ({
      path: join(folder, filename),
      ...counts,
    }))
  } finally {
    rmSync(copies, { recursive: true, force: true })
  }
}

/**
 * What `npm pack --json` says of each archive: a list, of later versions of npm a record by name.
 * @param {object} said
 * @returns {{ filename: string, size: number, unpackedSize: number, entryCount: number }[]}
 */
const archivesOf = (said) => Object.values(said)

/** @param {string} [given] */
function main(given) {
  if (given === '--manifests') return console.log(JSON.stringify(publishedManifests(), null, 2))
  if (given === '--readmes') return console.log(JSON.stringify(publishedReadmes(), null, 2))
  const folder = given ?? join(root, 'packed')
  for (const { path, size, unpackedSize, entryCount } of packInto(folder)) {
    const [packed, unpacked] = [size, unpackedSize].map((bytes) => `${Math.ceil(bytes / 1024)} KiB`)
    console.log(`${relative(process.cwd(), path)}  ${packed}, ${unpacked} in ${entryCount} files`)
  }
  if (manifestOf(root).repository === undefined)
    console.log('They say nothing of where the repository is: `repository` in its package.json would.')
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main(process.argv[2])
