import type { EarlyEngine } from '../engines/early-engine.ts'
import { earlyThreads, wantsKernels } from './early-start.ts'
import { endInTime } from './end-in-time.ts'
import { mainHelp } from './main-help.ts'
import { commandEntries } from './commands/registry.ts'
import { version } from './text/version.ts'

/**
 * The levattention command with the arguments `args`: prints, and returns the exit code. What is not needed is not run.
 */
export async function main(args: readonly string[]): Promise<number> {
  const [first, ...rest] = args
  // A reader that leaves makes the write fail, which is handled; the event without a listener would end the process.
  process.stdout.on('error', () => undefined)
  process.stderr.on('error', () => undefined)
  // Every worker thread adds listeners of its own: many cores are no leak.
  process.stdout.setMaxListeners(0)
  process.stderr.setMaxListeners(0)
  if (first === '--version' || first === '-v') return say(`${version()}\n`)
  if (first === undefined || isHelp(first) || (first === 'help' && rest.length === 0)) {
    return first === undefined ? complainEmpty() : say(`${mainHelp(commandEntries)}\n`)
  }
  const early = wantsKernels(first, rest) ? await startEarly(first, rest) : undefined
  const { runCommand } = await import('./run-command.ts')
  const exitCode = await (first === 'help'
    ? runCommand(rest[0], ['--help', ...rest.slice(1)])
    : runCommand(first, rest, early))
  endInTime(exitCode)
  return exitCode
}

/** Kernels, and threads where it is known by now that they are wanted. */
async function startEarly(command: string, args: readonly string[]): Promise<EarlyEngine> {
  const { EarlyEngine } = await import('../engines/early-engine.ts')
  const { findNative } = await import('@levattention/core/internal')
  const native = findNative()
  const threads = earlyThreads(command, args)
  const areShared = threads > 0 && (await native).state === 'built'
  return new EarlyEngine(areShared ? earlyThreads(command, args, true) : threads, {}, native)
}

export function isHelp(arg: string): boolean {
  return arg === '--help' || arg === '-h'
}

function complainEmpty(): number {
  process.stderr.write(`${mainHelp(commandEntries)}\n\nlevattention: name a command\n`)
  return 2
}

function say(text: string): number {
  process.stdout.write(text)
  return 0
}
