// @ts-check
import { cpSync, mkdirSync, rmSync, symlinkSync } from 'node:fs'
import { basename, join } from 'node:path'
import { ROOT } from '../../test/support/command.mjs'
import { require } from './check.mjs'
import { execute } from './command.mjs'
import { npmOrSkip } from './npm-or-skip.mjs'

/**
 * What is run of each example, after its installation and the types.
 * @type {Readonly<Record<string, readonly string[][]>>}
 */
const EXAMPLES = {
  'tensorflow-js': [['check.mjs'], ['train.mjs']],
  'ocr-transformer': [['check.mjs'], ['read-lines.mjs', '1']],
}

/**
 * The examples with dependencies of their own, which are outside the workspace and its lint of types.
 * @type {import('./check.mjs').Concern}
 */
export const frameworks = {
  name: 'frameworks',
  about: 'the examples of other frameworks, installed into a copy from their lockfiles: types, checks, runs',
  async *checks({ scratch }) {
    const root = join(scratch, 'frameworks')
    try {
      prepare(root)
      for (const [name, runs] of Object.entries(EXAMPLES)) yield* checksOf(root, name, runs)
    } finally {
      rmSync(root, { recursive: true, force: true })
    }
  },
}

/**
 * Where the repository's packages, types and compiler are found from a copy as they are from the example's own folder.
 * @param {string} root
 */
function prepare(root) {
  mkdirSync(join(root, 'scripts'), { recursive: true })
  symlinkSync(join(ROOT, 'node_modules'), join(root, 'node_modules'), 'junction')
  for (const file of ['tsconfig.base.json', 'scripts/tsconfig.json'])
    cpSync(join(ROOT, file), join(root, file))
}

/**
 * Of one example; where it could not be installed, no more than that.
 * @param {string} root
 * @param {string} name
 * @param {readonly string[][]} runs
 * @returns {AsyncGenerator<import('./check.mjs').Check, void>}
 */
async function* checksOf(root, name, runs) {
  const folder = join(root, 'examples', name)
  let isInstalled = false
  const install = async () => {
    const said = await installed(name, folder)
    isInstalled = true
    return said
  }
  yield { what: `${name}: npm ci`, run: install }
  if (!isInstalled) return
  const compiler = join(ROOT, 'node_modules/typescript/bin/tsc')
  yield { what: `${name}: types`, run: async () => (await ran(folder, [compiler, '-p', '.']), 'no errors') }
  for (const args of runs)
    yield { what: `${name}: ${args.join(' ')}`, run: async () => await ran(folder, args) }
  rmSync(folder, { recursive: true, force: true })
}

/**
 * Copies the example without what is installed in it, and installs its lockfile. Throws Skip where no registry answers.
 * @param {string} name
 * @param {string} folder
 */
async function installed(name, folder) {
  const filter = (/** @type {string} */ path) => basename(path) !== 'node_modules'
  cpSync(join(ROOT, 'examples', name), folder, { recursive: true, filter })
  const printed = await npmOrSkip(folder, 'ci', '--ignore-scripts')
  return printed.trim().split('\n')[0]
}

/**
 * The last line of a script of the example that must succeed.
 * @param {string} folder
 * @param {readonly string[]} args
 */
async function ran(folder, args) {
  const { exitCode, stdout, stderr } = await execute(process.execPath, args, { cwd: folder })
  require(exitCode === 0, `exit code ${exitCode}: ${stdout.slice(-600)}${stderr.slice(-300)}`)
  return stdout.trim().split('\n').at(-1) ?? ''
}
