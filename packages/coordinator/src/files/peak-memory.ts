import { readFileSync } from 'node:fs'

/**
 * The largest resident set of this process. Linux counts the memory of the program that started it (until exec) in
 * getrusage's maximum, so a small job begun by a large program looked large: VmHWM is of this program alone.
 */
export function peakMemoryBytes(): number {
  const kib = highWaterKib() ?? process.resourceUsage().maxRSS // KiB on every system that Node names it on
  return kib * 1024
}

function highWaterKib(): number | undefined {
  try {
    const [, kib] = /^VmHWM:\s*(\d+) kB/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? []
    return kib === undefined ? undefined : Number(kib)
  } catch {
    return undefined // No /proc: another system, or one that hides it.
  }
}
