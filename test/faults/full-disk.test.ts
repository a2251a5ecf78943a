// Outputs and spill files on a real file system without room. Catches: a part of an output under its name, a temporary
// file that stays, an error that does not say which file or that the disk is full. Cannot catch: quotas, and disks that
// fail only at fsync (test/core/storage/output-file.test.ts simulates those).
import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { gaussianRows, Workspace } from '../coordinator/cli/bin.ts'
import { npyBytes } from '../support/npy.mjs'
import { runHere } from '../coordinator/cli/in-process.ts'
import { deflatedNpz } from '../support/deflated-npz.ts'

const work = new Workspace()
const small = work.path('small')
const MOUNT = ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', small]

/** Why no file system can be mounted here, or undefined. */
function mountRefusal(): string | undefined {
  mkdirSync(small)
  try {
    execFileSync('mount', MOUNT, { stdio: ['ignore', 'ignore', 'pipe'] })
    return undefined
  } catch (error) {
    return `no small file system: ${String((error as { stderr?: Buffer }).stderr ?? error).trim()}`
  }
}

const refusal = mountRefusal()
afterAll(() => {
  if (refusal === undefined) execFileSync('umount', [small])
  work.remove()
})
let standing: string[] = []
beforeAll(() => {
  work.npy('K.npy', [9000, 8], gaussianRows(9000, 8, 1))
  work.npy('Q.npy', [60, 8], gaussianRows(60, 8, 2))
  work.npy('H.npy', [2, 4500, 8], gaussianRows(9000, 8, 1))
  writeFileSync(work.path('packed.npz'), deflatedNpz('k', npyBytes([9000, 8], gaussianRows(9000, 8, 1))))
  standing = work.names()
})

beforeEach((context) => {
  if (refusal !== undefined) context.skip(refusal)
})

/** U holds many keys, and each query has many pairs. */
const MANY = '--epsilon 1e-3 --sign both'
const CASES: [string, string, string][] = [
  ['pairs as .npz', `run --keys K.npy ${MANY} --out small/h.npz`, 'small/h.npz'],
  ['pairs as .ndjson', `run --keys K.npy ${MANY} --out small/h.ndjson`, 'small/h.ndjson'],
  ['pairs as .csv', `run --keys K.npy ${MANY} --out small/h.csv --workers 2`, 'small/h.csv'],
  [
    'their spill files alone',
    `run --keys K.npy ${MANY} --out h.npz --tmp small`,
    'temporary file of it in small',
  ],
  [
    'the .npz, with its spill files elsewhere',
    `run --keys K.npy ${MANY} --out small/h.npz --tmp .`,
    'small/h.npz',
  ],
  [
    'U beside pairs that have room',
    `run --keys K.npy --epsilon 1e-3 --out h.npz --universal small/u.lev`,
    'small/u.lev',
  ],
  ['U', 'build K.npy --epsilon 1e-3 --out small/u.lev --workers 2', 'small/u.lev'],
  [
    'U as .npz beside U that has room',
    'build K.npy --epsilon 1e-3 --out u.lev --out small/u.npz',
    'small/u.npz',
  ],
  ['scores', 'scores K.npy --out small/tau.npy', 'small/tau.npy'],
  ['a sample', 'sample K.npy --rows 5000 --out small/s.npz', 'small/s.npz'],
  ['heads', `run --keys H.npy --heads all ${MANY} --out small/heads`, 'small/heads/head-000'],
  ['planted matrices', 'generate planted --out small/planted --n 20000 --d 8 --m 10', 'small/planted/K.npy'],
  ['an inflated member', 'run --keys packed.npz --out h.npz --tmp small', 'small'],
]

test.each(CASES)('%s: 73, the disk is full, and nothing is left', async (_, command, named) => {
  const [name, ...args] = command.split(' ')
  const started = performance.now()
  const { exitCode, stdout, stderr } = await runHere(work, name, ...args, '--quiet')
  expect({ exitCode, stdout }, stderr).toEqual({ exitCode: 73, stdout: '' })
  expect(stderr).toContain('the disk is full (ENOSPC)')
  expect(stderr).toContain(named)
  expect(stderr).not.toContain('.levattention-')
  expect(readdirSync(small)).toEqual([])
  expect(work.names()).toEqual(standing)
  expect(performance.now() - started).toBeLessThan(60_000)
})

test('a run folder: 73, names the part; with more room the same command goes on to the same bytes', async () => {
  const run = `run --keys K.npy --queries Q.npy ${MANY} --shard-rows 4096 --query-batches 3 --quiet`
  const args = `${run} --checkpoint small/c`.split(' ').slice(1)
  const { exitCode, stderr } = await runHere(work, 'run', ...args)
  expect(exitCode, stderr).toBe(73)
  expect(stderr).toMatch(/small\/c\/parts\/\w+\.\d+-\d+\.[^ ]*part: the disk is full \(ENOSPC\)/)
  const hidden = readdirSync(small, { recursive: true }).filter((name) => String(name).includes('.levatt'))
  expect(hidden).toEqual([])
  const stood = readdirSync(join(small, 'c/parts'))
  expect(stood.length).toBeGreaterThan(0)
  execFileSync('mount', ['-o', 'remount,size=64m', small])
  const times = () => stood.map((name) => statSync(join(small, 'c/parts', name), { bigint: true }).mtimeNs)
  const before = times()
  try {
    expect(await runHere(work, 'run', ...args)).toMatchObject({ exitCode: 0 })
    expect(times()).toEqual(before)
    expect(await runHere(work, 'run', ...run.split(' ').slice(1), '--out', 'h.npz')).toMatchObject({
      exitCode: 0,
    })
    expect(readFileSync(join(small, 'c/result/heavy.npz'))).toEqual(readFileSync(work.path('h.npz')))
  } finally {
    rmSync(join(small, 'c'), { recursive: true })
    rmSync(work.path('h.npz'), { force: true })
    execFileSync('mount', ['-o', 'remount,size=64k', small])
  }
})

test('an output that --force would replace stands as it was', async () => {
  writeFileSync(join(small, 'u.lev'), 'mine')
  const args = 'K.npy --epsilon 1e-3 --out small/u.lev --force --quiet'.split(' ')
  expect(await runHere(work, 'build', ...args)).toMatchObject({ exitCode: 73 })
  expect(readdirSync(small)).toEqual(['u.lev'])
})
