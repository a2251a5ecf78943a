// @ts-check
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { ROOT } from '../../test/support/command.mjs'
import { require, Skip } from './check.mjs'
import { execute } from './command.mjs'

/**
 * Every kind of file that people have, as docs/files.md shows it.
 * @type {import('./check.mjs').Concern}
 */
export const files = {
  name: 'files',
  about: 'every kind of file: the right scores, or a refusal whose advice gives them (docs/files.md)',
  async *checks() {
    yield { what: 'scripts/measure-files.mjs', run }
  },
}

async function run() {
  const hasPython = ['/usr/bin/python3', 'python3'].some(
    (name) => spawnSync(name, ['-c', 'import numpy, scipy']).status === 0,
  )
  if (!hasPython) throw new Skip('python3 with NumPy and SciPy is not here')
  const { exitCode, stdout, stderr } = await execute(process.execPath, [
    join(ROOT, 'scripts/measure-files.mjs'),
  ])
  require(exitCode === 0, stderr.slice(0, 800))
  const counts = /^\d+ kinds of files: .*$/m.exec(stdout)
  require(counts !== null, 'no counts')
  return counts[0]
}
