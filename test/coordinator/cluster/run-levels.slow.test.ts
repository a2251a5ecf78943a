// Catches: levels out of order, a failed task that is taken for done, missing tasks that are passed over. Needs GNU parallel.
import { existsSync, readdirSync, readFileSync, renameSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { ended, gaussianRows, Workspace } from '../cli/bin.ts'
import { ran, resultBytes } from '../steps/support.ts'
import { isThere } from '../../slurm/cluster.ts'
import { tiered } from '../../support/tier.ts'

vi.setConfig({ testTimeout: 120_000 })
const isMissing = !isThere('parallel')
if (isMissing)
  console.log('tests of GNU parallel are skipped: parallel is not installed (apt-get install parallel)')

describe.skipIf(isMissing)('GNU parallel', () => {
  const work = new Workspace()
  const OPTIONS = '--keys K.npy --queries Q.npy --shard-rows 4096 --fan-in 2 --query-batches 2'
  afterAll(() => work.remove())
  beforeAll(async () => {
    work.npy('K.npy', [17_000, 4], gaussianRows(17_000, 4, 1, 20))
    work.npy('Q.npy', [40, 4], gaussianRows(40, 4, 2))
    await ran(work, `run ${OPTIONS} --checkpoint one --out one.npz`)
  })

  test('a task that fails ends it with 70 and a joblog; the same command then goes on to the same bytes', async () => {
    await ran(work, `plan --run r ${OPTIONS}`)
    await ran(work, 'step map --run r --level 0 --index 1')
    const failed = await ended(
      work.start(['parallel', '--run', 'r', '--jobs', '2', '--', '--tmpdir', '/no/such/folder']),
    )
    expect(failed.exitCode, failed.stderr).toBe(70)
    const went = await ended(work.start(['parallel', '--run', 'r', '--jobs', '2']))
    expect(went.exitCode, went.stderr).toBe(0)
    expect(resultBytes(work, 'r')).toEqual(resultBytes(work, 'one'))
    // It says where the result is, and how many pairs are in it.
    const { pairs, universalSize } = JSON.parse(
      readFileSync(work.path('r/result/summary.json'), 'utf8'),
    ) as Record<string, number>
    expect(went.stderr).toContain('levattention parallel: all')
    const told = went.stderr.replaceAll(/\s+/g, ' ').replaceAll(',', '')
    expect(told).toContain(`result/heavy.npz: ${pairs} heavy pairs`)
    expect(told).toContain(`result/universal.lev: the ${universalSize} keys of the universal set`)
    const log = readFileSync(work.path('r/log/map-0.joblog'), 'utf8')
    expect(log.trim().split('\n')).toHaveLength(1 + 4)
    // Five shards: two sums of two, and one of these.
    expect(readFileSync(work.path('r/log/merge-0-1.joblog'), 'utf8').trim().split('\n')).toHaveLength(1 + 2)
    expect(existsSync(work.path('r/log/merge-0-2.joblog'))).toBe(true)
    // Nothing is dependent: no level of refining was started.
    expect(existsSync(work.path('r/log/map-2.joblog'))).toBe(false)
  })

  // Slurm leaves them out too (test/slurm).
  test.skipIf(tiered(true, false))('merge steps can be left out', async () => {
    await ran(work, 'plan --run flat --job build --keys K.npy --shard-rows 4096 --fan-in 2')
    const { exitCode, stderr } = await ended(
      work.start(['parallel', '--run', 'flat', '--jobs', '2', '--without', 'merge']),
    )
    expect(exitCode, stderr).toBe(0)
    expect(readFileSync(work.path('flat/result/universal.lev'))).toEqual(resultBytes(work, 'one')[0])
    expect(readdirSync(work.path('flat/parts')).filter((name) => name.startsWith('merge'))).toEqual([])
  })

  test('an input that is gone is told before anything starts', async () => {
    await ran(work, `plan --run gone ${OPTIONS} --epsilon 0.2`)
    renameSync(work.path('K.npy'), work.path('K.gone'))
    const { exitCode, stderr } = await ended(work.start(['parallel', '--run', 'gone', '--jobs', '2']))
    renameSync(work.path('K.gone'), work.path('K.npy'))
    expect(exitCode).toBe(75)
    expect(stderr).toContain('K.npy is gone')
  })
})
