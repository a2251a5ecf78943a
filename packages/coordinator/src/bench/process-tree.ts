import { namesAt, textAt } from '../files/glance.ts'

/** Between two looks. */
const LOOK_MS = 20
/** Of /proc/PID/stat's times, on every Linux. */
const TICKS_A_SECOND = 100

/** Watches what a process and all that it starts hold in memory; `stop` tells the most, undefined where there is no /proc. */
export function watchMemory(pid: number | undefined): { stop(): number | undefined } {
  let peakBytes: number | undefined
  const look = () => {
    if (pid === undefined) return
    const bytes = treeBytes(pid)
    if (bytes > 0) peakBytes = Math.max(peakBytes ?? 0, bytes)
  }
  const timer = setInterval(look, LOOK_MS)
  return {
    stop() {
      clearInterval(timer)
      return peakBytes
    },
  }
}

/** Resident bytes of process `pid` and its descendants; of each the most that it held so far, where it is alone. */
function treeBytes(pid: number): number {
  const children = childrenOf(pid)
  // A sum of maxima of different moments would be too much.
  const own = kibOf(pid, children.length === 0 ? 'VmHWM' : 'VmRSS') * 1024
  return children.reduce((sum, child) => sum + treeBytes(child), own)
}

function childrenOf(pid: number): number[] {
  return namesAt(`/proc/${pid}/task`).flatMap((thread) =>
    (textAt(`/proc/${pid}/task/${thread}/children`) ?? '')
      .split(' ')
      .filter((word) => word !== '')
      .map(Number),
  )
}

function kibOf(pid: number, field: 'VmHWM' | 'VmRSS'): number {
  const [, digits] =
    new RegExp(`^${field}:\\s*(\\d+) kB`, 'm').exec(textAt(`/proc/${pid}/status`) ?? '') ?? []
  return Number(digits ?? 0)
}

/** CPU seconds of all processes that this one has started and that have ended, with theirs; undefined where there is no /proc. */
export function endedChildrenCpuSeconds(): number | undefined {
  // The name before it, in brackets, may hold anything.
  const fields = textAt('/proc/self/stat')
    ?.replace(/^.*\) /s, '')
    .split(' ')
  return fields && (Number(fields[13]) + Number(fields[14])) / TICKS_A_SECOND
}
