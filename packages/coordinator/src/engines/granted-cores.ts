import { availableParallelism } from 'node:os'
import { type CgroupPlace, CGROUPS, cgroupQuota } from './cgroup-quota.ts'

/**
 * Cores really granted to this process: SLURM_CPUS_PER_TASK, else the cgroup's cpu quota where it is below the cores of
 * the affinity mask, else those. At least 1.
 */
export function grantedCores(
  environment: NodeJS.ProcessEnv = process.env,
  cgroups: CgroupPlace = CGROUPS,
): number {
  const slurm = Number(environment.SLURM_CPUS_PER_TASK)
  if (Number.isInteger(slurm) && slurm >= 1) return slurm
  const affinity = availableParallelism()
  const quota = cgroupQuota(cgroups)
  return quota === undefined ? affinity : Math.max(1, Math.min(affinity, Math.ceil(quota)))
}
