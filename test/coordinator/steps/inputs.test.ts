// Catches: a run that goes on with another file than it was planned for, size and time of modification kept, wherever in the
// file the change is and whichever step comes next; one that refuses its own file because it was copied, moved or touched.
// Cannot catch: hosts of a network file system that see one another's changes late.
import fs, {
  copyFileSync,
  cpSync,
  existsSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import {
  fileMarks,
  readPlan,
  runCheckpointed,
  RunFolder,
  withJob,
  writePlan,
} from '@levattention/coordinator/internal'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { archiveBytes } from '../../core/storage/zip-archive.ts'
import { gaussianRows, npyBytes, Workspace } from '../cli/bin.ts'
import { jsonHere } from '../cli/in-process.ts'
import { tiered } from '../../support/tier.ts'
import { allSteps, done, resultBytes } from './support.ts'

const work = new Workspace()
afterAll(() => work.remove())
const ROWS = 9000
const COLS = 5
const K = gaussianRows(ROWS, COLS, 1, 20)
const Q = gaussianRows(90, COLS, 2)
const CUT = ['--shard-rows', '4096', '--fan-in', '2', '--query-batches', '3']
const BOTH = ['--keys', 'K.npy', '--queries', 'Q.npy', ...CUT]
/** Two passes over the keys and more. */
const PASSES = [...BOTH, '--p', '3']

/** Writes a file of one time of modification, whatever it holds. */
function put(name: string, bytes: Uint8Array): void {
  writeFileSync(work.path(name), bytes)
  utimesSync(work.path(name), 1000, 1000)
}

/** Writes other bytes where a file lies, of the same size and time of modification. */
function rewrite(name: string, bytes: Uint8Array): void {
  const { mtimeNs, size } = statSync(work.path(name), { bigint: true })
  put(name, bytes)
  expect(statSync(work.path(name), { bigint: true })).toMatchObject({ size, mtimeNs })
}

/** One bit of one number, the `at`-th from the file's end, in floats of 4 bytes. */
function flip(name: string, at: number): void {
  const bytes = readFileSync(work.path(name))
  bytes[bytes.length - 4 * at] ^= 1
  rewrite(name, bytes)
}

/** Where key `row` begins, counted from the end. */
const fromEnd = (row: number) => (ROWS - row) * COLS

const another = (changed: string): [name: string, bytes: Buffer] =>
  changed === 'keys'
    ? ['K.npy', npyBytes([ROWS, COLS], gaussianRows(ROWS, COLS, 7, 20))]
    : ['Q.npy', npyBytes([90, COLS], gaussianRows(90, COLS, 8))]

function restore(): void {
  put('K.npy', npyBytes([ROWS, COLS], K))
  put('Q.npy', npyBytes([90, COLS], Q))
}

const step = async (name: string, ...args: string[]) =>
  await jsonHere(work, 'step', name, '--run', 'r', ...args)
const refused = (file: string) => ({
  exitCode: 75,
  error: { tag: 'InputChanged', file: work.path(file), message: expect.stringContaining(work.path(file)) },
})

beforeAll(async () => {
  restore()
  await allSteps(work, 'whole', PASSES, { merges: 1 })
})
beforeEach(() => {
  restore()
  for (const name of ['r', 'o.npz']) rmSync(work.path(name), { recursive: true, force: true })
})

describe.each(['keys', 'queries'])('other %s of the same size and time of modification', (which) => {
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
      error: { option: 'run', file, row: 0, message: expect.stringContaining(`${file} held other numbers`) },
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
})

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

const npy = (data: Float32Array) => npyBytes([ROWS, COLS], data)
const fortran = (data: Float32Array) => {
  const columns = Float32Array.from(data, (_, i) => data[(i % ROWS) * COLS + Math.floor(i / ROWS)])
  const bytes = npyBytes([ROWS, COLS], columns)
  bytes.write('True, ', bytes.indexOf('False,'))
  return bytes
}
const safetensors = (data: Float32Array) => {
  const header = JSON.stringify({
    k: { dtype: 'F32', shape: [ROWS, COLS], data_offsets: [0, data.byteLength] },
  })
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(header.length))
  return Buffer.concat([length, Buffer.from(header), Buffer.from(data.buffer)])
}
const archive = (method: number) => (data: Float32Array) =>
  archiveBytes([
    { name: 'other.npy', data: npyBytes([1, 1], Float32Array.of(1)), method },
    { name: 'k.npy', data: npy(data), method },
  ])
const doubles = (data: Float32Array) => npyBytes([ROWS, COLS], Float64Array.from(data))
const head = (data: Float32Array) => {
  const both = new Float32Array(2 * data.length)
  both.set(data, data.length)
  return npyBytes([2, ROWS, COLS], both)
}

const FORMATS: [string, string, (data: Float32Array) => Buffer, string[]][] = [
  ['column-major', 'k.npy', fortran, []],
  ['a compressed .npz', 'k.npz#k', archive(8), []],
  ['two files', 'k.npy', npy, ['--keys', 'K.npy', '--concat']],
]
const OTHER_FORMATS: typeof FORMATS = [
  ['float64', 'k.npy', doubles, []],
  ['one head of several', 'k.npy#[1]', head, []],
  ['raw', 'k.bin', (data) => Buffer.from(data.buffer), ['--dtype', 'f32', '--cols', `${COLS}`]],
  ['safetensors', 'k.safetensors#k', safetensors, []],
  ['a stored .npz', 'k.npz#k', archive(0), []],
]

test.each(tiered(FORMATS, [...FORMATS, ...OTHER_FORMATS]))(
  '%s: another number is refused, equal ones are not',
  async (_, address, bytesOf, more) => {
    const [file] = address.split('#')
    put(file, bytesOf(K))
    const args = ['--job', 'build', '--keys', address, ...more]
    const { mapLevels } = await done(work, 'plan', '--run', 'r', ...args)
    const all = ['--index', '0', '--shards-per-task', '9']
    await done(work, 'step', 'map', '--run', 'r', ...all)
    const other = K.slice()
    other[4100 * COLS + 3] += 1e-3
    put(file, bytesOf(other))
    expect(await step('map', '--level', '1', '--index', '0')).toMatchObject(refused(file))
    expect(await step('finish')).toMatchObject(refused(file))
    writeFileSync(work.path(file), bytesOf(K))
    for (let level = 1; level < (mapLevels as number); level++)
      await done(work, 'step', 'map', '--run', 'r', '--level', `${level}`, ...all)
    await done(work, 'step', 'finish', '--run', 'r')
  },
)

test('of several files the one that changed is named', async () => {
  const names = ['a.npy', 'b.npy', 'c.npy']
  const partOf = (i: number, rows = 3000) =>
    npyBytes([rows, COLS], K.subarray(3000 * i * COLS, (3000 * i + rows) * COLS))
  const write = () => names.forEach((name, i) => put(name, partOf(i)))
  write()
  const args = [...names.flatMap((name) => ['--keys', name]), '--concat', '--queries', 'K.npy', ...CUT]
  await done(work, 'plan', '--run', 'r', ...args)
  for (const [row, first, last] of [
    [0, 0, 1095],
    [1096, 1096, 2999],
    [2999, 1096, 2999],
  ]) {
    flip('b.npy', (3000 - row) * COLS)
    const failure = await step('map', '--index', '0')
    expect(failure).toMatchObject({ ...refused('b.npy'), error: { row: first } })
    expect(failure).toMatchObject({
      error: { message: expect.stringContaining(`b.npy: holds other numbers in rows ${first} to ${last} `) },
    })
    expect(await jsonHere(work, 'run', ...args, '--checkpoint', 'r')).toMatchObject({
      exitCode: 2,
      error: { file: 'b.npy', row: first },
    })
    write()
  }
  writeFileSync(work.path('c.npy'), partOf(2, 2999))
  expect(await step('map', '--index', '0')).toMatchObject(refused('c.npy'))
  write()
  flip('K.npy', fromEnd(8000))
  expect(await step('map', '--index', '0')).toMatchObject(refused('K.npy'))
})

test.each([
  ['scores', []],
  ['sample', ['--rows', '100']],
])('--job %s: keys that change between its passes are refused', async (job, more) => {
  const { mapLevels } = await done(work, 'plan', '--run', 'r', '--job', job, '--keys', 'K.npy', ...more)
  await done(work, 'step', 'map', '--run', 'r', '--index', '0')
  flip('K.npy', fromEnd(8500))
  for (let level = 1; level < (mapLevels as number); level++)
    expect(await step('map', '--level', `${level}`, '--index', '0')).toMatchObject(refused('K.npy'))
  expect(await step('finish')).toMatchObject(refused('K.npy'))
  expect(work.list('r/result')).toEqual([])
})

test('keys that are the queries as well are known in both places', async () => {
  const args = ['--keys', 'K.npy', '--epsilon', '0.2', ...CUT]
  await allSteps(work, 'r', args)
  rmSync(work.path('r/result/heavy.npz'))
  rmSync(work.path('r/parts/query.3000-6000.part'))
  flip('K.npy', fromEnd(4000))
  expect(await step('query', '--index', '1')).toMatchObject(refused('K.npy'))
  const folder = new RunFolder(work.path('r'), readPlan(work.path('r')))
  await folder.setKnown(fileMarks(folder.plan.inputs, folder.path))
  expect(await step('query', '--index', '1')).toMatchObject({
    exitCode: 75,
    error: { tag: 'InputChanged', row: 3000 },
  })
})

test('a folder of an earlier version is refused, and says what to do', async () => {
  await done(work, 'plan', '--run', 'r', ...BOTH)
  const plan = readPlan(work.path('r'))
  await writePlan(work.path('r'), { ...plan, formatVersion: 1 as never })
  const old = {
    exitCode: 65,
    error: { message: expect.stringMatching(/version 1, .* knows 2; plan the run again, in another folder/) },
  }
  expect(await step('map', '--index', '0')).toMatchObject(old)
  expect(await jsonHere(work, 'run', ...BOTH, '--checkpoint', 'r')).toMatchObject(old)
})
