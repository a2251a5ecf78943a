// Catches: another file than the planned one that is believed because of its format, its place among several, or its second use.
// Cannot catch: what inputs.test.ts tries on one .npy.
import { rmSync, writeFileSync } from 'node:fs'
import { fileMarks } from '#coordinator/files/file-marks'
import { RunFolder } from '#coordinator/checkpoint/run-folder'
import { readPlan, writePlan } from '#coordinator/checkpoint/run-plan'
import { expect, test } from 'vitest'
import { archiveBytes } from '../../core/files/zip-archive.ts'
import { npyBytes } from '../../support/npy.mjs'
import { jsonHere } from '../cli/in-process.ts'
import { tiered } from '../../support/tier.ts'
import { allSteps, done } from './support.ts'
import {
  BOTH,
  COLS,
  CUT,
  flip,
  fromEnd,
  K,
  put,
  refused,
  ROWS,
  step,
  usePlannedInputs,
  work,
} from './inputs-support.ts'

usePlannedInputs()

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
    error: { message: expect.stringMatching(/version 1, .* knows 3; plan the run again, in another folder/) },
  }
  expect(await step('map', '--index', '0')).toMatchObject(old)
  expect(await jsonHere(work, 'run', ...BOTH, '--checkpoint', 'r')).toMatchObject(old)
})
