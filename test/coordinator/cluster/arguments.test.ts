// Catches: an array that is cut wrong, a dependency left out, a default that cannot be removed, a word that the shell takes
// apart, output of Slurm's that is misread. Cannot catch: what a real Slurm makes of it (test/slurm, slow).
import { execFileSync } from 'node:child_process'
import { toolError } from '#coordinator/cluster/slurm-tool'
import { arrayJobs } from '#coordinator/cluster/array-jobs'
import { jobIdOf, jobTasksOf, maxArraySizeOf } from '#coordinator/cluster/slurm-output'
import { jobScript, shellQuoted } from '#coordinator/cluster/job-script'
import { requireDefaults, requireNotOurs, sbatchArguments } from '#coordinator/cluster/sbatch-arguments'
import { stepIndex } from '#coordinator/cli/options/step-index'
import type { StepLevel } from '#coordinator/steps/step-levels'
import { describe, expect, test } from 'vitest'

const level = (missing: number[], tasks = 100): StepLevel => ({
  name: 'map-0',
  level: 0,
  step: 'map',
  tasks,
  missing,
})
const settings = { without: [], passed: [] }

test('every missing task is in exactly one array, below MaxArraySize', () => {
  for (const shardsPerTask of [1, 3]) {
    for (const maxArraySize of [1, 4, 1001]) {
      const missing = [0, 1, 2, 7, 8, 40, 41, 99]
      const [jobs] = arrayJobs('id', [level(missing)], { maxArraySize, shardsPerTask, batchesPerTask: 1 })
      const done = jobs.flatMap(({ indices, indexOffset }) =>
        indices.flatMap((index) => {
          expect(index).toBeLessThan(maxArraySize)
          const first = shardsPerTask * stepIndex({ SLURM_ARRAY_TASK_ID: `${index}` }, indexOffset)
          return Array.from({ length: shardsPerTask }, (_, i) => first + i)
        }),
      )
      expect(new Set(done).size).toBe(done.length)
      expect(done).toEqual(expect.arrayContaining(missing))
    }
  }
})

test('levels without missing tasks are passed over', () => {
  expect(arrayJobs('id', [level([])], { maxArraySize: 10, shardsPerTask: 1, batchesPerTask: 1 })).toEqual([])
})

describe('arguments of sbatch', () => {
  const [[job]] = arrayJobs('id', [level([0, 1, 2, 5])], {
    maxArraySize: 10,
    shardsPerTask: 1,
    batchesPerTask: 1,
  })

  test('the next level waits for all jobs of the one before', () => {
    const args = sbatchArguments(job, ['7', '8'], '/log', settings)
    expect(args).toEqual(
      expect.arrayContaining(['--array=0-2,5', '--dependency=afterok:7:8', '--kill-on-invalid-dep=yes']),
    )
  })

  test('what is not asked for is not said: no memory, no time, no partition', () => {
    const args = sbatchArguments(job, [], '/log', settings).join(' ')
    expect(args).not.toMatch(/mem|time|partition|account|qos|cpus|dependency/)
  })

  test('every default can be left out, and what is passed on comes last', () => {
    const without = ['kill-on-invalid-dep', 'merge', 'open-mode', 'output', 'requeue']
    requireDefaults(without)
    const args = sbatchArguments(job, ['7'], '/log', {
      without,
      passed: ['--constraint=x'],
      arrayLimit: 5,
      mem: '2G',
    })
    expect(args).toEqual([
      '--parsable',
      '--job-name=lev-id-map-0',
      '--array=0-2,5%5',
      '--dependency=afterok:7',
      '--mem=2G',
      '--constraint=x',
    ])
    expect(() => requireDefaults(['mem'])).toThrow(/--without mem/)
  })

  test.each([
    ['--job-name=x'],
    ['--job-name'],
    ['--job=x'],
    ['--arr'],
    ['-J'],
    ['-Jx'],
    ['--array=1'],
    ['-a'],
    ['--parsable'],
  ])('what jobs are found by is not passed on: %s', (argument) => {
    requireNotOurs(['--constraint=x', '--account=y', '--comment=z'])
    expect(() => requireNotOurs(['--constraint=x', argument])).toThrow(
      expect.objectContaining({ tag: 'Option', message: expect.stringContaining(argument) as string }),
    )
  })

  test('the script is absolute, quoted, and replaced by the step', () => {
    const script = jobScript(job, {
      node: '/n o/node',
      command: '/l.mjs',
      run: "/it's",
      setup: ['module load nodejs'],
    })
    expect(script).toBe(
      `#!/bin/sh\nmodule load nodejs\nexec '/n o/node' /l.mjs step map --run '/it'\\''s' --level 0\n`,
    )
  })
})

test('a merge step is told its level and height, and its indices are cut as those of others', () => {
  const merge: StepLevel = {
    name: 'merge-1-2',
    step: 'merge',
    level: 1,
    height: 2,
    tasks: 7,
    missing: [1, 5, 6],
  }
  const [jobs] = arrayJobs('id', [merge], { maxArraySize: 5, shardsPerTask: 3, batchesPerTask: 2 })
  expect(jobs).toMatchObject([
    { name: 'lev-id-merge-1-2', indices: [1], indexOffset: 0, perTask: 1 },
    { name: 'lev-id-merge-1-2-1', indices: [0, 1], indexOffset: 5, perTask: 1 },
  ])
  expect(jobScript(jobs[1], { node: 'node', command: '/l.mjs', run: '/r', setup: [] })).toContain(
    'exec node /l.mjs step merge --run /r --level 1 --height 2 --index-offset 5\n',
  )
})

test.each(["it's", 'a b', '$HOME', '`x`', 'plain', '', 'new\nline', '{}'])(
  'the shell reads back %j',
  (word) => {
    expect(execFileSync('sh', ['-c', `printf %s ${shellQuoted(word)}`], { encoding: 'utf8' })).toBe(word)
  },
)

test.each([
  ['12\n', '12'],
  ['12;cluster\n', '12'],
])('sbatch printed %j', (printed, id) => expect(jobIdOf(printed)).toBe(id))

test('what is no job id is told', () => expect(() => jobIdOf('Submitted')).toThrow(/no job id/))

test('MaxArraySize, and what holds where it is not shown', () => {
  expect(maxArraySizeOf('Foo = 1\nMaxArraySize            = 5\n')).toBe(5)
  expect(maxArraySizeOf('')).toBe(1001)
})

// What squeue 22.05 says.
test.each([
  ['slurm_load_jobs error: Unable to contact slurm controller (connect failure)', 'Overloaded'],
  ['sbatch: error: Batch job submission failed: Socket timed out on send/recv operation', 'Overloaded'],
  ['squeue: fatal: Could not establish a configuration source', 'NotFound'],
  ['squeue: error: ClusterName\nsqueue: fatal: Unable to process configuration file', 'NotFound'],
  ['sbatch: error: invalid partition specified: no', 'Option'],
])('a tool that fails with %j', (stderr, tag) => {
  expect(toolError('squeue', { exitCode: 1, stdout: '', stderr })).toMatchObject({ tag })
})

test('lines of squeue', () => {
  const printed = '3|0|PENDING|Dependency||lev-a-0\n4|N/A|RUNNING|None|n1|lev|b\nslurm_load_jobs error\n'
  expect(jobTasksOf(printed)).toEqual([
    { jobId: '3', index: 0, state: 'PENDING', reason: 'Dependency', nodes: '', name: 'lev-a-0' },
    { jobId: '4', index: undefined, state: 'RUNNING', reason: 'None', nodes: 'n1', name: 'lev|b' },
  ])
})
