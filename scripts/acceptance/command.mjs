// @ts-check
import { spawn } from 'node:child_process'
import { COMMAND, endOf, ROOT } from '../../test/support/command.mjs'

/**
 * What commands say with --json, as far as it is looked at here.
 * @typedef {object} Summary
 * @property {number} n
 * @property {number} d
 * @property {number} m
 * @property {number} pairs
 * @property {number} universalSize
 * @property {number} boundSum
 * @property {number} [undefinedRows]
 * @property {number} uncertifiedQueries
 * @property {number} queriesExactPass
 * @property {string} kernels
 * @property {number} workers
 * @property {{ total: number }} seconds
 * @property {number} peakMemoryBytes
 */

/**
 * Children that have not ended.
 * @type {Set<import('node:child_process').ChildProcess>}
 */
export const running = new Set()
process.on('exit', () => running.forEach((child) => child.kill()))

/**
 * Runs a program to its end.
 * @param {string} program
 * @param {readonly string[]} args
 * @param {import('node:child_process').SpawnOptions} [options]
 */
export async function execute(program, args, options = {}) {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options })
  running.add(child)
  return await endOf(child).finally(() => running.delete(child))
}

/**
 * The built command, as a user would type it.
 * @param {string[]} args
 */
export async function levattention(...args) {
  return await execute(process.execPath, [COMMAND, ...args])
}

/**
 * The summary of a command that must succeed.
 * @param {string[]} args
 * @returns {Promise<Summary>}
 */
export async function summaryOf(...args) {
  const { exitCode, stdout, stderr } = await levattention(...args, '--json', '--quiet')
  if (exitCode === 0) return JSON.parse(stdout)
  throw new Error(`levattention ${args.join(' ')}: exit code ${exitCode}: ${stdout}${stderr}`)
}

/**
 * Output of python3 that must succeed.
 * @param {string[]} args
 */
export async function python(...args) {
  const { exitCode, stdout, stderr } = await execute('python3', args, {
    cwd: ROOT,
    env: { ...process.env, OPENBLAS_NUM_THREADS: '1' },
  })
  if (exitCode === 0) return stdout
  throw new Error(`python3 ${args.join(' ')}: exit code ${exitCode}: ${stderr.slice(-1000)}`)
}

/** Whether python3 with NumPy is here. */
export async function hasNumpy() {
  try {
    await python('-c', 'import numpy')
    return true
  } catch {
    return false
  }
}
