import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../..', import.meta.url))
export const cli = fileURLToPath(new URL('../../packages/coordinator/bin/levattention.mjs', import.meta.url))

/** Children that have not ended. */
export const running = new Set()
process.on('exit', () => running.forEach((child) => child.kill()))

/** Runs a program to its end: { exitCode, stdout, stderr }. */
export async function execute(program, args, options = {}) {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options })
  running.add(child)
  const ran = { exitCode: null, stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr']) {
    child[name].setEncoding('utf8')
    child[name].on('data', (piece) => (ran[name] += piece))
  }
  ran.exitCode = await new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', resolve)
  }).finally(() => running.delete(child))
  return ran
}

/** The built command, as a user would type it. */
export async function levattention(...args) {
  return await execute(process.execPath, [cli, ...args])
}

/** The summary of a command that must succeed. */
export async function summaryOf(...args) {
  const { exitCode, stdout, stderr } = await levattention(...args, '--json', '--quiet')
  if (exitCode === 0) return JSON.parse(stdout)
  throw new Error(`levattention ${args.join(' ')}: exit code ${exitCode}: ${stdout}${stderr}`)
}

/** Output of python3 that must succeed. */
export async function python(...args) {
  const { exitCode, stdout, stderr } = await execute('python3', args, {
    cwd: root,
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
