// Catches: a dry run that leaves a level out, chains levels in another order than a real one, or needs a Slurm. Cannot catch:
// what sbatch makes of it (test/slurm).
import { existsSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { gaussianRows, Workspace } from '../cli/bin.ts'
import { ran } from '../steps/support.ts'

const work = new Workspace()
afterAll(() => work.remove())
const OPTIONS = '--keys K.npy --shard-rows 4096 --fan-in 2 --query-batches 2'

beforeAll(async () => {
  work.npy('K.npy', [17_000, 3], gaussianRows(17_000, 3, 1, 20))
  await ran(work, `plan --run r ${OPTIONS}`)
})

/** What is said of each job: its level, how many tasks, and the level that it waits for. */
function jobsOf(printed: string): string[] {
  const lines = printed.split('\n').filter((line) => line.startsWith('sbatch '))
  return lines.map((line) => {
    const [, name] = /--job-name=lev-\w{16}-(\S+)/.exec(line)!
    const [, indices] = /--array=(\S+)/.exec(line)!
    const [, after = 'nothing'] = /--dependency=afterok:<lev-\w{16}-([^>]+)>/.exec(line) ?? []
    return `${name} [${indices}] after ${after}`
  })
}

test('the merge tree of a pass stands between it and the next one', async () => {
  const printed = await ran(work, 'slurm submit --run r --dry-run')
  expect(jobsOf(printed).slice(0, 4)).toEqual([
    'map-0 [0-4] after nothing',
    'merge-0-1 [0-1] after map-0',
    'merge-0-2 [0] after merge-0-1',
    'map-1 [0-4] after merge-0-2',
  ])
  expect(jobsOf(printed).slice(-3)).toEqual([
    expect.stringMatching(/^finish \[0\] after merge-\d-2$/),
    'query [0-1] after finish',
    'collect [0] after query',
  ])
  expect(printed).toMatch(/^exec .* step merge --run \S+ --level 0 --height 2$/m)
  expect(existsSync(work.path('r/log'))).toBe(false)
})

test('without it, passes follow one another', async () => {
  const printed = await ran(work, 'slurm submit --run r --dry-run --without merge')
  expect(jobsOf(printed).slice(0, 2)).toEqual(['map-0 [0-4] after nothing', 'map-1 [0-4] after map-0'])
  expect(printed).not.toContain('merge')
})
