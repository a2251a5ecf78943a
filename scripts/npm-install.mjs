// @ts-check
// npm, where no registry may answer: then what needs it is skipped, and says so.
import { spawn } from 'node:child_process'
import { endOf } from '../test/support/command.mjs'

/** What npm says where no registry answers; a package that is missing or has other bytes is a failure. */
const UNREACHABLE =
  /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|ENOTCACHED|ERR_SOCKET_TIMEOUT|E50[234])\b/

const OPTIONS = [
  '--no-audit',
  '--no-fund',
  '--prefer-offline',
  '--fetch-retries=1',
  '--fetch-retry-mintimeout=1000',
]

/** No registry answers, and npm's cache has not all that is wanted. */
export class Unreachable extends Error {}

/**
 * `npm ARGS` in `folder`, to its end; what it prints. Throws Unreachable.
 * @param {string} folder
 * @param {...string} args
 */
export async function npm(folder, ...args) {
  const windows = process.platform === 'win32'
  const child = spawn(windows ? 'npm.cmd' : 'npm', [...args, ...OPTIONS], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    shell: windows,
  })
  const { exitCode, stdout, stderr } = await endOf(child)
  if (exitCode === 0) return stdout
  const [code] = UNREACHABLE.exec(stderr) ?? []
  if (code !== undefined)
    throw new Unreachable(`no registry answers npm (${code}); its packages are not in npm's cache either`)
  throw new Error(`npm ${args.join(' ')}: exit code ${exitCode}: ${stderr.slice(-800)}`)
}
