// Inputs that fail under worker threads: a device that reports an error, a file that is really cut, replaced or written to
// while a task is about to read it. Catches: rows of another file taken for this one's, an error without its file and rows,
// an output of half-changed input. Cannot catch: a change that keeps size and modification time.
import {
  appendFileSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeEach, expect, test } from 'vitest'
import { gaussianRows, Workspace } from '../coordinator/cli/bin.ts'
import { someOf } from '../support/tier.ts'
import { expectCleanFailure, type Fault, happened, runFaulty } from './support.ts'

const LIMIT_MS = 60_000
const work = new Workspace()
const rows = gaussianRows(20_480, 16, 1, 9)
const RUN = 'run --keys K.npy --epsilon .01 --shard-rows 4096 --quiet --out h.npz --universal u.lev'
type CommandLine = [string, ...string[]]

afterAll(() => work.remove())
beforeEach(() => {
  work.npy('K.npy', [20_480, 16], rows)
  // Long ago, so that a later write differs on any clock.
  utimesSync(work.path('K.npy'), 1000, 1000)
})

test('a device that fails is 66, with the row from which on nothing can be read', async () => {
  const fault: Fault = { fault: 'eio', kind: 'select', rowStart: 8192, times: 1 }
  const ran = await runFaulty(work, fault, RUN.split(' ') as CommandLine)
  const text = /K\.npy: cannot be read at byte \d+, from row 8192 on: .*input\/output error \(EIO\)/
  expectCleanFailure(work, ran, 66, [text], ['K.npy'], LIMIT_MS)
  // The same disk would fail again.
  expect(ran.faults).toBe(1)
})

const CHANGES: [string, (path: string) => void, RegExp][] = [
  [
    'is cut',
    (path) => truncateSync(path, 128 + 9000 * 64),
    /ended at byte 576128, in or after row \d+|now has 576128/,
  ],
  ['grows', (path) => appendFileSync(path, 'x'), /now has|written to/],
  ['is written to', (path) => utimesSync(path, new Date(), new Date()), /was written|written to/],
  [
    'is replaced by one of the same size',
    (path) => {
      writeFileSync(`${path}.new`, readFileSync(path))
      renameSync(`${path}.new`, path)
    },
    /was written|written to/,
  ],
  ['is removed', (path) => rmSync(path), /is gone/],
]

/** Runs `command` and changes K.npy when a task of `kind` at row `rowStart` is about to read it. */
async function runWithChange(command: string, kind: string, change: (path: string) => void, rowStart = 8192) {
  const fault: Fault = { fault: 'pause', kind, rowStart, times: 1 }
  return await runFaulty(work, fault, command.split(' ') as CommandLine, {}, async (folder) => {
    await happened(folder)
    change(work.path('K.npy'))
    writeFileSync(join(folder, 'go'), '')
  })
}

test.each(someOf(CHANGES, 3))(
  'a file that %s under a worker ends the run with 75 and nothing left',
  async (how, change, text) => {
    const ran = await runWithChange(RUN, 'select', change)
    const standing = how === 'is removed' ? [] : ['K.npy']
    expectCleanFailure(work, ran, 75, [/K\.npy/, text, /again/], standing, LIMIT_MS)
  },
)

const COMMANDS: [command: string, kind: string, rowStart?: number][] = [
  ['build K.npy --out u.lev --shard-rows 4096 --quiet', 'gram'],
  ['scores K.npy --out tau.npy --shard-rows 4096 --quiet', 'scores', 0],
  ['sample K.npy --rows 50 --out s.npz --shard-rows 4096 --quiet', 'draw'],
  ['curve K.npy --shard-rows 4096 --quiet', 'survey'],
  ['run --keys K.npy --causal --epsilon .05 --shard-rows 4096 --quiet --out h.npz', 'selectPrefix'],
  ['run --keys K.npy --p 1 --epsilon .05 --shard-rows 4096 --quiet --out h.npz', 'weigh'],
]
test.each(someOf(COMMANDS, 3))(
  '%s: a file that is cut under its %s tasks ends it with 75',
  async (command, kind, rowStart) => {
    const ran = await runWithChange(command, kind, CHANGES[0][1], rowStart)
    expectCleanFailure(work, ran, 75, [/K\.npy/, CHANGES[0][2]], ['K.npy'], LIMIT_MS)
  },
)
