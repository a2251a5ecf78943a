// Catches: a run that goes on with another file than it was planned for, size and time of modification kept, wherever in the
// file the change is and whichever step comes next; one that refuses its own file because it was copied, moved or touched.
// Cannot catch: hosts of a network file system that see one another's changes late.
import fs, {
  copyFileSync,
  cpSync,
  existsSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { withJob } from '#coordinator/job/job'
import { runCheckpointed } from '#coordinator/steps/run-checkpointed'
import { fileMarks } from '#coordinator/files/file-marks'
import { RunFolder } from '#coordinator/checkpoint/run-folder'
import { readPlan } from '#coordinator/checkpoint/run-plan'
import { describe, expect, test } from 'vitest'
import { npyBytes } from '../../support/npy.mjs'
import { jsonHere } from '../cli/in-process.ts'
import { allSteps, done, resultBytes } from './support.ts'
import {
  another,
  BOTH,
  COLS,
  flip,
  fromEnd,
  K,
  PASSES,
  refused,
  rewrite,
  ROWS,
  step,
  usePlannedInputs,
  work,
} from './inputs-support.ts'
import { someOf } from '../../support/tier.ts'

usePlannedInputs()

describe.each(someOf(['keys', 'queries'], 1))(
  'other %s of the same size and time of modification',
  (which) => {
    const [file, bytes] = another(which)
    const STEPS: [string, string[], string[]][] = [
      ['map of a part that stands', ['map', '--index', '1'], []],
      ['map', ['map', '--index', '1'], ['parts/gram.4096-']],
      ['map of a later pass', ['map', '--level', '1', '--index', '1'], ['parts/weigh.4096-']],
      ['merge', ['merge', '--index', '0'], ['parts/merge.']],
      ['finish', ['finish'], ['result/universal.lev']],
      ['query', ['query', '--index', '1'], ['parts/query.30-']],
      ['collect', ['collect'], ['result/heavy.npz']],
    ]
    test('are refused by every step, whatever stands, and by status', async () => {
      cpSync(work.path('whole'), work.path('r'), { recursive: true })
      rewrite(file, bytes)
      for (const [name, args, removed] of STEPS) {
        rmSync(work.path('r'), { recursive: true })
        cpSync(work.path('whole'), work.path('r'), { recursive: true })
        for (const start of removed) for (const path of found(start)) rmSync(work.path(path))
        expect(await step(args[0], ...args.slice(1)), name).toMatchObject(refused(file))
        for (const start of removed) expect(found(start), name).toEqual([])
      }
      expect(await jsonHere(work, 'status', '--run', 'r')).toMatchObject(refused(file))
      expect(await jsonHere(work, 'slurm', 'submit', '--run', 'r', '--dry-run')).toMatchObject(refused(file))
      const args = [...PASSES, '--checkpoint', 'r', '--out', 'o.npz']
      expect(await jsonHere(work, 'run', ...args)).toMatchObject({
        exitCode: 2,
        error: {
          option: 'run',
          file,
          row: 0,
          message: expect.stringContaining(`${file} held other numbers`),
        },
      })
      expect(existsSync(work.path('o.npz'))).toBe(false)
      expect(await jsonHere(work, 'plan', '--run', 'r', ...PASSES)).toMatchObject({ exitCode: 2 })
    })

    test('are refused before anything was read of the first ones', async () => {
      await done(work, 'plan', '--run', 'r', ...BOTH)
      rewrite(file, bytes)
      expect(await step('map', '--index', '0')).toMatchObject(refused(file))
    })

    test('are refused where they come by a link', async () => {
      const [first, second] = [`${which}-1.npy`, `${which}-2.npy`]
      copyFileSync(work.path(file), work.path(first))
      writeFileSync(work.path(second), bytes)
      for (const name of [first, second]) utimesSync(work.path(name), 1000, 1000)
      const point = (to: string) => {
        rmSync(work.path(file))
        symlinkSync(work.path(to), work.path(file))
      }
      point(first)
      await done(work, 'plan', '--run', 'r', ...BOTH)
      point(second)
      expect(await step('map', '--index', '0')).toMatchObject(refused(file))
      rmSync(work.path(file))
    })
  },
)

/** Paths of the run's files whose names begin so. */
function found(start: string): string[] {
  const [folder, name] = start.split('/')
  return work.list(`r/${folder}`).flatMap((one) => (one.startsWith(name) ? [`r/${folder}/${one}`] : []))
}

// Rows of a part that stands, of one that does not, the first and the last number.
test.each([
  ['the first number', fromEnd(0)],
  ['a row of a part that stands', fromEnd(3333) - 2],
  ['a row of a part that does not', fromEnd(5555) - 2],
  ['the last number', 1],
])('one bit of %s is refused before a result is written', async (_, at) => {
  await done(work, 'plan', '--run', 'r', ...BOTH)
  await step('map', '--index', '0')
  flip('K.npy', at)
  for (const args of [['map', '--index', '0'], ['map', '--index', '1'], ['finish']])
    expect(await step(args[0], ...args.slice(1))).toMatchObject(refused('K.npy'))
  const row = Math.floor((ROWS * COLS - at) / COLS / 4096) * 4096
  const resumed = await jsonHere(work, 'run', ...BOTH, '--checkpoint', 'r', '--out', 'o.npz')
  expect(resumed).toMatchObject({
    exitCode: 2,
    error: {
      file: 'K.npy',
      row,
      message: expect.stringMatching(/another run \(K\.npy held other numbers in rows/),
    },
  })
  expect(work.list('r/result')).toEqual([])
  flip('K.npy', at)
  await done(work, 'run', ...BOTH, '--checkpoint', 'r', '--out', 'o.npz', '--force')
})

test('what a step reads is compared, even if the file bears the marks of the planned one', async () => {
  cpSync(work.path('whole'), work.path('r'), { recursive: true })
  for (const start of ['parts/weigh.4096-', 'parts/query.30-', 'result/heavy.npz'])
    for (const path of found(start)) rmSync(work.path(path))
  flip('K.npy', fromEnd(5000))
  flip('Q.npy', 40 * COLS)
  const folder = new RunFolder(work.path('r'), readPlan(work.path('r')))
  await folder.setKnown(fileMarks(folder.plan.inputs, folder.path))
  const rows = (of: string, first: number, last: number) => ({
    ...refused(of),
    error: {
      tag: 'InputChanged',
      row: first,
      message: expect.stringContaining(`holds other numbers in rows ${first} to ${last} than when`),
    },
  })
  expect(await step('map', '--level', '1', '--index', '1')).toMatchObject(rows('K.npy', 4096, 8191))
  expect(await step('query', '--index', '1')).toMatchObject(rows('Q.npy', 30, 59))
})

test('a step that writes a result reads all again where the file system dates changes as it is told', async () => {
  await done(work, 'plan', '--run', 'r', ...BOTH)
  for (const level of ['0', '1'])
    await done(work, 'step', 'map', '--run', 'r', '--level', level, '--index', '0', '--shards-per-task', '3')
  flip('K.npy', fromEnd(5000))
  const folder = new RunFolder(work.path('r'), readPlan(work.path('r')))
  await folder.setKnown(fileMarks(folder.plan.inputs, folder.path))
  const real = fs.statfsSync
  const FUSE = { type: 0x65735546 }
  fs.statfsSync = (() => FUSE) as never
  syncBuiltinESMExports()
  try {
    expect(await step('finish')).toMatchObject(refused('K.npy'))
  } finally {
    fs.statfsSync = real
    syncBuiltinESMExports()
  }
  expect(work.list('r/result')).toEqual([])
})

test.each([
  ['in rows that are still to be read', 'map', fromEnd(8999)],
  ['in rows that were read', 'query', 3],
])('a change during a run %s is refused before a result is written', async (_, stage, at) => {
  let isChanged = false
  const onProgress = (progress: { readonly stage: string }) => {
    if (progress.stage !== stage || isChanged) return
    isChanged = true
    flip('K.npy', at)
  }
  const options = {
    keys: [work.path('K.npy')],
    queries: [work.path('Q.npy')],
    shardRows: 4096,
    out: work.path('o.npz'),
  }
  const running = withJob({ workers: 0, onProgress }, (job) => runCheckpointed(options, work.path('r'), job))
  await expect(running).rejects.toMatchObject({ tag: 'InputChanged', place: { file: work.path('K.npy') } })
  expect(isChanged).toBe(true)
  expect(work.list('r/result')).toEqual([])
  expect(existsSync(work.path('o.npz'))).toBe(false)
})

test('an equal copy, a move there and back and a touch change nothing', async () => {
  await done(work, 'plan', '--run', 'r', ...PASSES)
  await step('map', '--index', '0')
  copyFileSync(work.path('K.npy'), work.path('copy.npy'))
  renameSync(work.path('copy.npy'), work.path('K.npy'))
  await done(work, 'step', 'map', '--run', 'r', '--index', '1')
  utimesSync(work.path('Q.npy'), 5000, 5000)
  await done(work, 'step', 'map', '--run', 'r', '--index', '2')
  renameSync(work.path('K.npy'), work.path('elsewhere.npy'))
  expect(await step('map', '--level', '1', '--index', '1')).toMatchObject(refused('K.npy'))
  renameSync(work.path('elsewhere.npy'), work.path('K.npy'))
  await allSteps(work, 'r', PASSES)
  expect(resultBytes(work, 'r')).toEqual(resultBytes(work, 'whole'))
})

test('a file that is no matrix any more, or one of another shape, is another file', async () => {
  await done(work, 'plan', '--run', 'r', ...BOTH)
  for (const bytes of [
    Buffer.from('gone'),
    npyBytes([ROWS, COLS], K).subarray(0, 9999),
    npyBytes([1000, COLS], K.subarray(0, 1000 * COLS)),
    npyBytes([ROWS, COLS - 1], K.subarray(0, ROWS * (COLS - 1))),
  ]) {
    writeFileSync(work.path('K.npy'), bytes)
    expect(await step('map', '--index', '0')).toMatchObject(refused('K.npy'))
  }
})
