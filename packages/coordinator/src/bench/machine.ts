import { arch, cpus, loadavg, platform, release, totalmem } from 'node:os'
import { findNative } from '@levattention/core/internal'
import { grantedCores } from '../engines/granted-cores.ts'
import type { OurKernels } from './our-contenders.ts'
import { endedChildrenCpuSeconds } from './process-tree.ts'
import type { Skipped } from './find-peers.ts'

/** Where it was measured. */
export interface Machine {
  readonly cpu: string
  /** Granted to this process. */
  readonly cores: number
  readonly memoryBytes: number
  readonly system: string
  readonly node: string
  /** The widest vectors of the native kernels; absent where these are not built. */
  readonly native?: string
  /** Average of a minute, before. */
  readonly load: number
}

/** This machine, the kernels that it has, best first, and which it has not. */
export async function lookAtMachine(): Promise<{
  machine: Machine
  kernels: readonly OurKernels[]
  skipped: Skipped[]
}> {
  const native = await findNative()
  const machine = {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: grantedCores(),
    memoryBytes: totalmem(),
    system: `${platform()} ${release()} ${arch()}`,
    node: process.version,
    ...(native.state === 'built' && { native: native.choice.level }),
    load: loadavg()[0],
  }
  if (native.state === 'built') return { machine, kernels: ['native', 'wasm'], skipped: [] }
  const why = native.state === 'absent' ? 'not built; `levattention build-native` does it' : native.reason
  return { machine, kernels: ['wasm'], skipped: [{ what: 'native kernels', why }] }
}

/** Called later, the load before, and how many cores others than this process and its children used since; these where the system tells. */
export function loadSince(): () => { loadBefore: number; othersCores?: number } {
  const before = { load: loadavg()[0], busy: busySeconds(), own: ownSeconds(), at: performance.now() }
  return () => {
    const elapsed = (performance.now() - before.at) / 1000
    const own = ownSeconds()
    if (own === undefined || before.own === undefined || elapsed === 0) return { loadBefore: before.load }
    const others = busySeconds() - before.busy - (own - before.own)
    return { loadBefore: before.load, othersCores: Math.max(0, others / elapsed) }
  }
}

function busySeconds(): number {
  return cpus().reduce((sum, { times }) => sum + (times.user + times.nice + times.sys + times.irq) / 1000, 0)
}

function ownSeconds(): number | undefined {
  const children = endedChildrenCpuSeconds()
  const { user, system } = process.cpuUsage()
  return children === undefined ? undefined : children + (user + system) / 1e6
}
