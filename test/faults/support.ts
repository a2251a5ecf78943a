/** Commands whose worker threads come to harm: in this process, or in one of their own. */
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { EarlyEngine } from '#coordinator/engines/early-engine'
import { type PoolOptions } from '#coordinator/engines/threads-engine'
import { expect, onTestFinished } from 'vitest'
import { ended, type Workspace } from '../coordinator/cli/bin.ts'
import { runHereOn } from '../coordinator/cli/in-process.ts'
import { watchWorkers } from '../coordinator/engines/watched-workers.ts'
import type { Ran } from '../support/command.mjs'

const ENTRY = new URL('faulty-pool-entry.mjs', import.meta.url)
const COMMAND = fileURLToPath(new URL('faulty-command.mjs', import.meta.url))

/** See faulty-pool-entry.mjs. */
export interface Fault {
  readonly fault: string
  readonly kind?: string
  /** Of the task's rows; absent: any. */
  readonly rowStart?: number
  readonly times: number
  /** For `stuck`: a named pipe. */
  readonly fifo?: string
}

export interface FaultyRan extends Ran {
  /** How often it happened. */
  readonly faults: number
  readonly ms: number
  /** Threads made, and those that are left. */
  readonly threads: number
  readonly threadsLeft: number
}

let folders = 0

/** A folder where faults are counted, outside of where commands run. */
function countingFolder(work: Workspace): string {
  const folder = `${work.folder}.faults-${folders++}`
  mkdirSync(folder)
  return folder
}

/** For pools of the test that calls it: their entry, and what resolves when so many tasks of `kind` stand still in it. */
export function standingTasks(
  kind: string,
  times: number,
): { entry: URL; begun: (index: number) => Promise<void> } {
  const folder = mkdtempSync(join(tmpdir(), 'lev-standing-'))
  process.env.LEV_TEST_FAULT = JSON.stringify({ fault: 'pause', kind, times, folder })
  onTestFinished(() => {
    delete process.env.LEV_TEST_FAULT
    rmSync(folder, { recursive: true })
  })
  return { entry: ENTRY, begun: (index) => happened(folder, index) }
}

/** Runs the command on two threads of this process that load the faulty entry. */
export async function runFaulty(
  work: Workspace,
  fault: Fault,
  args: readonly [string, ...string[]],
  pool: PoolOptions = {},
  whileRunning: (folder: string) => Promise<void> = () => Promise.resolve(),
): Promise<FaultyRan> {
  const folder = countingFolder(work)
  const watched = watchWorkers()
  process.env.LEV_TEST_FAULT = JSON.stringify({ ...fault, folder })
  const started = performance.now()
  try {
    const early = new EarlyEngine(2, { entry: ENTRY, ...pool })
    const running = runHereOn(early, work, ...args, '--workers', '2')
    await Promise.race([whileRunning(folder), running])
    const ran = await running
    return {
      ...ran,
      faults: readdirSync(folder).length,
      ms: performance.now() - started,
      threads: watched.workers.length,
      threadsLeft: watched.running(),
    }
  } finally {
    delete process.env.LEV_TEST_FAULT
    rmSync(folder, { recursive: true })
    watched.restore()
  }
}

/** Starts the command in a process of its own, on two threads that load the faulty entry. `limits`: see faulty-command.mjs. */
export function startFaulty(
  work: Workspace,
  fault: Fault,
  args: readonly string[],
  limits: PoolOptions & { endLimitMs?: number } = {},
): { child: ChildProcess; ran: Promise<Ran>; begun: () => Promise<void> } {
  const folder = countingFolder(work)
  const env = {
    ...process.env,
    LEV_TEST_FAULT: JSON.stringify({ ...fault, folder }),
    LEV_TEST_LIMITS: JSON.stringify(limits),
  }
  const stdio = ['ignore', 'pipe', 'pipe'] as const
  const child = spawn(process.execPath, [COMMAND, ...args, '--workers', '2'], {
    cwd: work.folder,
    env,
    stdio: [...stdio],
  })
  const ran = ended(child).finally(() => rmSync(folder, { recursive: true }))
  return { child, ran, begun: () => happened(folder) }
}

/** Resolves when fault number `index` has happened, which is counted in `folder`. */
export async function happened(folder: string, index = 0): Promise<void> {
  while (!existsSync(join(folder, `fault-${index}`))) await new Promise((resolve) => setTimeout(resolve, 5))
}

/** Is a process of this id there, a zombie too? */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

/** What every failed command owes: its code, what it says, nothing left of it, in time. */
export function expectCleanFailure(
  work: Workspace,
  ran: FaultyRan,
  exitCode: number,
  texts: readonly RegExp[],
  standing: readonly string[],
  limitMs: number,
): void {
  expect({ exitCode: ran.exitCode, stdout: ran.stdout }, ran.stderr).toEqual({ exitCode, stdout: '' })
  for (const text of texts) expect(ran.stderr).toMatch(text)
  expect(ran.stderr.trimEnd().split('\n')).toHaveLength(1)
  expect(work.names()).toEqual(standing)
  expect(ran.threadsLeft).toBe(0)
  expect(ran.ms).toBeLessThan(limitMs)
}
