// @ts-check
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from '../../test/support/command.mjs'
import { require, Skip } from './check.mjs'
import { execute } from './command.mjs'

/**
 * @typedef {object} VitestReport
 * @property {readonly { assertionResults: readonly { status: string, fullName: string }[] }[]} testResults
 * @property {number} numPassedTests
 * @property {number} numPendingTests
 */

/**
 * Runs a test file with all its cases; returns how many tests there were. Throws Skip where it is not there or all of it is skipped,
 * and where one fails.
 * @param {string} file
 * @param {string} scratch
 */
export async function runSuite(file, scratch) {
  if (!existsSync(join(ROOT, file))) throw new Skip(`${file} is not there`)
  const report = join(scratch, 'tests.json')
  const vitest = join(ROOT, 'node_modules/vitest/vitest.mjs')
  const args = [vitest, 'run', file, '--reporter=json', `--outputFile=${report}`]
  const env = { ...process.env, LEV_SLOW_TESTS: '1' }
  const { exitCode, stderr } = await execute(process.execPath, args, { cwd: ROOT, env })
  require(existsSync(report), `${file}: ${stderr}`)
  /** @type {VitestReport} */
  const { testResults, numPassedTests, numPendingTests } = JSON.parse(readFileSync(report, 'utf8'))
  const failed = testResults
    .flatMap(({ assertionResults }) => assertionResults)
    .filter(({ status }) => status === 'failed')
    .map(({ fullName }) => fullName)
  require(exitCode === 0 && failed.length === 0, `${failed.length} failed: ${failed.slice(0, 3).join('; ')}`)
  if (numPassedTests === 0 && numPendingTests > 0) throw new Skip(`${file}: what it needs is not here`)
  require(numPassedTests > 0, `${file}: no test ran`)
  return `${numPassedTests} tests${numPendingTests > 0 ? `, ${numPendingTests} skipped` : ''}`
}
