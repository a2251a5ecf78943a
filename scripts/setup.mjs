// @ts-check
// node scripts/setup.mjs [-q]
// Install (only when the lockfile asks for it) and build. Needs Node and npm alone: pnpm comes through npx. Each step that takes
// longer than a moment is told with its seconds; what it prints is shown where it fails, and of the last two, which never fail, always.
// The last line says which kernels run, and what to type next; not where another script of package.json goes on. -q: only what fails.
import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { constants } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readyLine } from './setup/ready-line.mjs'
import { withStatus } from './setup/status-line.mjs'

// Before anything that an older Node would end with a stack (`engines` in package.json).
const [major, minor] = process.versions.node.split('.').map(Number)
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`LevAttention needs Node 20.19 or later; this is ${process.versions.node}`)
  process.exit(69)
}

const USAGE =
  'usage: node scripts/setup.mjs [-q]    installs packages and builds what has changed; -q: says only what fails'
const args = process.argv.slice(2)
if (args.some((arg) => !['-q', '--quiet'].includes(arg))) {
  const isHelp = args.some((arg) => ['-h', '--help'].includes(arg))
  console[isHelp ? 'log' : 'error'](USAGE)
  process.exit(isHelp ? 0 : 2)
}
// What `npm -q` and `npm -s` set.
const isQuiet = args.length > 0 || ['warn', 'silent'].includes(process.env.npm_config_loglevel ?? '')

const root = fileURLToPath(new URL('..', import.meta.url))

const hasGroups = process.platform !== 'win32'
/** @type {import('node:child_process').ChildProcess | undefined} */
let running
/** @type {NodeJS.Signals | undefined} */
let stoppedBy
for (const name of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']))
  process.on(name, () => {
    stoppedBy = name
    if (running?.pid === undefined) return
    try {
      // A step and all that it started.
      process.kill(hasGroups ? -running.pid : running.pid, name)
    } catch {
      // It has just ended.
    }
  })

/**
 * @param {string} line of package.json's scripts, or as typed
 * @returns {Promise<string>} What it printed; rejects with that.
 */
function run(line) {
  const path = `${join(root, 'node_modules', '.bin')}${delimiter}${process.env.PATH ?? ''}`
  return new Promise((resolve, reject) => {
    const env = { ...process.env, PATH: path }
    const stdio = /** @type {['ignore', 'pipe', 'pipe']} */ (['ignore', 'pipe', 'pipe'])
    const child = spawn(line, { cwd: root, shell: true, env, stdio, detached: hasGroups })
    running = child
    let printed = ''
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (/** @type {string} */ piece) => (printed += piece))
    child.on('error', reject)
    child.on('close', (exitCode) => {
      running = undefined
      if (exitCode === 0) resolve(printed)
      else reject(new Error(`${printed}\n${line}: exit code ${exitCode}`))
    })
  })
}

const read = (/** @type {string} */ path) => (existsSync(path) ? readFileSync(path, 'utf8') : undefined)
const wanted = read(`${root}/pnpm-lock.yaml`)
const installed = read(`${root}/node_modules/.pnpm/lock.yaml`)
const { scripts } = JSON.parse(readFileSync(`${root}/package.json`, 'utf8'))

const steps = [
  ...(installed === undefined || installed !== wanted
    ? [{ title: 'installing packages', line: 'npx -y pnpm@12.21.0 install --frozen-lockfile' }]
    : []),
  ...scripts.build.split(' && ').map((/** @type {string} */ line) => ({
    title: `building: ${line.replace(/^node (?:.*\/)?/, '')}`,
    line,
  })),
  { title: 'compiling native kernels', line: 'node scripts/setup/build-native.mjs', isShown: true },
  { title: 'keeping compiled code', line: 'node scripts/setup/keep-code.mjs', isShown: true },
]

try {
  for (const [at, { title, line, isShown }] of steps.entries()) {
    const work = () => run(line)
    const printed = isQuiet
      ? await work()
      : await withStatus(`set-up ${at + 1} of ${steps.length}, ${title}`, work)
    if (stoppedBy !== undefined) throw new Error(stoppedBy)
    if (isShown) process.stderr.write(printed)
  }
  // Unless another script of package.json follows.
  const isAlone = ['setup', undefined].includes(process.env.npm_lifecycle_event)
  if (isAlone && !isQuiet) {
    const { findNative } = await import('../packages/core/dist/kernels/native-addon.js')
    process.stderr.write(`${readyLine(await findNative())}\n`)
  }
} catch (error) {
  console.error(stoppedBy ? `stopped by ${stoppedBy}` : error instanceof Error ? error.message : error)
  process.exitCode = stoppedBy ? 128 + constants.signals[stoppedBy] : 1
}
