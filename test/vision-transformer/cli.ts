// The example's command as a user runs it.
import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const MAIN = fileURLToPath(new URL('../../examples/vision-transformer/dist/cli/main.js', import.meta.url))

/** What it printed; throws where it ends with another code than 0, its messages in `stderr`. */
export function vision(...args: string[]): string {
  return execFileSync(process.execPath, [MAIN, ...args], { encoding: 'utf8', stdio: 'pipe' })
}

/** Its code and messages. */
export function visionFailure(...args: string[]): { status: number; stderr: string } {
  try {
    vision(...args)
  } catch (error) {
    return error as { status: number; stderr: string }
  }
  throw new Error('it did not fail')
}

export function startVision(...args: string[]): ChildProcess {
  return spawn(process.execPath, [MAIN, ...args], { stdio: 'ignore' })
}
