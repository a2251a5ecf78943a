// Catches: a signal that leaves a file, another exit code, or a process that goes on; an input that changes under the run.
// Cannot catch: a kill -9, which leaves the hidden files that docs/formats.md names.
import type { ChildProcess } from 'node:child_process'
import { utimesSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { ended, gaussianRows, Workspace } from './bin.ts'

const work = new Workspace()
// A busy machine takes its time to come to the search.
vi.setConfig({ testTimeout: 120_000 })
// U holds every key and the batches are small: the search takes many seconds, and says so soon. A changed input is
// noticed after each MiB read, which is 1024 rows here.
const LONG_JOB =
  'run --keys K.bin --dtype f32 --cols 256 --epsilon .01 --query-batches 400 --out h.npz --universal u.lev'
const children: ChildProcess[] = []

function startJob(...options: string[]): ChildProcess {
  const child = work.start([...LONG_JOB.split(' '), ...options])
  children.push(child)
  return child
}

afterAll(() => {
  for (const child of children) child.kill('SIGKILL')
  work.remove()
})
beforeAll(() => writeFileSync(work.path('K.bin'), gaussianRows(12_000, 256, 1)))

/** Resolves when the job says that it searches. */
async function searching(child: ChildProcess): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    let text = ''
    child.stderr?.on('data', (piece: Buffer) => {
      text += String(piece)
      if (text.includes('searching queries')) resolve()
    })
    child.on('close', () => reject(new Error(`ended before it searched: ${text}`)))
  })
}

test.concurrent.each([
  ['SIGINT', '0', 130],
  ['SIGTERM', '2', 143],
] as const)('%s with --workers %s ends the run with nothing left', async (signal, workers, exitCode) => {
  const child = startJob('--workers', workers, '--json')
  const ran = ended(child)
  await searching(child)
  child.kill(signal)
  const { stdout, exitCode: found } = await ran
  expect(found).toBe(exitCode)
  expect(JSON.parse(stdout)).toMatchObject({ exitCode, error: { tag: 'Aborted' } })
})

test('none of them left a file', () => {
  expect(work.names()).toEqual(['K.bin'])
})

test('an input that is written to during the run ends it with 75 and nothing left', async () => {
  const child = startJob('--workers', '0')
  const ran = ended(child)
  await searching(child)
  utimesSync(work.path('K.bin'), new Date(), new Date())
  const { exitCode, stderr } = await ran
  expect(exitCode).toBe(75)
  expect(stderr).toContain('K.bin')
  expect(work.names()).toEqual(['K.bin'])
})
