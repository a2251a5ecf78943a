import { spawn } from 'node:child_process'
import { LevError } from '@levattention/core/internal'
import { abortedError, onAbort, throwIfAborted } from '../aborts/abort.ts'
import { endedChildrenCpuSeconds, watchMemory } from './process-tree.ts'

/** A process to start. */
export interface ProcessLine {
  readonly program: string
  readonly args: readonly string[]
  /** On top of this process's own; undefined takes one away. */
  readonly env?: Readonly<Record<string, string | undefined>>
}

/** What a process of its own printed and took. */
export interface ProcessRun {
  readonly stdout: string
  /** From before it was started until it had ended. */
  readonly wallSeconds: number
  /** Of it and all that it started; in hundredths, where the system tells. */
  readonly cpuSeconds?: number
  /** The most that these held together, by a look every 20 ms, where the system tells. */
  readonly peakMemoryBytes?: number
}

/** Of what it said in vain: the end, where the reason stands. */
const SAID_LENGTH = 300

/** Runs it to its end. Throws Aborted; SystemLimit where it cannot be started or fails, with the end of what it said. */
export async function runProcess(
  { program, args, env = {} }: ProcessLine,
  signal?: AbortSignal,
): Promise<ProcessRun> {
  throwIfAborted(signal)
  const cpuBefore = endedChildrenCpuSeconds()
  const start = performance.now()
  const child = spawn(program, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  const memory = watchMemory(child.pid)
  const release = signal && onAbort(signal, () => child.kill('SIGTERM'))
  try {
    const said = { stdout: '', stderr: '' }
    for (const name of ['stdout', 'stderr'] as const)
      child[name].setEncoding('utf8').on('data', (piece: string) => (said[name] += piece))
    let wallSeconds = 0
    child.on('exit', () => (wallSeconds = (performance.now() - start) / 1000))
    const failure = await new Promise<string | undefined>((resolve) => {
      child.on('error', (error) => resolve(error.message))
      child.on('close', (code, by) => resolve(code === 0 ? undefined : `ended by ${by ?? `code ${code}`}`))
    })
    if (signal?.aborted) throw abortedError(signal)
    if (failure !== undefined) throw failed(program, args, failure, said.stderr + said.stdout)
    const cpuSeconds = spentSince(cpuBefore)
    const peakMemoryBytes = memory.stop()
    return {
      stdout: said.stdout,
      wallSeconds,
      ...(cpuSeconds !== undefined && { cpuSeconds }),
      ...(peakMemoryBytes !== undefined && { peakMemoryBytes }),
    }
  } finally {
    release?.()
    memory.stop()
  }
}

function spentSince(before: number | undefined): number | undefined {
  const now = endedChildrenCpuSeconds()
  return before === undefined || now === undefined ? undefined : now - before
}

function failed(program: string, args: readonly string[], how: string, said: string): LevError {
  const end = said.trim().slice(-SAID_LENGTH)
  const message = `${[program, ...args].join(' ')}: ${how}${end === '' ? '' : `: ${end}`}`
  return new LevError('SystemLimit', message)
}
