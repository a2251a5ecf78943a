// @ts-check
// Install (only when the lockfile asks for it) and build. Needs Node and npm alone: pnpm comes through npx.
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, renameSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const windows = process.platform === 'win32'

/**
 * @param {string} command
 * @param {string[]} args
 */
function run(command, args) {
  execFileSync(windows ? `${command}.cmd` : command, args, {
    cwd: root,
    stdio: ['ignore', 2, 2],
    shell: windows,
  })
}

// What an interrupted or failed `npm pack` left of a manifest (pack-manifest.mjs).
for (const name of ['native', 'core', 'worker', 'coordinator']) {
  const manifest = `${root}/packages/${name}/package.json`
  if (existsSync(`${manifest}.original`)) renameSync(`${manifest}.original`, manifest)
}

const read = (/** @type {string} */ path) => (existsSync(path) ? readFileSync(path, 'utf8') : undefined)
const wanted = read(`${root}/pnpm-lock.yaml`)
const installed = read(`${root}/node_modules/.pnpm/lock.yaml`)

if (installed === undefined || installed !== wanted) {
  run('npx', ['-y', 'pnpm@12.21.0', 'install', '--frozen-lockfile', '--reporter=append-only'])
}
run('npm', ['run', '--silent', 'build'])

// Only where this machine has a compiler; all works without.
const { buildAddon } = await import('../packages/native/dist/build-addon.js')
const native = buildAddon()
if (native.state === 'failed')
  process.stderr.write(`native kernels not built, WebAssembly runs instead: ${native.reason}\n`)
