// The file that piscina loads, in a thread as piscina makes it. Catches: a thread that gives no sign of life while it works or
// counts in another task's place, an error that leaves the thread as anything but data. Cannot catch: a failed allocation,
// which ends the thread (test/faults/dying-workers.test.ts).
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { Worker } from 'node:worker_threads'
import { afterAll, expect, test } from 'vitest'
import { gaussian } from '../support/matrices.ts'
import { sourceOf } from '../support/run-inline.ts'

const ENTRY = createRequire(import.meta.url).resolve('@levattention/worker/pool-entry')
const PROGRAM = `
  const { parentPort } = require('node:worker_threads')
  const { handle } = require(${JSON.stringify(ENTRY)})
  parentPort.on('message', (message) => parentPort.postMessage(handle(message)))`
const thread = new Worker(PROGRAM, { eval: true, workerData: [{}, { kernelsModule: undefined }] })
afterAll(() => thread.terminate())

/** The thread's answer, and how often it beat in the task's own place. */
async function answered(kind: string, request: object): Promise<{ answer: unknown; beats: number }> {
  const pulse = new Int32Array(new SharedArrayBuffer(4))
  const answer = once(thread, 'message')
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a Worker has no origin
  thread.postMessage({ kind, request, pulse })
  return { answer: ((await answer) as [unknown])[0], beats: pulse[0] }
}

const gramOf = (rows: number) => ({
  source: sourceOf(gaussian(rows, 4, 1)).spec,
  range: { rowStart: 0, rowEnd: rows },
})

test('a task beats when it begins, and for its reads and kernels, in its own place', async () => {
  const { answer, beats } = await answered('ping', {})
  expect(answer).toEqual({ ok: true, result: { kernels: 'scalar' } })
  expect(beats).toBeGreaterThanOrEqual(1)
  const short = await answered('gram', gramOf(100))
  const long = await answered('gram', gramOf(100_000))
  expect(short.beats).toBeGreaterThan(1)
  expect(long.beats).toBeGreaterThan(short.beats)
})

test('what a task throws is answered as data, and the thread goes on', async () => {
  const request = gramOf(100)
  const { answer } = await answered('gram', { ...request, range: { rowStart: 0, rowEnd: 200 } })
  expect(answer).toMatchObject({ ok: false, error: { tag: expect.any(String) as string } })
  expect((await answered('ping', {})).answer).toMatchObject({ ok: true })
})
