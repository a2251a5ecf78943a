import type { ResourceLimits } from 'node:worker_threads'
import { textAt } from '../files/glance.ts'

/** V8's region of machine code in one thread, which needs a few MiB; by default it reserves 512 MiB. */
const CODE_RANGE_MIB = 32

/**
 * Bytes of address space that this process may still take before its limit (`ulimit -v`); Infinity without a limit, or where
 * the system does not tell.
 */
export function addressSpaceLeft(): number {
  const limit = numberIn('/proc/self/limits', /^Max address space\s+(\d+)/m)
  if (limit === undefined) return Infinity
  const usedKib = numberIn('/proc/self/status', /^VmSize:\s+(\d+) kB/m)
  return usedKib === undefined ? Infinity : Math.max(0, limit - usedKib * 1024)
}

/**
 * The largest resident set of this process. Linux counts the memory of the program that started it (until exec) in
 * getrusage's maximum, so a small job begun by a large program looked large: VmHWM is of this program alone.
 */
export function peakMemoryBytes(): number {
  const kib = numberIn('/proc/self/status', /^VmHWM:\s*(\d+) kB/m)
  return (kib ?? process.resourceUsage().maxRSS) * 1024 // KiB on every system that Node names it on
}

/** Does V8 reserve 10 GiB for each WebAssembly memory, in order to leave out bounds checks? It does unless node was told not to. */
export function reservesGuards(
  flags: readonly string[] = process.execArgv,
  nodeOptions = process.env.NODE_OPTIONS ?? '',
): boolean {
  return ![...flags, ...nodeOptions.split(/\s+/)].some((flag) =>
    /^--disable[-_]wasm[-_]trap[-_]handler$/.test(flag),
  )
}

/** For threads where address space is limited: V8 ends the process where it cannot reserve their code's region. */
export function smallThreads(): ResourceLimits | undefined {
  return addressSpaceLeft() === Infinity ? undefined : { codeRangeSizeMb: CODE_RANGE_MIB }
}

/** The first group of `pattern` in a file of the system; undefined where it is not there, or no number (unlimited). */
function numberIn(path: string, pattern: RegExp): number | undefined {
  const [, digits] = pattern.exec(textAt(path) ?? '') ?? []
  return digits === undefined ? undefined : Number(digits)
}
