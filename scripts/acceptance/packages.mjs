// @ts-check
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { ROOT } from '../../test/support/command.mjs'
import { readmeProgram } from '../../test/support/readme-program.mjs'
import { packInto, PUBLISHED } from '../pack.mjs'
import { require, requireEqual, Skip } from './check.mjs'
import { execute } from './command.mjs'
import { npmOrSkip } from './npm-or-skip.mjs'

/** Files for bundles to copy, which have no types. */
const COPIED = ['./kernels.wasm', './kernels-relaxed.wasm']
const RUNNING = ['node20', 'node22', 'node24', 'node26']
const TOO_OLD = 'node18'

/**
 * @typedef {object} Setting
 * @property {string} root
 * @property {readonly string[]} archives
 */

/**
 * The packages as npm would publish them: judged by others' tools, installed and run by other versions of Node.
 * @type {import('./check.mjs').Concern}
 */
export const packages = {
  name: 'packages',
  about:
    'the packed packages: publint, are the types wrong, installed and run on Node 20, 22, 24, 26, refused by 18',
  async *checks({ scratch }) {
    const root = join(scratch, 'packages')
    try {
      const archives = packInto(join(root, 'archives')).map(({ path }) => path)
      yield* judgements({ root, archives })
      yield* runs({ root, archives })
    } finally {
      rmSync(root, { recursive: true, force: true })
    }
  },
}

/**
 * @param {Setting} setting
 * @returns {AsyncGenerator<import('./check.mjs').Check, void>}
 */
async function* judgements({ root, archives }) {
  const tools = join(root, 'package-checks')
  let isInstalled = false
  yield {
    what: 'publint and attw: npm ci',
    run: async () => await lockedIn(tools).then(() => ((isInstalled = true), '')),
  }
  if (!isInstalled) return
  const tool = (/** @type {string} */ path) => join(tools, 'node_modules', path)
  for (const archive of archives) {
    const name = basename(archive)
    const attw = [tool('@arethetypeswrong/cli/dist/index.js'), archive, '--profile', 'esm-only', '--no-color']
    yield {
      what: `publint ${name}`,
      run: async () => await lastLine(process.execPath, [tool('publint/src/cli.js'), archive, '--strict']),
    }
    yield {
      what: `attw ${name}`,
      run: async () => {
        await lastLine(process.execPath, [...attw, '--exclude-entrypoints', ...COPIED])
        return 'no problems for ES modules'
      },
    }
  }
}

/**
 * @param {Setting} setting
 * @returns {AsyncGenerator<import('./check.mjs').Check, void>}
 */
async function* runs({ root, archives }) {
  const project = join(root, 'project')
  const nodes = join(root, 'other-nodes')
  let isInstalled = false
  const install = async () => {
    requireLinux()
    await lockedIn(nodes)
    mkdirSync(project)
    writeFileSync(join(project, 'package.json'), '{ "private": true, "type": "module" }')
    await npmOrSkip(project, 'install', ...archives)
    isInstalled = true
    return `${archives.length} archives`
  }
  yield { what: 'install the archives; npm ci of other versions of Node', run: install }
  if (!isInstalled) return
  const binary = (/** @type {string} */ name) => join(nodes, 'node_modules', name, 'bin/node')
  for (const name of RUNNING) {
    yield {
      what: `${name}: the programs of the READMEs`,
      run: async () => await readmes(project, binary(name)),
    }
    yield { what: `${name}: the command`, run: async () => await command(project, binary(name), 'wasm') }
  }
  let isBuilt = false
  const build = async () => await buildNative(project).then((path) => ((isBuilt = true), path))
  yield { what: 'build-native in the project', run: build }
  for (const name of isBuilt ? RUNNING : [])
    yield {
      what: `${name}: the same native kernels`,
      run: async () => await sameByNative(project, binary(name)),
    }
  yield { what: `${TOO_OLD}: one line`, run: async () => await refusal(project, binary(TOO_OLD)) }
}

function requireLinux() {
  const here = `${process.platform}-${process.arch}`
  if (here !== 'linux-x64') throw new Skip(`the lockfile has binaries of Node for linux-x64; this is ${here}`)
}

/**
 * Copies the folder of scripts/ of that name to `folder`, and installs its lockfile.
 * @param {string} folder
 */
async function lockedIn(folder) {
  const filter = (/** @type {string} */ path) => basename(path) !== 'node_modules'
  cpSync(join(ROOT, 'scripts', basename(folder)), folder, { recursive: true, filter })
  await npmOrSkip(folder, 'ci', '--ignore-scripts')
}

/**
 * @param {string} project
 * @param {string} node
 */
async function readmes(project, node) {
  for (const name of PUBLISHED) {
    const { program, printed } = readmeProgram(name)
    writeFileSync(join(project, 'use.mjs'), program)
    const { exitCode, stdout, stderr } = await execute(node, ['use.mjs'], { cwd: project })
    require(exitCode === 0, `${name}: exit code ${exitCode}: ${stderr.slice(-600)}`)
    requireEqual([stdout, stderr], [printed, ''], name)
  }
  return (await lastLine(node, ['--version'])) || ''
}

const COMMAND = 'node_modules/@levattention/coordinator/bin/levattention.mjs'

/**
 * Makes a planted input and finds its pairs, on two threads.
 * @param {string} project
 * @param {string} node
 * @param {'native' | 'wasm'} kernels that are to run by themselves
 */
async function command(project, node, kernels) {
  const make = 'generate planted --out planted --n 20000 --d 8 --m 100 --force --quiet'
  const find = 'run --keys planted/K.npy --queries planted/Q.npy --workers 2 --out h.npz --force --json'
  await lastLine(node, [COMMAND, ...make.split(' ')], project)
  const said = JSON.parse(await lastLine(node, [COMMAND, ...find.split(' ')], project))
  requireEqual([said.n, said.workers, said.kernels], [20_000, 2, kernels], 'the summary')
  return `${said.pairs} pairs`
}

/**
 * By this Node; skipped where the machine has no compiler.
 * @param {string} project
 */
async function buildNative(project) {
  const { exitCode, stderr } = await execute(process.execPath, [COMMAND, 'build-native'], { cwd: project })
  if (exitCode === 75) throw new Skip(stderr.trim())
  require(exitCode === 0, `exit code ${exitCode}: ${stderr}`)
  return stderr.trim().split('\n')[0]
}

/**
 * One addon for all: a Node that did not build it takes it, to the bytes of WebAssembly.
 * @param {string} project
 * @param {string} node
 */
async function sameByNative(project, node) {
  const found = () => readFileSync(join(project, 'h.npz'))
  const before = found()
  const pairs = await command(project, node, 'native')
  require(found().equals(before), 'the pairs differ from those of WebAssembly')
  return pairs
}

/**
 * @param {string} project
 * @param {string} node
 */
async function refusal(project, node) {
  const typed = await execute(node, [COMMAND, '--help'], { cwd: project })
  require(/^levattention needs Node \S+ or later; this is 18\.[\d.]+\n$/.test(
    typed.stderr,
  ), `the command: ${typed.stderr}`)
  requireEqual([typed.exitCode, typed.stdout], [69, ''], 'the command')
  for (const name of ['core', 'coordinator']) {
    writeFileSync(join(project, 'use.mjs'), `import '@levattention/${name}'\n`)
    const { stderr } = await execute(node, ['use.mjs'], { cwd: project })
    require(stderr.includes('LevError: LevAttention needs Node'), `${name}: ${stderr}`)
    require(!/^ {4}at /m.test(stderr), `${name} prints a stack: ${stderr}`)
  }
  return typed.stderr.trim()
}

/**
 * The last line of a program that must succeed.
 * @param {string} program
 * @param {readonly string[]} args
 * @param {string} [cwd]
 */
async function lastLine(program, args, cwd) {
  const { exitCode, stdout, stderr } = await execute(program, args, { cwd })
  require(exitCode === 0, `exit code ${exitCode}: ${stdout.slice(-800)}${stderr.slice(-400)}`)
  return stdout.trim().split('\n').at(-1) ?? ''
}
