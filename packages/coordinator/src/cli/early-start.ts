import { addressSpaceLeft } from '../engines/process-memory.ts'
import { grantedCores } from '../engines/granted-cores.ts'
import { byteLengthAt } from '../files/glance.ts'

/** Commands that pass over a whole matrix. */
const COMMANDS = ['run', 'build', 'query', 'curve', 'scores', 'sample']
/** Inputs below this are mostly done before threads are ready (float32 keys, d = 64). */
const LARGE_BYTES = 2 ** 26
/** The same where native kernels share their calls with threads of their own, of which most jobs over the keys make the best. */
const LARGE_SHARED_BYTES = 2 ** 30
/** More threads than these are not all wanted at once. */
const MOST_THREADS = 16

/**
 * Will `command` want kernels, which can be compiled while its arguments are parsed? Under a limit on address space it is for the Runtime
 * to say what there is room for.
 */
export function wantsKernels(command: string, args: readonly string[]): boolean {
  if (!COMMANDS.includes(command) || args.some((arg) => arg === '--help' || arg === '-h')) return false
  if (args.some((arg) => arg.startsWith('--kernels') || arg.startsWith('--hang-limit'))) return false
  return addressSpaceLeft() === Infinity
}

/**
 * Threads that `command` will want, told before its arguments are parsed: some where one of `args` names a large file and
 * none speaks against threads, else 0. A guess that costs nothing but work: what the arguments mean is decided later.
 * `areShared`: native kernels are there.
 */
export function earlyThreads(command: string, args: readonly string[], areShared = false): number {
  const workers = workersOf(args)
  if (workers > MOST_THREADS || !wantsKernels(command, args)) return 0
  const largeBytes = areShared && !args.some(isWorkers) ? LARGE_SHARED_BYTES : LARGE_BYTES
  return args.some((arg) => bytesOf(arg) >= largeBytes) ? workers : 0
}

function isWorkers(arg: string): boolean {
  return arg === '--workers' || arg.startsWith('--workers=')
}

/** 0 for what is no count: the parser will complain. */
function workersOf(args: readonly string[]): number {
  const at = args.findIndex(isWorkers)
  if (at < 0) return grantedCores()
  const text = args[at].includes('=') ? args[at].slice(args[at].indexOf('=') + 1) : args[at + 1]
  return /^\d{1,4}$/.test(text ?? '') ? Number(text) : 0
}

/** Of an address's file, before '#': K.npz#k. */
function bytesOf(arg: string): number {
  const path = arg.replace(/^--\w[\w-]*=/, '').replace(/#.*$/s, '')
  return path === '' || path.startsWith('-') ? 0 : byteLengthAt(path)
}
