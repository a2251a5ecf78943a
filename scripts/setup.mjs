// @ts-check
// Install (only when the lockfile asks for it) and build. Needs Node and npm alone: pnpm comes through npx.
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

// Before anything that an older Node would end with a stack (`engines` in package.json).
const [major, minor] = process.versions.node.split('.').map(Number)
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`LevAttention needs Node 20.19 or later; this is ${process.versions.node}`)
  process.exit(69)
}

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

const read = (/** @type {string} */ path) => (existsSync(path) ? readFileSync(path, 'utf8') : undefined)
const wanted = read(`${root}/pnpm-lock.yaml`)
const installed = read(`${root}/node_modules/.pnpm/lock.yaml`)

if (installed === undefined || installed !== wanted) {
  run('npx', ['-y', 'pnpm@12.21.0', 'install', '--frozen-lockfile', '--reporter=append-only'])
}
run('npm', ['run', '--silent', 'build'])
