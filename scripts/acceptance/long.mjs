// @ts-check
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from '../../test/support/command.mjs'
import { runSuite } from './run-suite.mjs'

/**
 * The test files that neither `npm test` nor `.ci/run` has time for.
 * @type {import('./check.mjs').Concern}
 */
export const long = {
  name: 'long',
  about: 'the files *.long.test.ts: trainings, accuracies, every key’s own score, what models put out',
  async *checks({ scratch }) {
    const files = readdirSync(join(ROOT, 'test'), { recursive: true, encoding: 'utf8' })
    for (const file of files.filter((name) => name.endsWith('.long.test.ts')).sort())
      yield { what: file, run: async () => await runSuite(join('test', file), scratch) }
  },
}
