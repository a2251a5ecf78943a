// @ts-check
/** The built command, and what a process of it or of another program leaves. */
import { fileURLToPath } from 'node:url'

/**
 * @typedef {object} Ran
 * @property {number | null} exitCode
 * @property {string} stdout
 * @property {string} stderr
 */

export const ROOT = fileURLToPath(new URL('../..', import.meta.url))
export const COMMAND = fileURLToPath(
  new URL('../../packages/coordinator/bin/levattention.mjs', import.meta.url),
)

/**
 * Rejects where the program could not be started.
 * @param {import('node:child_process').ChildProcess} child
 * @returns {Promise<Ran>}
 */
export async function endOf(child) {
  const text = { stdout: '', stderr: '' }
  for (const name of /** @type {const} */ (['stdout', 'stderr']))
    child[name]?.setEncoding('utf8').on('data', (piece) => (text[name] += piece))
  /** @type {Promise<number | null>} */
  const ended = new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', resolve)
  })
  return { exitCode: await ended, ...text }
}
