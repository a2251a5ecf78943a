import { addressSpaceLeft } from '../engines/process-memory.ts'
import { grantedCores } from '../engines/granted-cores.ts'
import { byteLengthAt } from '../files/glance.ts'

/** Commands that pass over a whole matrix. */
const COMMANDS = ['run', 'build', 'query', 'curve', 'scores', 'sample']
/** Inputs below this are mostly done before threads are ready (estimateSeconds of float32 keys, d = 64). */
const LARGE_BYTES = 2 ** 26
/** More threads than these are not all wanted at once. */
const MOST_THREADS = 16

/**
 * Threads that `command` will want, told before its arguments are parsed: some where one of `args` names a large file and
 * none speaks against threads, else 0. A guess that costs nothing but work: what the arguments mean is decided later.
 */
export function earlyThreads(command: string, args: readonly string[]): number {
  if (!COMMANDS.includes(command) || args.some((arg) => arg === '--help' || arg === '-h')) return 0
  if (args.some((arg) => arg.startsWith('--kernels') || arg.startsWith('--hang-limit'))) return 0
  const workers = workersOf(args)
  // Under a limit on address space it is for the Runtime to say how many there is room for.
  const isFree = workers <= MOST_THREADS && addressSpaceLeft() === Infinity
  return isFree && args.some(isLarge) ? workers : 0
}

/** 0 for what is no count: the parser will complain. */
function workersOf(args: readonly string[]): number {
  const at = args.findIndex((arg) => arg === '--workers' || arg.startsWith('--workers='))
  if (at < 0) return grantedCores()
  const text = args[at].includes('=') ? args[at].slice(args[at].indexOf('=') + 1) : args[at + 1]
  return /^\d{1,4}$/.test(text ?? '') ? Number(text) : 0
}

/** An address's file, before '#': K.npz#k. */
function isLarge(arg: string): boolean {
  const path = arg.replace(/^--\w[\w-]*=/, '').replace(/#.*$/s, '')
  return path !== '' && !path.startsWith('-') && byteLengthAt(path) >= LARGE_BYTES
}
