import { spawn } from 'node:child_process'
import { LevError } from '@levattention/core/internal'

interface ToolRun {
  readonly exitCode: number | null
  readonly stdout: string
  readonly stderr: string
}

const NO_CLUSTER =
  'Is this a host of a Slurm cluster? slurm submit with --dry-run, and status without --slurm, need none'

/** Runs one of Slurm's commands. Throws NotFound where it is not there. */
export async function runTool(name: string, args: readonly string[], input = ''): Promise<ToolRun> {
  return await new Promise((resolve, reject) => {
    const child = spawn(name, args, { stdio: ['pipe', 'pipe', 'pipe'] })
    const text = { stdout: '', stderr: '' }
    child.stdout.setEncoding('utf8').on('data', (piece: string) => (text.stdout += piece))
    child.stderr.setEncoding('utf8').on('data', (piece: string) => (text.stderr += piece))
    child.on('error', (cause) => {
      const message = `${name} cannot be started: ${cause.message}. ${NO_CLUSTER}`
      reject(new LevError('NotFound', message, {}, { cause }))
    })
    // A tool that ends before it reads its input says why on its own.
    child.stdin.on('error', () => undefined)
    child.stdin.end(input)
    child.on('close', (exitCode) => resolve({ exitCode, ...text }))
  })
}

/** Its standard output. Throws as `toolError` says. */
export async function toolOutput(name: string, args: readonly string[], input?: string): Promise<string> {
  const ran = await runTool(name, args, input)
  if (ran.exitCode === 0) return ran.stdout
  throw toolError(name, ran)
}

export function isUnanswered({ stderr }: Pick<ToolRun, 'stderr'>): boolean {
  return /timed out|Unable to contact slurm controller|Connection refused|Zero Bytes/i.test(stderr)
}

/** Overloaded where the controller does not answer, NotFound where the host knows of none, Option where it refuses. */
export function toolError(name: string, ran: ToolRun): LevError {
  const said = ran.stderr.trim().split('\n').slice(-3).join(' ')
  if (isUnanswered(ran)) {
    const message = `${name}: Slurm's controller does not answer (${said}); try again, what stands is not lost`
    return new LevError('Overloaded', message)
  }
  if (/configuration (?:source|file)/i.test(ran.stderr))
    return new LevError('NotFound', `${name} finds no cluster (${said}). ${NO_CLUSTER}`)
  return new LevError('Option', `${name} refuses: ${said || `exit code ${ran.exitCode}`}`)
}
