// @ts-check
// `npm pack` knows neither workspace: nor catalog: versions. Before packing, the manifest in the current folder gets plain
// ones (prepack: `prepare`); afterwards the original comes back (postpack: `restore`).
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const manifestPath = 'package.json'
const originalPath = 'package.json.original'

/** name -> exact version, from the catalog of pnpm-workspace.yaml. */
function readCatalog() {
  const [, catalog] = readFileSync(`${root}/pnpm-workspace.yaml`, 'utf8').split('catalog:\n')
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

function prepare() {
  if (existsSync(originalPath)) restore() // an earlier pack was interrupted
  const text = readFileSync(manifestPath, 'utf8')
  /** @type {{ version: string, dependencies?: Record<string, string>, optionalDependencies?: Record<string, string>, devDependencies?: object, scripts?: object }} */
  const { devDependencies: _, scripts: __, ...manifest } = JSON.parse(text)
  const catalog = readCatalog()
  /** @param {Record<string, string>} [wanted] */
  const plain = (wanted = {}) =>
    Object.fromEntries(
      Object.entries(wanted).map(([name, one]) => [name, plainVersion(name, one, catalog, manifest.version)]),
    )
  const dependencies = plain(manifest.dependencies)
  const optional = manifest.optionalDependencies && {
    optionalDependencies: plain(manifest.optionalDependencies),
  }
  // postpack must still be found in the manifest on disk; nothing else of the scripts is shipped.
  const scripts = { postpack: 'node ../../scripts/pack-manifest.mjs restore' }
  writeFileSync(originalPath, text)
  writeFileSync(
    manifestPath,
    `${JSON.stringify({ ...manifest, scripts, dependencies, ...optional }, null, 2)}\n`,
  )
}

function restore() {
  if (existsSync(originalPath)) renameSync(originalPath, manifestPath)
}

if (process.argv[2] === 'prepare') prepare()
else restore()
