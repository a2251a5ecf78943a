// Catches: half-written files of killed steps that stay for ever, and those of living copies that are removed. Cannot catch: what
// another host left, which goes after a day (test/core/files/temporaries.test.ts).
import type { ChildProcess } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, expect, test, vi } from 'vitest'
import { ended, gaussianRows, signalAtCall, Workspace } from '../cli/bin.ts'
import { ran, resultBytes } from './support.ts'

vi.setConfig({ testTimeout: 60_000 })
const work = new Workspace()
afterAll(() => work.remove())
const OPTIONS = '--keys K.npy --queries Q.npy --shard-rows 4096 --query-batches 2'

/** The command, which gets `signal` while a file of its is half written. */
function signalled(signal: 'SIGKILL' | 'SIGABRT' | 'SIGSTOP', commandLine: string): ChildProcess {
  return work.start(commandLine.split(' '), { env: signalAtCall('fsync', signal) })
}

const halfWritten = (folder: string) =>
  readdirSync(work.path(folder)).filter((name) => name.startsWith('.levattention-'))

test('what a killed run left beside its output goes with the next one there', async () => {
  work.npy('k.npy', [300, 4], gaussianRows(300, 4, 1))
  await ended(signalled('SIGKILL', 'run --keys k.npy --out h.npz'))
  expect(halfWritten('.')).toHaveLength(1)
  await ran(work, 'run --keys k.npy --out h.npz')
  expect(halfWritten('.')).toEqual([])
})

test('what a killed step left goes, and what a living copy writes stays', async () => {
  work.npy('K.npy', [9000, 4], gaussianRows(9000, 4, 1, 20))
  work.npy('Q.npy', [40, 4], gaussianRows(40, 4, 2))
  await ran(work, `run ${OPTIONS} --checkpoint one --out one.npz`)
  // Killed while it planned: planned again in the same folder.
  await ended(signalled('SIGKILL', `plan --run r ${OPTIONS}`))
  expect(halfWritten('r')).toHaveLength(1)
  await ran(work, `plan --run r ${OPTIONS}`)

  expect((await ended(signalled('SIGKILL', 'step map --run r --index 0'))).exitCode).toBe(null)
  const [dead] = halfWritten('r/parts')
  const living = signalled('SIGSTOP', 'step map --run r --index 0')
  const end = ended(living)
  while (halfWritten('r/parts').length < 2) await sleep(10)
  const [alive] = halfWritten('r/parts').filter((name) => name !== dead)

  await ran(work, 'step map --run r --index 0 --shards-per-task 9')
  await ran(work, 'step map --run r --level 1 --index 0 --shards-per-task 9')
  await ran(work, 'step finish --run r')
  expect(halfWritten('r/parts')).toEqual([alive])
  expect(halfWritten('r')).toEqual([])
  living.kill('SIGCONT')
  expect(await end).toMatchObject({ exitCode: 0 })
  expect(halfWritten('r/parts')).toEqual([])

  await ended(signalled('SIGKILL', 'step query --run r --index 0'))
  await ran(work, 'step query --run r --index 0 --batches-per-task 2')
  expect(halfWritten('r/parts')).toHaveLength(1)
  await ended(signalled('SIGKILL', 'step collect --run r'))
  expect(halfWritten('r/result').length).toBeGreaterThan(0)
  await ran(work, 'step collect --run r')
  expect([...halfWritten('r/parts'), ...halfWritten('r/result')]).toEqual([])
  expect(resultBytes(work, 'r')).toEqual(resultBytes(work, 'one'))
})

test('a checkpointed run that was killed, or aborted, leaves nothing behind once it goes on', async () => {
  for (const signal of ['SIGKILL', 'SIGABRT', 'SIGABRT'] as const) {
    const child = signalled(signal, `run ${OPTIONS} --checkpoint c --out c.npz --workers 2`)
    await ended(child)
    expect(child.signalCode).toBe(signal)
  }
  await ran(work, `run ${OPTIONS} --checkpoint c --out c.npz`)
  expect(['c', 'c/parts', 'c/result'].flatMap(halfWritten)).toEqual([])
  expect(resultBytes(work, 'c')).toEqual(resultBytes(work, 'one'))
})
