// Catches: copies of one step that disturb one another when they run at the same time, and steps that make again what stands.
// Cannot catch: a disk on which a rename is not atomic.
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { ended, gaussianRows, Workspace } from '../cli/bin.ts'
import { ran, resultBytes } from './support.ts'

vi.setConfig({ testTimeout: 120_000 })
const work = new Workspace()
afterAll(() => work.remove())
const OPTIONS = '--keys K.npy --queries Q.npy --shard-rows 4096 --fan-in 2 --query-batches 2'

beforeAll(async () => {
  work.npy('K.npy', [9000, 5], gaussianRows(9000, 5, 1, 20))
  work.npy('Q.npy', [120, 5], gaussianRows(120, 5, 2))
  await ran(work, `run ${OPTIONS} --checkpoint one --out one.npz`)
})

/** The run folder's own files by name, with what tells one file from another of the same name. */
function files(): Map<string, string> {
  const folders = ['r/parts', 'r/result']
  const paths = folders.flatMap((folder) => readdirSync(work.path(folder)).map((name) => `${folder}/${name}`))
  return new Map(
    paths.map((path) => {
      const { ino, mtimeNs } = statSync(work.path(path), { bigint: true })
      return [path, `${ino} ${mtimeNs}`]
    }),
  )
}

/** Two copies of a step side by side, each in a process of its own. What the folder gained. */
async function twiceAtOnce(step: string): Promise<string[]> {
  const before = files()
  const copies = [1, 2].map(() => ended(work.start(['step', ...step.split(' '), '--run', 'r', '--quiet'])))
  for (const { exitCode, stderr } of await Promise.all(copies))
    expect({ exitCode, stderr }, step).toEqual({ exitCode: 0, stderr: '' })
  return [...files().keys()].filter((path) => !before.has(path))
}

test('copies of any step at once leave one output, the same bytes and no error', async () => {
  await ran(work, `plan --run r ${OPTIONS}`)
  const { mapLevels } = JSON.parse(readFileSync(work.path('r/plan.json'), 'utf8')) as { mapLevels: number }
  expect(await twiceAtOnce('map --level 0 --index 0')).toEqual([
    expect.stringMatching(/^r\/parts\/gram\.0-4096\.\w+\.part$/),
  ])
  await ran(work, 'step map --run r --level 0 --index 0 --shards-per-task 9')
  expect(await twiceAtOnce('merge --level 0 --index 0')).toEqual([
    expect.stringMatching(/^r\/parts\/merge\.\w+\.part$/),
  ])
  for (let level = 1; level < mapLevels; level++)
    await ran(work, `step map --run r --level ${level} --index 0 --shards-per-task 9`)
  expect(await twiceAtOnce('finish')).toContain('r/result/universal.lev')
  expect(await twiceAtOnce('query --index 1')).toEqual(['r/parts/query.60-120.part'])
  await ran(work, 'step query --run r --index 0')
  expect((await twiceAtOnce('collect')).sort()).toEqual(
    expect.arrayContaining(['r/result/heavy.npz', 'r/result/summary.json']),
  )
  expect([...files().keys()].filter((path) => path.includes('.levattention-'))).toEqual([])
  expect(resultBytes(work, 'r')).toEqual(resultBytes(work, 'one'))
})

test('a step whose output stands writes nothing', async () => {
  const before = files()
  for (const step of ['map --index 1', 'merge --index 0', 'finish', 'query --index 0', 'collect'])
    await ran(work, `step ${step} --run r`)
  expect(files()).toEqual(before)
})
