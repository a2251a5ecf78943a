// Catches: softmax pairs in steps, from merged sums or not, or after a crash, that differ by a byte from those of one machine; a
// mask that changed between steps; a plan that promises steps which it has not. Cannot catch: wrong pairs, which are wrong
// in all of them (test/core/softmax).
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { gaussianRows, Workspace } from '../cli/bin.ts'
import { allSteps, done as doneIn, partsOf, ran } from './support.ts'
import { someOf } from '../../support/tier.ts'

const work = new Workspace()
afterAll(() => work.remove())
const [ROWS, QUERIES, COLS] = [20_000, 100, 5]

beforeAll(() => {
  work.npy('K.npy', [ROWS, COLS], gaussianRows(ROWS, COLS, 1))
  work.npy('Q.npy', [QUERIES, COLS], gaussianRows(QUERIES, COLS, 2, 4))
  mask((row) => row % 7 !== 0)
})

const done = async (name: string, ...args: string[]) => await doneIn(work, name, ...args)
const bytesOf = (...names: string[]) => readFileSync(work.path(join(...names)))

/** M.npy: which keys are seen. */
function mask(isSeen: (row: number) => boolean): void {
  const header = `{'descr': '|b1', 'fortran_order': False, 'shape': (${ROWS},), }`
  const padded = `${header.padEnd(117)}\n`
  const bytes = Uint8Array.from({ length: ROWS }, (_, row) => (isSeen(row) ? 1 : 0))
  const head = Buffer.from([0x93, ...Buffer.from('NUMPY'), 1, 0, padded.length, 0])
  writeFileSync(work.path('M.npy'), Buffer.concat([head, Buffer.from(padded), bytes]))
}

const both = ['--attention', 'softmax', '--keys', 'K.npy', '--queries', 'Q.npy']
const cut = ['--shard-rows', '4096', '--fan-in', '2', '--query-batches', '3']

test.each(
  someOf(
    [
      ['all keys', []],
      ['the five largest', ['--top', '5']],
      [
        'masked, in a window',
        ['--key-mask', 'M.npy', '--causal', '--query-start', '9000', '--sliding-window', '6000'],
      ],
      ['segments', ['--segment', '5000', '--query-start', '7000', '--precision', 'f64']],
      ['rows', ['--key-rows', '5000:15000', '--query-rows', '40:60', '--scale', '2']],
    ],
    2,
  ),
)('%s: steps and a checkpointed run leave the bytes of run', async (_, options) => {
  const all = [...both, ...options, ...cut, '--epsilon', '0.001']
  const { pairs } = await done('run', ...all, '--out', 'one.npz', '--force')
  expect(pairs).toBeGreaterThan(0)
  for (const folder of ['D', 'C']) rmSync(work.path(folder), { recursive: true, force: true })
  await allSteps(work, 'D', all, { merges: 2 })
  const checkpointed = [...all, '--checkpoint', 'C', '--out', 'c.npz', '--force']
  await done('run', ...checkpointed)
  for (const heavy of ['D/result/heavy.npz', 'C/result/heavy.npz', 'c.npz'])
    expect(bytesOf(heavy).equals(bytesOf('one.npz')), heavy).toBe(true)
  const ofMaps = (run: string) => partsOf(work, run).filter((name) => !name.startsWith('merge'))
  expect(ofMaps('C')).toEqual(ofMaps('D'))
  // As after a crash.
  for (const name of partsOf(work, 'C').filter((part, i) => !part.startsWith('inputs') && i % 2 === 0))
    rmSync(work.path(`C/parts/${name}`))
  await done('run', ...checkpointed)
  expect(bytesOf('c.npz').equals(bytesOf('one.npz'))).toBe(true)
})

test('a plan of softmax has no step that finds a universal set, and says what is left', async () => {
  const plan = await ran(work, ['plan', '--run', 'P', ...both, ...cut].join(' '))
  expect(plan).not.toContain('step finish')
  expect(plan).toContain('a softmax run of keys')
  expect(await ran(work, 'status --run P')).toMatch(/map 0 .*key-reach: 0 of 5 done/)
  expect(await ran(work, 'step finish --run P')).toContain('there is none in P')
  await done('step', 'map', '--run', 'P', '--index', '0')
  const early = await ran(work, 'step query --run P --index 0', 75)
  expect(early).toContain('levattention status --run P')
  expect(await ran(work, 'status --run P')).toContain('not known before map 0 is whole; at most 2 in all')
  for (const index of [1, 2, 3, 4]) await done('step', 'map', '--run', 'P', '--index', String(index))
  const status = await ran(work, 'status --run P')
  expect(status).toMatch(/map 1 .*missing 0, 1/)
  expect(status).not.toContain('not known')
})

test('another mask is another run, in steps and in a checkpointed run', async () => {
  const all = [...both, ...cut, '--key-mask', 'M.npy']
  await done('run', ...all, '--checkpoint', 'B')
  mask((row) => row % 5 !== 0)
  rmSync(work.path(`B/parts/${partsOf(work, 'B').find((name) => name.startsWith('query'))}`))
  const step = await ran(work, 'step query --run B --index 0', 75)
  expect(step).toContain('M.npy hides other rows than when the run in B was planned')
  const run = await ran(work, ['run', ...all, '--checkpoint', 'B'].join(' '), 2)
  expect(run).toContain('B holds another run (its keyMaskDigest is')
})
