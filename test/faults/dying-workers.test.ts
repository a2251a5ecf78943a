// Worker threads that really die: by process.exit(), an uncaught exception, an exhausted heap, terminate(), no memory for an
// array, a file that does not load. Catches: a shard that is lost with its worker, other bytes after a second try, tries
// without an end, an error that does not name the rows, files or threads that stay. Cannot catch: a death of the whole
// process.
import { describe, expect, test } from 'vitest'
import { watchWorkers } from '../coordinator/engines/watched-workers.ts'
import { tiered } from '../support/tier.ts'
import { type Fault, happened, runFaulty } from './support.ts'
import { undisturbedRun } from './undisturbed-run.ts'

const SMALL_HEAP = { resourceLimits: { maxOldGenerationSizeMb: 48, maxYoungGenerationSizeMb: 8 } }
const undisturbed = undisturbedRun()
const { work, args } = undisturbed

const otherDeaths: [string, Fault][] = [
  ['exits in the selection, twice', { fault: 'exit', kind: 'select', rowStart: 4096, times: 2 }],
  ['has no memory for an array', { fault: 'allocation', kind: 'search', rowStart: 1024, times: 2 }],
  ['exhausts its heap', { fault: 'heap', kind: 'gram', rowStart: 16_384, times: 1 }],
]

test.each<[string, Fault]>([
  ['exits in the first pass', { fault: 'exit', kind: 'gram', rowStart: 8192, times: 1 }],
  ['exits in the search, in any of its tasks', { fault: 'exit', kind: 'search', times: 2 }],
  ['throws what nobody catches', { fault: 'uncaught', kind: 'select', rowStart: 0, times: 1 }],
  ...tiered<[string, Fault][]>([], otherDeaths),
])('a worker that %s is replaced: the same bytes as without', async (_, fault) => {
  const ran = await runFaulty(work, fault, args, fault.fault === 'heap' ? SMALL_HEAP : {})
  expect(ran.threads).toBeGreaterThan(2)
  undisturbed.expectCompleted(ran, fault.times)
})

test('workers that are terminated from outside are replaced: the same bytes as without', async () => {
  const watched = watchWorkers()
  const fault: Fault = { fault: 'loop', kind: 'select', rowStart: 12_288, times: 1 }
  const ran = await runFaulty(work, fault, args, {}, async (folder) => {
    await happened(folder)
    await Promise.all(watched.workers.map((worker) => worker.terminate()))
  })
  watched.restore()
  undisturbed.expectCompleted(ran, 1)
})

describe('a shard whose worker dies each time ends the run with 70 after three tries, and names its rows', () => {
  const exhaustedHeap: [string, Fault, RegExp] = [
    'an exhausted heap',
    { fault: 'heap', kind: 'search', rowStart: 2048, times: 99 },
    /task search of rows 2048 to 3071 of K\.npy failed 3 times; .*heap out of memory\. Fewer --workers/,
  ]
  test.each<[string, Fault, RegExp]>([
    [
      'exit',
      { fault: 'exit', kind: 'select', rowStart: 4096, times: 99 },
      /task select of rows 4096 to 8191 of K\.npy failed 3 times; the last time its worker died: worker exited with code: 3/,
    ],
    [
      'an uncaught exception',
      { fault: 'uncaught', kind: 'gram', rowStart: 16_384, times: 99 },
      /task gram of rows 16384 to 20479 of K\.npy failed 3 times; .*a bug in a callback/,
    ],
    [
      'no memory for an array',
      { fault: 'allocation', kind: 'search', rowStart: 0, times: 99 },
      /task search of rows 0 to 1023 of K\.npy failed 3 times; .*allocation failed\. Fewer --workers/,
    ],
    ...tiered([], [exhaustedHeap]),
  ])('%s', async (_, fault, text) => {
    const ran = await runFaulty(work, fault, args, fault.fault === 'heap' ? SMALL_HEAP : {})
    undisturbed.expectGivenUp(ran, text)
    expect(ran.faults).toBe(3)
  })

  test('as JSON, with file and row', async () => {
    const fault: Fault = { fault: 'exit', kind: 'select', rowStart: 4096, times: 99 }
    const { stdout, exitCode } = await runFaulty(work, fault, [...args, '--json'])
    expect(exitCode).toBe(70)
    expect(JSON.parse(stdout)).toMatchObject({
      exitCode: 70,
      error: { tag: 'WorkerLost', file: 'K.npy', row: 4096 },
    })
  })
})

describe('a worker that cannot start', () => {
  test.each<[string, RegExp]>([
    ['start-throw', /a worker thread cannot start: broken file\. `--workers 0` runs without threads/],
    ['start-exit', /a worker thread cannot start: worker exited with code: 7/],
  ])('%s: 70, and what to do', async (fault, text) => {
    const ran = await runFaulty(work, { fault, times: 99 }, args)
    undisturbed.expectGivenUp(ran, text)
  })
})
