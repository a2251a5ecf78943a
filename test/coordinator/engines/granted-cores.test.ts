// Catches: more threads than the cores that are really granted: by SLURM, the quota (v2, v1) of the process's own cgroup or
// of one around it, or the affinity mask. Cannot catch: quotas of a parent cgroup that the container does not show.
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { cgroupQuota } from '#coordinator/engines/cgroup-quota'
import { grantedCores } from '#coordinator/engines/granted-cores'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

const cores = availableParallelism()
let root: string
let cgroups: { root: string; membership: string }
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'granted-cores-'))
  cgroups = { root, membership: join(root, 'proc-self-cgroup') }
})
afterEach(() => rmSync(root, { recursive: true }))

const isIn = (...lines: string[]) => writeFileSync(cgroups.membership, `${lines.join('\n')}\n`)

function quotaV2(text: string, path = ''): void {
  mkdirSync(join(root, path), { recursive: true })
  writeFileSync(join(root, path, 'cpu.max'), `${text}\n`)
}

function quotaV1(quota: string, period: string, path = '', mount = 'cpu'): void {
  const folder = join(root, mount, path)
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'cpu.cfs_quota_us'), `${quota}\n`)
  writeFileSync(join(folder, 'cpu.cfs_period_us'), `${period}\n`)
}

test('SLURM’s grant comes first, where it is a count', () => {
  quotaV2('100000 100000')
  expect(grantedCores({ SLURM_CPUS_PER_TASK: '7' }, cgroups)).toBe(7)
  for (const nonsense of ['', '0', '-2', '1.5', 'all']) {
    expect(grantedCores({ SLURM_CPUS_PER_TASK: nonsense }, cgroups)).toBe(1)
  }
})

describe('a container’s cgroup', () => {
  test.each([
    ['50000 100000', 1],
    ['100000 100000', 1],
    [`${cores * 100_000 + 1} 100000`, cores],
    ['max 100000', cores],
    ['', cores],
    ['nonsense', cores],
  ])('v2 cpu.max "%s": %d', (text, granted) => {
    quotaV2(text)
    expect(grantedCores({}, cgroups)).toBe(granted)
  })

  test.each([
    ['20000', '100000', 1],
    ['-1', '100000', cores],
    [String(cores * 250_000), '100000', cores],
  ])('v1 quota %s of %s: %d', (quota, period, granted) => {
    quotaV1(quota, period)
    expect(grantedCores({}, cgroups)).toBe(granted)
  })

  test('a quota of a part of a core more is rounded up, never above the mask', () => {
    quotaV2('150000 100000')
    expect(grantedCores({}, cgroups)).toBe(Math.min(2, cores))
  })

  test('whose path is the host’s, or lies outside the namespace: the root’s quota', () => {
    quotaV2('300000 100000')
    isIn('0::/kubepods/pod7/abc')
    expect(cgroupQuota(cgroups)).toBe(3)
    isIn('0::/../../elsewhere')
    expect(cgroupQuota(cgroups)).toBe(3)
  })
})

describe('the process’s own cgroup', () => {
  test('v2: its quota, or that of the tightest cgroup around it', () => {
    isIn('0::/system.slice/slurmstepd.scope/job_12/step_0')
    quotaV2('max 100000', 'system.slice')
    quotaV2('250000 100000', 'system.slice/slurmstepd.scope/job_12')
    expect(cgroupQuota(cgroups)).toBe(2.5)
    quotaV2('700000 100000', 'system.slice/slurmstepd.scope/job_12/step_0')
    expect(cgroupQuota(cgroups)).toBe(2.5)
    quotaV2('50000 100000', 'system.slice/slurmstepd.scope/job_12/step_0')
    expect(cgroupQuota(cgroups)).toBe(0.5)
    quotaV2('10000 100000', 'system.slice/other.scope')
    expect(cgroupQuota(cgroups)).toBe(0.5)
  })

  test.each(['cpu', 'cpu,cpuacct', 'cpuacct,cpu'])('v1, controllers %s', (mount) => {
    isIn('7:memory:/slurm/job_1', `4:${mount}:/slurm/job_3`, '0::/')
    quotaV1('-1', '100000', '', mount)
    quotaV1('100000', '100000', 'slurm/job_1', mount)
    quotaV1('400000', '100000', 'slurm/job_3', mount)
    expect(cgroupQuota(cgroups)).toBe(4)
  })

  test('both versions at once: the least of all quotas', () => {
    isIn('4:cpu:/a', '0::/b')
    quotaV1('400000', '100000', 'a')
    quotaV2('300000 100000', 'b')
    expect(cgroupQuota(cgroups)).toBe(3)
  })

  test('without a quota anywhere: none', () => {
    isIn('7:cpuset:/a', '0::/b', 'nonsense')
    quotaV2('max 100000', 'b')
    quotaV1('-1', '100000')
    expect(cgroupQuota(cgroups)).toBeUndefined()
  })
})

test('no cgroup: the cores of the affinity mask', () => {
  const absent = join(root, 'absent')
  expect(grantedCores({}, { root: absent, membership: join(absent, 'cgroup') })).toBe(cores)
})

test('the affinity mask counts, not the machine’s cores', (context) => {
  const program = `import { grantedCores } from '#coordinator/engines/granted-cores'
    console.log(grantedCores({}, { root: '/absent', membership: '/absent' }))`
  const args = ['-c', '0', process.execPath, '--input-type=module', '--eval', program]
  const { stdout, error, status } = spawnSync('taskset', args, { encoding: 'utf8' })
  if (error || status !== 0) context.skip('taskset cannot pin this process to core 0')
  expect(stdout).toBe('1\n')
})
