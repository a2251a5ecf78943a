// Catches: a merge level in the wrong place, one that is asked for in vain, tasks that stand and are done again. Cannot catch:
// whether the steps do what their levels say (steps.test.ts, test/slurm).
import { planned } from '#coordinator/checkpoint/run-plan'
import type { RunStatus } from '#coordinator/steps/status'
import { stepLevels } from '#coordinator/steps/step-levels'
import { expect, test } from 'vitest'

const range = (count: number) => [...Array(count).keys()]

function planOf(shards: number, fanIn: number, job: 'run' | 'sample' = 'run') {
  return planned({
    job,
    options: {},
    inputs: [],
    content: { keys: '', queries: '' },
    rowCount: shards,
    dim: 1,
    shards: range(shards).map((i) => ({ rowStart: i, rowEnd: i + 1 })),
    fanIn,
    mapLevels: 2,
    queryBatches: range(6).map((i) => ({ rowStart: i, rowEnd: i + 1 })),
  })
}

const tasks = (total: number, missing: number[]) => ({
  total,
  done: total - missing.length,
  missing,
  broken: [],
})

/** Of a run of which nothing is done but what `standing` says. */
function statusOf(plan: ReturnType<typeof planOf>, standing: Partial<RunStatus> = {}): RunStatus {
  return {
    runId: plan.runId,
    job: plan.job,
    levels: [],
    mapLevels: 2,
    mapped: false,
    finished: false,
    queries: tasks(6, range(6)),
    collected: false,
    hasFinish: true,
    results: [],
    brokenResults: [],
    ...standing,
  }
}

const left = (...args: Parameters<typeof stepLevels>) =>
  stepLevels(...args)
    .filter(({ missing }) => missing.length > 0)
    .map(({ name, missing }) => `${name}: ${missing.length}`)

test('each pass is summed up level by level before the next one reads it', () => {
  const plan = planOf(24, 4)
  expect(left(plan, statusOf(plan))).toEqual([
    'map-0: 24',
    'merge-0-1: 6',
    'merge-0-2: 1',
    'map-1: 24',
    'merge-1-1: 6',
    'merge-1-2: 1',
    'finish: 1',
    'query: 6',
    'collect: 1',
  ])
})

test('without merges, for a tree of one level, and for a sample there are none', () => {
  const plan = planOf(24, 4)
  const flat = ['map-0: 24', 'map-1: 24', 'finish: 1', 'query: 6', 'collect: 1']
  expect(left(plan, statusOf(plan), { merges: false })).toEqual(flat)
  const low = planOf(24, 16)
  expect(left(low, statusOf(low))).toEqual(flat)
  const sample = planOf(24, 4, 'sample')
  expect(left(sample, statusOf(sample))).toEqual(flat.slice(0, 3))
})

test('only sums that are missing are asked for, where a pass is known', () => {
  const plan = planOf(24, 4)
  const merges = [
    { height: 1, ...tasks(6, [2, 5]) },
    { height: 2, ...tasks(1, [0]) },
  ]
  const first = { level: 0, kind: 'gram', merges, ...tasks(24, []) }
  // Two shards stayed open: this pass is too short for a sum.
  const second = { level: 1, kind: 'select', merges: [], ...tasks(2, [1]) }
  const status = statusOf(plan, { levels: [first, second] })
  expect(left(plan, status)).toEqual([
    'merge-0-1: 2',
    'merge-0-2: 1',
    'map-1: 1',
    'finish: 1',
    'query: 6',
    'collect: 1',
  ])
  const finished = { ...status, mapped: true, finished: true }
  expect(left(plan, finished)).toEqual(['query: 6', 'collect: 1'])
})
