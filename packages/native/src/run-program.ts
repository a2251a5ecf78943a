import { spawn } from 'node:child_process'

/** Between the signal that asks a group to end and the one that ends it. */
const GRACE_MS = 2000

interface RunOptions {
  readonly cwd?: string
  readonly env: NodeJS.ProcessEnv
  readonly timeoutMs: number
  readonly signal: AbortSignal | undefined
}

/** How a program ended that was no success, and what it said. */
export class ProgramError extends Error {
  override readonly name = 'ProgramError'
  readonly stdout: string
  readonly stderr: string

  constructor(how: string, stdout: string, stderr: string) {
    super(how)
    this.stdout = stdout
    this.stderr = stderr
  }
}

/**
 * Runs Node with `args` in a process group of its own, so that nothing it started outlives it: once `signal` aborts, which rejects
 * with its reason, or time is up, all of the group is ended, and waited for. Rejects with ProgramError where it fails.
 */
export async function runNode(args: readonly string[], options: RunOptions): Promise<void> {
  const { cwd, env, timeoutMs, signal } = options
  signal?.throwIfAborted()
  const child = spawn(process.execPath, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true })
  const said = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const)
    child[name].setEncoding('utf8').on('data', (text: string) => (said[name] += text))
  let how = ''
  const end = () => endGroup(child)
  const timer = setTimeout(() => {
    how = `it took more than ${timeoutMs / 1000} s`
    end()
  }, timeoutMs)
  signal?.addEventListener('abort', end)
  try {
    // Closed once nobody of the group holds its output.
    const [exitCode, endedBy] = await new Promise<[number | null, NodeJS.Signals | null]>(
      (resolve, reject) => {
        child.on('error', reject).on('close', (...ended) => resolve(ended))
      },
    )
    signal?.throwIfAborted()
    if (exitCode === 0) return
    how ||= endedBy === null ? `it ended with ${exitCode}` : `it was ended by ${endedBy}`
    throw new ProgramError(how, said.stdout, said.stderr)
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', end)
  }
}

function endGroup({ pid }: { readonly pid?: number | undefined }): void {
  if (pid === undefined) return
  kill(pid, 'SIGTERM')
  setTimeout(() => kill(pid, 'SIGKILL'), GRACE_MS).unref()
}

/** All of the group, where the system has groups. */
function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(process.platform === 'win32' ? pid : -pid, signal)
  } catch {
    // It has ended.
  }
}
