/** The command in this process: starting one of its own takes longer than a small job. */
import type { EarlyEngine } from '#coordinator/engines/early-engine'
import { runCommand } from '#coordinator/cli/run-command'
import { vi } from 'vitest'
import { collect } from '../../support/advice/collect.ts'
import type { Ran } from '../../support/command.mjs'
import type { Workspace } from './bin.ts'

/** Where a command runs. */
type Place = Pick<Workspace, 'folder'>

/** Runs `levattention name args` with the folder of `work` as the current one. Not concurrently: it captures streams. */
export async function runHere(work: Place, name: string, ...args: string[]): Promise<Ran> {
  return await runHereOn(undefined, work, name, ...args)
}

/** As `runHere`, on threads that were started for it. */
export async function runHereOn(
  early: EarlyEngine | undefined,
  work: Place,
  name: string,
  ...args: string[]
): Promise<Ran> {
  return await captured(work, async () => await runCommand(name, args, early))
}

/** What `command` prints with the folder of `work` as the current one, and the exit code that it returns. */
export async function captured(work: Place, command: () => Promise<number>): Promise<Ran> {
  const text = { stdout: '', stderr: '' }
  const capture = (stream: 'stdout' | 'stderr') =>
    vi.spyOn(process[stream], 'write').mockImplementation((piece, ...rest: unknown[]) => {
      text[stream] += typeof piece === 'string' ? piece : Buffer.from(piece).toString()
      const done = rest.at(-1)
      if (typeof done === 'function') done()
      return true
    })
  const spies = [capture('stdout'), capture('stderr')]
  const before = process.cwd()
  process.chdir(work.folder)
  try {
    const exitCode = await command()
    collect(text.stdout + text.stderr)
    return { exitCode, ...text }
  } finally {
    process.chdir(before)
    for (const spy of spies) spy.mockRestore()
  }
}

/** The summary or failure that --json prints. */
export async function jsonHere(
  work: Place,
  name: string,
  ...args: string[]
): Promise<Record<string, unknown>> {
  const { stdout } = await runHere(work, name, ...args, '--json')
  return JSON.parse(stdout) as Record<string, unknown>
}
