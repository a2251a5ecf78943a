import { dirname, join } from 'node:path'
import { textAt } from '../files/glance.ts'

/** Where the kernel tells of control groups: their file system, and which of them this process is in. */
export interface CgroupPlace {
  readonly root: string
  /** Lines "0::/path" (v2) and "4:cpu,cpuacct:/path" (v1). */
  readonly membership: string
}

export const CGROUPS: CgroupPlace = { root: '/sys/fs/cgroup', membership: '/proc/self/cgroup' }

/**
 * Cores of cpu time that the process's control group leaves it, v2 and v1: the least quota of the group and the groups
 * around it, each of which binds. undefined without a quota.
 */
export function cgroupQuota({ root, membership }: CgroupPlace = CGROUPS): number | undefined {
  const groups = parseMembership(textAt(membership) ?? '')
  const quotas = [
    ...groupAndParents(root, groups.v2).map(quotaV2),
    ...groups.v1Mounts.flatMap((mount) => groupAndParents(join(root, mount), groups.v1)).map(quotaV1),
  ].filter((quota) => quota !== undefined)
  return quotas.length === 0 ? undefined : Math.min(...quotas)
}

function parseMembership(text: string): { v2: string; v1: string; v1Mounts: string[] } {
  const groups = { v2: '/', v1: '/', v1Mounts: ['cpu'] }
  for (const line of text.split('\n')) {
    const [, hierarchy, controllers, path] = /^(\d+):([^:]*):(\/.*)$/.exec(line) ?? []
    // Seen from another namespace a path climbs out of the root; there only the root itself is of use.
    if (path === undefined || path.split('/').includes('..')) continue
    if (hierarchy === '0' && controllers === '') groups.v2 = path
    if (!controllers.split(',').includes('cpu')) continue
    groups.v1 = path
    groups.v1Mounts = [...new Set(['cpu', controllers])]
  }
  return groups
}

/** The group's folder and its parents', up to `mount`. In a container the path may be the host's: then only the mount is there. */
function groupAndParents(mount: string, path: string): string[] {
  const folders: string[] = []
  for (let at = path; at !== '/'; at = dirname(at)) folders.push(join(mount, at))
  return [...folders, mount]
}

/** cpu.max: "QUOTA PERIOD" or "max PERIOD". */
function quotaV2(folder: string): number | undefined {
  const [quota, period] = (textAt(join(folder, 'cpu.max')) ?? '').trim().split(' ').map(Number)
  return quota > 0 && period > 0 ? quota / period : undefined
}

/** A quota of -1 is none. */
function quotaV1(folder: string): number | undefined {
  const quota = Number(textAt(join(folder, 'cpu.cfs_quota_us')))
  const period = Number(textAt(join(folder, 'cpu.cfs_period_us')))
  return quota > 0 && period > 0 ? quota / period : undefined
}
