// @ts-check
import { join } from 'node:path'
import { ROOT } from '../../test/support/command.mjs'
import { require } from './check.mjs'
import { execute } from './command.mjs'

/**
 * Keys whose columns depend on one another: U as small as the exact one, nothing missed (docs/guarantees.md).
 * @type {import('./check.mjs').Concern}
 */
export const dependent = {
  name: 'dependent',
  about: 'dependent columns: U within 2 % of the exact one, no heavy pair missed',
  async *checks() {
    yield { what: 'scripts/measure-dependent.mjs', run }
  },
}

async function run() {
  const { exitCode, stdout, stderr } = await execute(process.execPath, [
    join(ROOT, 'scripts/measure-dependent.mjs'),
  ])
  const tables = stdout.trimEnd().split('\n').slice(2)
  require(exitCode === 0, `${stdout}\n${stderr.slice(0, 800)}`)
  return `${tables.length} tables`
}
