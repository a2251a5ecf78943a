// Catches: a part or a result that is cut, or another run's, and is taken all the same; one that status does not name; a
// resumed run that does not make it again, or leaves other bytes. Cannot catch: bytes that change after they were checked.
import { execFileSync } from 'node:child_process'
import {
  copyFileSync,
  cpSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { gaussianRows, Workspace } from '../cli/bin.ts'
import { jsonHere } from '../cli/in-process.ts'
import { allSteps, done, partsOf, ran, resultBytes } from './support.ts'
import { someOf } from '../../support/tier.ts'

const work = new Workspace()
afterAll(() => work.remove())
const CUT = ['--shard-rows', '4096', '--fan-in', '2', '--query-batches', '3']
const options = (keys: string) => ['--keys', keys, '--queries', 'Q.npy', ...CUT]
const run = options('K.npy')
const step = async (name: string, ...args: string[]) =>
  await jsonHere(work, 'step', name, '--run', 'r', ...args)

interface Tasks {
  missing: number[]
  broken: { index: number; file: string }[]
}
interface Status {
  levels: (Tasks & { level: number; merges?: (Tasks & { height: number })[] })[]
  finished: boolean
  queries: Tasks
  collected: boolean
}
const status = async () => (await done(work, 'status', '--run', 'r')).run as Status

beforeAll(async () => {
  // Two runs of one shape and epsilon, whose files have the same names.
  work.npy('K.npy', [9000, 5], gaussianRows(9000, 5, 1, 20))
  work.npy('K2.npy', [9000, 5], gaussianRows(9000, 5, 7, 20))
  work.npy('Q.npy', [90, 5], gaussianRows(90, 5, 2))
  await allSteps(work, 'whole', run, { merges: 1 })
  await allSteps(work, 'other', options('K2.npy'), { merges: 1 })
  await done(work, 'run', ...run, '--checkpoint', 'one')
  expect(resultBytes(work, 'whole')).toEqual(resultBytes(work, 'one'))
})
beforeEach(() => {
  rmSync(work.path('r'), { recursive: true, force: true })
  cpSync(work.path('whole'), work.path('r'), { recursive: true })
})

const DAMAGES: Record<string, (file: string) => void> = {
  cut: (file) => {
    const path = work.path(`r/${file}`)
    truncateSync(path, Math.floor(readFileSync(path).length / 2))
  },
  "another run's": (file) => copyFileSync(work.path(`other/${file}`), work.path(`r/${file}`)),
}

const partNamed = (start: string) =>
  `parts/${partsOf(work, 'r').find((name) => name.startsWith(start) && partsOf(work, 'other').includes(name))!}`

/** What status says is to be done, done step by step. */
async function resumed(): Promise<void> {
  for (let left = await status(); !left.collected; left = await status()) {
    for (const { level, missing } of left.levels)
      for (const index of missing)
        await done(work, 'step', 'map', '--run', 'r', '--level', `${level}`, '--index', `${index}`)
    await done(work, 'step', 'finish', '--run', 'r')
    for (const index of left.queries.missing)
      await done(work, 'step', 'query', '--run', 'r', '--index', `${index}`)
    await done(work, 'step', 'collect', '--run', 'r')
  }
  expect(resultBytes(work, 'r')).toEqual(resultBytes(work, 'one'))
}

const named = (file: string) => expect.stringContaining(file) as string
const refusal = (file: string) => ({
  exitCode: 65,
  error: { tag: 'Content', file: named(file), message: named(file) },
})

/** What is no file of any part, at a part's place. */
const NO_PARTS: Record<string, (path: string) => void> = {
  'a sparse file of 3 GB': (path) => {
    rmSync(path)
    writeFileSync(path, '')
    truncateSync(path, 3e9)
  },
  'a part that was made longer, to 3 GB': (path) => truncateSync(path, 3e9),
  'a folder': (path) => {
    rmSync(path)
    mkdirSync(path)
  },
  'a pipe': (path) => {
    rmSync(path)
    execFileSync('mkfifo', [path])
  },
  'a device': (path) => {
    rmSync(path)
    symlinkSync('/dev/zero', path)
  },
}

describe.runIf(process.platform !== 'win32').each(someOf(Object.keys(NO_PARTS), 1))('%s', (what) => {
  test('is listed as broken beside all others, and refused by what reads it', async () => {
    const [part, batch] = [partNamed('gram.4096-'), 'parts/query.30-60.part']
    for (const file of [part, batch]) NO_PARTS[what](work.path(`r/${file}`))
    const found = await status()
    expect(found.levels[0]).toMatchObject({ missing: [1], broken: [{ index: 1, file: named(part) }] })
    expect(found.queries).toMatchObject({ missing: [1], broken: [{ index: 1, file: named(batch) }] })
    for (const path of ['result/universal.lev', 'result/heavy.npz', partNamed('merge.')])
      rmSync(work.path(`r/${path}`))
    expect(await step('finish')).toMatchObject(refusal(part))
    // What is no file is not written over.
    if (!what.includes('3 GB'))
      for (const file of [part, batch]) rmSync(work.path(`r/${file}`), { recursive: true })
    await resumed()
  })

  test('in the place of a result it is broken', async () => {
    // To digest gigabytes takes seconds.
    if (what.includes('3 GB')) return
    NO_PARTS[what](work.path('r/result/heavy.npz'))
    expect(await status()).toMatchObject({ brokenResults: [named('result/heavy.npz')] })
  })
})

describe.each(someOf(Object.keys(DAMAGES), 1))('%s', (how) => {
  test('a part of the keys is refused by the steps that read it, and made again', async () => {
    const part = partNamed('gram.4096-')
    for (const path of ['result/universal.lev', 'result/heavy.npz', partNamed('merge.')])
      rmSync(work.path(`r/${path}`))
    DAMAGES[how](part)
    expect(await step('finish')).toMatchObject(refusal(part))
    expect(await step('map', '--level', '1', '--index', '0')).toMatchObject(refusal(part))
    const [level] = (await status()).levels
    expect(level).toMatchObject({ missing: [1], broken: [{ index: 1, file: named(part) }] })
    expect(await ran(work, 'status --run r')).toMatch(
      /broken +\S+gram\.4096-[^]*Broken files .* makes them again/,
    )
    await resumed()
  })

  test('a merged part is named by status, passed over by the steps that read it, and made again', async () => {
    const part = partNamed('merge.')
    const whole = readFileSync(work.path(`r/${part}`))
    DAMAGES[how](part)
    const [{ merges }] = (await status()).levels
    expect(merges).toMatchObject([
      { height: 1, total: 1, done: 0, missing: [0], broken: [{ index: 0, file: named(part) }] },
    ])
    rmSync(work.path('r/result/universal.lev'))
    await step('finish')
    expect(resultBytes(work, 'r')).toEqual(resultBytes(work, 'one'))
    await done(work, 'step', 'merge', '--run', 'r', '--index', '0')
    expect(readFileSync(work.path(`r/${part}`))).toEqual(whole)
    expect((await status()).levels[0].merges).toMatchObject([{ done: 1, broken: [] }])
  })

  test('the universal set is refused by queries and collect, and made again', async () => {
    const lev = 'result/universal.lev'
    DAMAGES[how](lev)
    rmSync(work.path('r/result/heavy.npz'))
    rmSync(work.path('r/parts/query.0-30.part'))
    expect(await step('query', '--index', '0')).toMatchObject(refusal(lev))
    expect(await step('collect')).toMatchObject(refusal(lev))
    expect(await status()).toMatchObject({ finished: false, brokenResults: [named(lev)] })
    await resumed()
  })

  test('the answer to a batch of queries is refused by collect, and made again', async () => {
    const part = 'parts/query.30-60.part'
    rmSync(work.path('r/result/heavy.npz'))
    DAMAGES[how](part)
    expect(await step('collect')).toMatchObject(refusal(part))
    expect((await status()).queries).toMatchObject({
      missing: [1],
      broken: [{ index: 1, file: named(part) }],
    })
    await resumed()
  })

  test('heavy pairs are named by status, and written again', async () => {
    const heavy = 'result/heavy.npz'
    DAMAGES[how](heavy)
    expect(await status()).toMatchObject({ finished: true, collected: false, brokenResults: [named(heavy)] })
    await resumed()
    expect(await status()).toMatchObject({ collected: true, brokenResults: [] })
  })

  test('all of them at once: a checkpointed run on the folder leaves its bytes', async () => {
    for (const file of [
      partNamed('gram.0-'),
      partNamed('merge.'),
      'result/universal.lev',
      'parts/query.0-30.part',
      'result/heavy.npz',
    ])
      DAMAGES[how](file)
    await done(work, 'run', ...run, '--checkpoint', 'r')
    expect(resultBytes(work, 'r')).toEqual(resultBytes(work, 'one'))
    expect(await status()).toMatchObject({ mapped: true, finished: true, collected: true, brokenResults: [] })
  })
})
