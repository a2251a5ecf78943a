// Worker threads that really hang: in a loop, in a wait, while they start, in a system call that does not return. Catches: a
// run that waits for ever, a task that is not tried again, long work taken for a hang, a process that its threads keep alive.
// Cannot catch: a disk that never answers, where not even SIGKILL ends a process.
import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import type { PoolOptions } from '#coordinator/engines/threads-engine'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runHere } from '../coordinator/cli/in-process.ts'
import { type Fault, isAlive, runFaulty, startFaulty } from './support.ts'
import { undisturbedRun } from './undisturbed-run.ts'

const HANG_LIMIT_MS = 500
const undisturbed = undisturbedRun()
const { work, args } = undisturbed

test.each<[string, Fault]>([
  ['in a loop', { fault: 'loop', kind: 'gram', rowStart: 4096, times: 1 }],
  ['in a wait', { fault: 'wait', kind: 'search', rowStart: 3072, times: 1 }],
])('a worker that hangs %s is ended at the limit and replaced: the same bytes', async (_, fault) => {
  const ran = await runFaulty(work, fault, args, { hangLimitMs: HANG_LIMIT_MS })
  undisturbed.expectCompleted(ran, fault.times)
})

test('one that hangs each time ends the run with 70 after three limits', async () => {
  const fault: Fault = { fault: 'loop', kind: 'select', rowStart: 8192, times: 99 }
  const ran = await runFaulty(work, fault, args, { hangLimitMs: HANG_LIMIT_MS })
  const text =
    /task select of rows 8192 to 12287 of K\.npy failed 3 times; the last time its worker gave no sign of life for 0\.5 s/
  undisturbed.expectGivenUp(ran, text)
  expect(ran.faults).toBe(3)
  expect(ran.ms).toBeGreaterThan(3 * HANG_LIMIT_MS)
})

test('workers that hang while they start: 70, and what to do', async () => {
  const ran = await runFaulty(work, { fault: 'start-hang', times: 99 }, args, { startLimitMs: 500 })
  const text = /a worker thread cannot start: no worker began it within 0\.5 s\. `--workers 0`/
  undisturbed.expectGivenUp(ran, text)
})

test('one of two that hangs while it starts leaves its tasks to the other: the same bytes', async () => {
  const ran = await runFaulty(work, { fault: 'start-hang', times: 1 }, args, { startLimitMs: 4000 })
  undisturbed.expectCompleted(ran, 1)
})

test('a task that works on for longer than the limit, on a slow disk, is not taken for a hang', async () => {
  // Five reads of 150 ms each; the third that is taken for a hang ends the run.
  const fault: Fault = { fault: 'slow', kind: 'gram', times: 99 }
  const command = 'build K.npy --epsilon .01 --shards 1 --quiet --out u.lev'.split(' ') as [string]
  const ran = await runFaulty(work, fault, command, { hangLimitMs: HANG_LIMIT_MS })
  expect(ran).toMatchObject({ exitCode: 0, stderr: '', faults: 1 })
  expect(ran.ms).toBeGreaterThan(750)
  work.removeFile('u.lev')
})

test('--hang-limit takes seconds', async () => {
  const ran = await runHere(work, ...args, '--hang-limit', '0')
  expect(ran.exitCode).toBe(2)
  expect(ran.stderr).toContain('--hang-limit')
})

describe('a worker that the system holds in a call', () => {
  const fifo = `${work.folder}.fifo`
  const short = { hangLimitMs: 300, closeLimitMs: 500, endLimitMs: 500 }
  const start = (times: number, limits: PoolOptions = short) =>
    startFaulty(work, { fault: 'stuck', kind: 'select', rowStart: 0, times, fifo }, args, limits)
  beforeAll(() => {
    if (process.platform !== 'win32') execFileSync('mkfifo', [fifo])
  })
  afterAll(() => rmSync(fifo, { force: true }))

  test.skipIf(process.platform === 'win32')('does not hold the error: the process kills itself', async () => {
    const { child, ran } = start(99)
    const { stderr } = await ran
    expect(stderr).toMatch(/rows 0 to 4095 of K\.npy failed 3 times; .*no sign of life for 0\.3 s/)
    expect(stderr).toMatch(/worker threads did not end within 0\.5 s/)
    expect(child.signalCode).toBe('SIGKILL')
    expect(isAlive(child.pid!)).toBe(false)
    undisturbed.expectNothingLeft()
  })

  test.skipIf(process.platform === 'win32')('nor the run, which another worker completes', async () => {
    const { child, ran } = start(1)
    expect((await ran).stderr).toMatch(/1 worker thread did not end within 0\.5 s/)
    expect(child.signalCode).toBe('SIGKILL')
    undisturbed.expectSameBytes()
  })

  test.skipIf(process.platform === 'win32')('nor a second SIGINT, which ends all at once', async () => {
    const { child, ran, begun } = start(1, {})
    await begun()
    // Two at once may arrive as one.
    const again = setInterval(() => child.kill('SIGINT'), 100)
    await ran.finally(() => clearInterval(again))
    expect(child.signalCode).toBe('SIGINT')
    undisturbed.expectNothingLeft()
  })
})
