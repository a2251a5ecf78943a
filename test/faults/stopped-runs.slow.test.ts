// Signals and closed pipes while threads are at work. Catches: a signal at some moment that leaves a file, a thread or a
// process, or is not obeyed because a worker hangs; a reader that leaves and is told of it. Cannot catch: kill -9, which
// leaves the hidden files that docs/formats.md names. While a search goes on: test/coordinator/cli/interrupted.test.ts.
import type { ChildProcess } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ended, gaussianRows, Workspace } from '../coordinator/cli/bin.ts'
import { isAlive, startFaulty } from './support.ts'

const CODES = { SIGHUP: 129, SIGINT: 130, SIGQUIT: 131, SIGTERM: 143 } as const
const work = new Workspace()
const RUN = 'run --keys K.npy --epsilon 1e-4 --shard-rows 4096 --query-batches 400 --quiet'
const FILES = '--out h.npz --universal u.lev'
const children: ChildProcess[] = []
afterAll(() => {
  for (const child of children) child.kill('SIGKILL')
  work.remove()
})
// The run takes some seconds: no moment below comes after its end.
beforeAll(() => work.npy('K.npy', [40_960, 64], gaussianRows(40_960, 64, 1)))

/** Sends `signal` and waits for the end, which comes soon. */
async function stop(child: ChildProcess, signal: keyof typeof CODES, limitMs: number) {
  const ran = ended(child)
  const started = performance.now()
  child.kill(signal)
  const { exitCode, stderr, stdout } = await ran
  expect(performance.now() - started).toBeLessThan(limitMs)
  expect(isAlive(child.pid!)).toBe(false)
  expect(work.names(), stderr).toEqual(['K.npy'])
  return { exitCode, stderr, stdout }
}

// From before Node listens to signals, through the start of threads, to passes and search.
test.each([
  [20, 'SIGTERM'],
  [80, 'SIGINT'],
  [130, 'SIGTERM'],
  [200, 'SIGHUP'],
  [300, 'SIGTERM'],
  [450, 'SIGQUIT'],
  [700, 'SIGHUP'],
  [1000, 'SIGINT'],
] as const)('%i ms after the start %s ends the run with nothing left', async (ms, signal) => {
  const child = work.start([...RUN.split(' '), ...FILES.split(' '), '--workers', '2'])
  children.push(child)
  await sleep(ms)
  const { exitCode, stderr } = await stop(child, signal, 60_000)
  // Before the command listens, the signal itself ends it, which a shell reports by the same number.
  if (child.signalCode !== null) expect(child.signalCode).toBe(signal)
  else {
    expect(exitCode).toBe(CODES[signal])
    expect(stderr).toBe(`levattention run: stopped by ${signal}; no output file is left\n`)
  }
})

test.each(['SIGINT', 'SIGTERM'] as const)('%s is obeyed while a worker hangs', async (signal) => {
  const fault = { fault: 'loop', kind: 'select', rowStart: 4096, times: 99 }
  const { child, begun } = startFaulty(work, fault, [...RUN.split(' '), ...FILES.split(' ')])
  children.push(child)
  await begun()
  const { exitCode } = await stop(child, signal, 60_000)
  expect(exitCode).toBe(CODES[signal])
})

test.each(['0', '2'])('a reader that leaves ends a run on %s threads quietly with 141', async (workers) => {
  const child = work.start([...RUN.split(' '), '--universal', 'u.lev', '--workers', workers])
  children.push(child)
  const ran = ended(child)
  child.stdout?.once('data', () => child.stdout?.destroy())
  const { exitCode, stderr } = await ran
  expect({ exitCode, stderr }).toEqual({ exitCode: 141, stderr: '' })
  expect(isAlive(child.pid!)).toBe(false)
  expect(work.names()).toEqual(['K.npy'])
})
