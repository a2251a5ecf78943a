// Catches: what a message tells people to type where one number a row is wanted and a table or an archive has several, and that fails or
// reads other numbers. Cannot catch: advice in plain words.
import { writeFileSync } from 'node:fs'
import { levattention } from '@levattention/coordinator'
import { inflateInput, isLevError, type MatrixSource, openMatrix, type OpenOptions } from '@levattention/core'
import { npyHeader } from '@levattention/core/internal'
import { parquetWriteBuffer } from 'hyparquet-writer'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Workspace } from '../coordinator/cli/bin.ts'
import { runHere } from '../coordinator/cli/in-process.ts'
import { countAdvice } from '../support/advice/done.ts'
import { ran } from '../support/advice/ran.ts'
import { codeSpans } from '../support/advice/spans.ts'
import { told, typedAs } from '../support/advice/typed.ts'
import { readNpy } from '../support/npy.mjs'

countAdvice(import.meta.url)
const work = new Workspace()
afterAll(() => work.remove())

const w = [4, 1, 9]
beforeAll(() => {
  work.npy('X.npy', [3, 2], Float64Array.of(1.5, 2, 3, 4, 5, 7))
  work.npy('w.npy', [3], Float64Array.from(w))
  writeFileSync(work.path('full.csv'), `name,a,w\n${w.map((one, i) => `r${i},${i - 1},${one}\n`).join('')}`)
  writeFileSync(work.path('two.csv'), `a,w\n${w.map((one, i) => `${i - 1},${one}\n`).join('')}`)
  writeFileSync(work.path('series.csv'), `,w\n${w.map((one, i) => `${i},${one}\n`).join('')}`)
  const columnData = [
    { name: 'a', data: [1, null, 3], type: 'DOUBLE' as const },
    { name: 'w', data: w, type: 'DOUBLE' as const },
  ]
  writeFileSync(work.path('full.parquet'), Buffer.from(parquetWriteBuffer({ columnData })))
})

test.each(['full.csv', 'two.csv', 'series.csv', 'full.parquet'])('weights of %s', async (file) => {
  await runHere(work, 'scores', 'X.npy', '--weights', 'w.npy', '--out', 'same-t.npy', '--force')
  const args = ['scores', 'X.npy', '--out', 't.npy', '--force', '--weights', file]
  const { exitCode, spans } = await told(work, ...args)
  expect([exitCode, spans]).toEqual([65, [`'${file}#w'`]])
  await typedAs(work, spans[0], args, args.length - 1, 1)
  expect(readNpy(work.path('t.npy'))).toEqual(readNpy(work.path('same-t.npy')))
})

test('the batch of a mask', async () => {
  work.npy('H.npy', [2, 3, 2], Float64Array.of(1, 2, 3, 4, 5, 7, 2, 2, 3, 1, 0, 1))
  const entries = Buffer.of(1, 1, 0, 1, 1, 1)
  writeFileSync(work.path('masks.npy'), Buffer.concat([npyHeader('|b1', [2, 3]), entries]))
  for (const mask of ['masks.npy', 'masks.npy#[0,1]']) {
    const args = ['scores', 'H.npy#[0]', '--out', 't.npy', '--force', '--key-mask', mask]
    const { spans } = await told(work, ...args)
    expect(spans).toEqual(["'masks.npy#[0]'"])
    await typedAs(work, spans[0], args, args.length - 1, 1)
    expect(readNpy(work.path('t.npy')).data[2]).toBe(0)
  }
})

test.each([
  ['4-D', 'H4.npy#[1,2]', [2, 3, 3, 2], "'masks.npy#[1]'"],
  ['5-D', 'H5.npy#[1,0,2]', [2, 2, 3, 3, 2], "'masks.npy#[0]'"],
  ['rows first', 'HS.npy#[1,:,2]', [2, 3, 3, 2], "'masks.npy#[1]'"],
  ['heads that are no batches', 'H3.npy#[2]', [3, 3, 2], "'masks.npy#[0]'"],
] as const)('the batch of the head that was given, %s', async (_, address, shape, wanted) => {
  const count = shape.reduce((product: number, extent) => product * extent, 1)
  work.npy(
    address.replace(/#.*/, ''),
    [...shape],
    Float64Array.from({ length: count }, (__, i) => (i * i) % 17),
  )
  const entries = Buffer.of(1, 1, 0, 0, 1, 1)
  writeFileSync(work.path('masks.npy'), Buffer.concat([npyHeader('|b1', [2, 3]), entries]))
  const asked = [
    '--attention',
    'softmax',
    '--keys',
    address,
    '--queries',
    address,
    '--out',
    'h.npz',
    '--force',
  ]
  for (const args of [
    ['scores', address, '--out', 't.npy', '--force', '--key-mask', 'masks.npy'],
    ['run', ...asked, '--query-mask', wanted.slice(1, -1), '--key-mask', 'masks.npy'],
  ]) {
    const { spans } = await told(work, ...args)
    expect(spans).toEqual([wanted])
    await typedAs(work, spans[0], args, args.length - 1, 1)
  }
  expect(readNpy(work.path('t.npy')).data[wanted.includes('[1]') ? 0 : 2]).toBe(0)
})

test('a column that is key and weight at once', async () => {
  const args = ['scores', 'full.csv', '--out', 't.npy', '--force', '--weight-column', 'w', '--columns', 'a,w']
  const { exitCode, spans } = await told(work, ...args)
  expect([exitCode, spans]).toEqual([2, ['--columns 1', "--weights 'full.csv#2'"]])
  const as = async (file: string, ...more: string[]) => {
    await runHere(work, 'scores', file, '--out', 'same-t.npy', '--force', '--weights', 'w.npy', ...more)
    expect(readNpy(work.path('t.npy'))).toEqual(readNpy(work.path('same-t.npy')))
  }
  await typedAs(work, spans[0], args, args.length - 2, 2)
  await as('full.csv', '--columns', 'a')
  await typedAs(work, spans[1], args, args.length - 4, 2)
  await as('full.csv', '--columns', 'a,w')
})

test('and so is a program told', async () => {
  const path = work.path('full.csv')
  const read = async (options: OpenOptions) =>
    openMatrix(path, { ...options, inflated: await inflateInput(path, work.folder, options) })
  const error: unknown = await read({ columns: 'a,w', weightColumn: 'w' }).catch((reason: unknown) => reason)
  const [columns, weights] = isLevError(error) ? codeSpans(error.message) : []
  expect([columns, weights]).toEqual(["columns: '1'", `weights: '${path}#2'`])
  const lev = await levattention({ workers: 0 })
  const scores = async (keys: MatrixSource, given: string) =>
    (await lev.scores(keys, { weights: given }).next()).value?.scores
  const file = work.path('w.npy')
  expect(await scores(await read({ columns: '1' }), `${path}#2`)).toEqual(
    await scores(await read({ columns: 'a' }), file),
  )
  expect(await scores(await read({ columns: 'a,w' }), `${path}#2`)).toEqual(
    await scores(await read({ columns: '1,2' }), file),
  )
  await lev.close()
  ran(columns)
  ran(weights)
})
