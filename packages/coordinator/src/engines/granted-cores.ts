import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'

/**
 * Cores really granted to this process: SLURM_CPUS_PER_TASK, else the cgroup's cpu quota (v2, then v1) where it is below
 * the cores of the affinity mask, else those. At least 1.
 */
export function grantedCores(
  environment: NodeJS.ProcessEnv = process.env,
  cgroupRoot = '/sys/fs/cgroup',
): number {
  const slurm = Number(environment.SLURM_CPUS_PER_TASK)
  if (Number.isInteger(slurm) && slurm >= 1) return slurm
  const affinity = availableParallelism()
  const quota = quotaV2(cgroupRoot) ?? quotaV1(cgroupRoot)
  return quota === undefined ? affinity : Math.max(1, Math.min(affinity, Math.ceil(quota)))
}

/** cpu.max: "MAX PERIOD" or "max PERIOD". */
function quotaV2(root: string): number | undefined {
  const [quota, period] = (readText(join(root, 'cpu.max')) ?? '').trim().split(' ').map(Number)
  return quota > 0 && period > 0 ? quota / period : undefined
}

function quotaV1(root: string): number | undefined {
  const quota = Number(readText(join(root, 'cpu', 'cpu.cfs_quota_us')))
  const period = Number(readText(join(root, 'cpu', 'cpu.cfs_period_us')))
  return quota > 0 && period > 0 ? quota / period : undefined
}

/** undefined where the file is not there: that cgroup version is not mounted. */
function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
