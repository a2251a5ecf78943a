// Catches: a submission that Slurm refuses half-way and that does not name what is queued, or what is told to be typed then and is
// no way on. Cannot catch: what a real Slurm says (test/slurm).
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { gaussianRows, Workspace } from '../coordinator/cli/bin.ts'
import { runHere } from '../coordinator/cli/in-process.ts'
import { countAdvice } from '../support/advice/done.ts'
import { told, typedAs } from '../support/advice/typed.ts'

countAdvice(import.meta.url)
const work = new Workspace()
const { PATH = '' } = process.env
const LIMIT =
  'sbatch: error: Batch job submission failed: Job violates accounting/QOS policy (job submit limit)'
const SUBMIT = ['slurm', 'submit', '--run', 'r']

/** A Slurm that takes `most` submissions, and then says `text`. */
function slurm(most: number, text = ''): void {
  rmSync(work.path('count'), { force: true })
  const tools = {
    scontrol: 'echo "MaxArraySize = 3"',
    squeue: 'exit 0',
    sbatch: `cat > /dev/null; n=$(($(cat '${work.path('count')}' 2>/dev/null || echo 0) + 1))
      if [ $n -gt ${most} ]; then echo '${text}' >&2; exit 1; fi
      echo $n > '${work.path('count')}'; echo $((1000 + n))`,
  }
  for (const [name, script] of Object.entries(tools)) {
    writeFileSync(work.path(`bin/${name}`), `#!/bin/sh\n${script}\n`)
    chmodSync(work.path(`bin/${name}`), 0o755)
  }
}

const taken = () => (existsSync(work.path('count')) ? Number(readFileSync(work.path('count'), 'utf8')) : 0)

beforeAll(async () => {
  mkdirSync(work.path('bin'))
  work.npy('K.npy', [33_000, 3], gaussianRows(33_000, 3, 1, 20))
  const planned = await runHere(work, 'plan', ...'--run r --keys K.npy --shard-rows 4096'.split(' '))
  expect(planned.exitCode).toBe(0)
})
beforeEach(() => {
  process.env.PATH = `${work.path('bin')}:${PATH}`
})
afterAll(() => {
  process.env.PATH = PATH
  work.remove()
})

test.each([
  [0, 2, ''],
  [1, 75, 'job 1001 (lev-'],
  [2, 75, 'jobs 1001 (lev-'],
])('a limit after %d jobs: fewer and larger tasks', async (most, exitCode, queued) => {
  slurm(most, LIMIT)
  const { stderr } = await runHere(work, ...(SUBMIT as [string]))
  expect(stderr).toContain('job submit limit')
  expect(stderr).toContain(queued)
  expect(stderr.includes(`scancel 1001${most > 1 ? ' 1002' : ''}`)).toBe(most > 0)
  slurm(most, LIMIT)
  const found = await told(work, ...SUBMIT)
  expect([found.exitCode, found.spans]).toEqual([exitCode, ['--shards-per-task 8']])
  // Once the queued ones are over.
  slurm(99)
  await runHere(work, ...(SUBMIT as [string]))
  const before = taken()
  slurm(99)
  await typedAs(work, found.spans[0], SUBMIT)
  expect(taken()).toBeLessThan(before)
})

test('a controller that goes silent half-way', async () => {
  slurm(2, 'sbatch: error: Batch job submission failed: Socket timed out on send/recv operation')
  const { exitCode, stderr } = await runHere(work, ...(SUBMIT as [string]))
  expect(exitCode).toBe(75)
  expect(stderr.replaceAll(/\s+/g, ' ')).toMatch(
    /jobs 1001 \(lev-\w+-map-0, 3 tasks\), 1002 \(lev-\w+-map-0-1, 3 tasks\)\. What they do stays done: once they are over type the same line again/,
  )
})
