// Catches: more threads than the cores that are really granted: by SLURM, a cgroup's quota (v2, v1) or the affinity mask.
// Cannot catch: quotas of a parent cgroup that the container does not show.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { grantedCores } from '@levattention/coordinator/internal'
import { afterEach, beforeEach, expect, test } from 'vitest'

const cores = availableParallelism()
let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'granted-cores-'))
})
afterEach(() => rmSync(root, { recursive: true }))

function quotaV1(quota: string, period: string): void {
  mkdirSync(join(root, 'cpu'))
  writeFileSync(join(root, 'cpu', 'cpu.cfs_quota_us'), quota)
  writeFileSync(join(root, 'cpu', 'cpu.cfs_period_us'), period)
}

test('SLURM’s grant comes first, where it is a count', () => {
  writeFileSync(join(root, 'cpu.max'), '100000 100000\n')
  expect(grantedCores({ SLURM_CPUS_PER_TASK: '7' }, root)).toBe(7)
  for (const nonsense of ['', '0', '-2', '1.5', 'all']) {
    expect(grantedCores({ SLURM_CPUS_PER_TASK: nonsense }, root)).toBe(1)
  }
})

test.each([
  ['50000 100000', 1],
  ['100000 100000', 1],
  [`${cores * 100_000 + 1} 100000`, cores],
  ['max 100000', cores],
  ['', cores],
  ['nonsense', cores],
])('cgroup v2 cpu.max "%s": %d', (text, granted) => {
  writeFileSync(join(root, 'cpu.max'), `${text}\n`)
  expect(grantedCores({}, root)).toBe(granted)
})

test.each([
  ['20000', '100000', 1],
  ['-1', '100000', cores],
  [String(cores * 250_000), '100000', cores],
])('cgroup v1 quota %s of %s: %d', (quota, period, granted) => {
  quotaV1(quota, period)
  expect(grantedCores({}, root)).toBe(granted)
})

test('a quota of a part of a core more is rounded up, never above the mask', () => {
  writeFileSync(join(root, 'cpu.max'), '150000 100000\n')
  expect(grantedCores({}, root)).toBe(Math.min(2, cores))
})

test('no cgroup: the cores of the affinity mask', () => {
  expect(grantedCores({}, join(root, 'absent'))).toBe(cores)
})
