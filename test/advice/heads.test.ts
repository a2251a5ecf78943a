// Catches: a line that a message about heads, their layout or masks tells people to type, and that is refused in its turn or does
// something else. Cannot catch: advice in plain words.
import { writeFileSync } from 'node:fs'
import { npyHeader } from '@levattention/core/internal'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { gaussianRows, Workspace } from '../coordinator/cli/bin.ts'
import { runHere } from '../coordinator/cli/in-process.ts'
import { countAdvice } from '../support/advice/done.ts'
import { codeSpans } from '../support/advice/spans.ts'
import { told, typedAs, words } from '../support/advice/typed.ts'
import { readNpy } from '../support/npy.mjs'

countAdvice(import.meta.url)
const work = new Workspace()
afterAll(() => work.remove())

beforeAll(() => {
  const values = gaussianRows(240, 4, 1, 1)
  work.npy('bshd.npy', [2, 20, 3, 8], values)
  work.npy('shd.npy', [20, 3, 16], values)
  work.npy('lbshd.npy', [1, 2, 20, 3, 8], values)
  work.npy('H.npy', [3, 20, 16], values)
})

test.each([
  ['bshd.npy', '--layout bshd'],
  ['shd.npy', '--layout nhd'],
  ['lbshd.npy', '--layout lbshd'],
])('%s, whose rows stand before its heads, runs as the warning tells', async (file, wanted) => {
  const args = ['run', '--keys', file, '--heads', 'all', '--out', `warned-${file}`]
  const { exitCode, stderr } = await runHere(work, args[0], ...args.slice(1))
  expect(exitCode).toBe(0)
  expect(stderr.replaceAll(/\s+/g, ' ')).toMatch(/20 heads of 3 rows\. If it is \[.*rows, heads, columns\]/)
  const [span] = codeSpans(stderr)
  expect(span).toBe(wanted)
  await typedAs(work, span, [...args.slice(0, -1), `told-${file}`])
  const again = await runHere(work, 'run', ...args.slice(1, -1), `again-${file}`, ...words(span))
  expect(again.stderr).not.toContain('If it is')
})

test.each([
  ['bshd.npy', 'shd', '--layout bshd'],
  ['H.npy', 'bhnd', '--layout hnd'],
  ['H.npy', 'bsxd', '--layout bshd'],
])('%s with --layout %s is told another', async (file, layout, wanted) => {
  const args = ['run', '--keys', file, '--layout', layout, '--heads', 'all', '--out', `other-${layout}`]
  const { spans } = await told(work, ...args)
  expect(spans).toEqual([wanted])
  // A layout with a letter that is none is told of one that exists, which is for an array of 4 axes.
  const typed = layout === 'bsxd' ? args.toSpliced(2, 1, 'bshd.npy') : args
  await typedAs(work, spans[0], typed, 3, 2)
})

test.each([
  ['bshd.npy', ["'bshd.npy#[0,0]'", "'bshd.npy#[0,:,0]'"]],
  ['lbshd.npy', ["'lbshd.npy#[0,0,0]'", "'lbshd.npy#[0,0,:,0]'"]],
])('%s by itself: a head of either order is named', async (file, wanted) => {
  const { exitCode, spans } = await told(work, 'curve', file)
  expect([exitCode, spans]).toEqual([65, wanted])
  for (const span of spans) await typedAs(work, span, ['curve', file], 1, 1)
  const { stdout } = await runHere(work, 'inspect', file)
  expect(stdout).toContain(wanted[1])
})

test('numbers that do not fit heads of a wrong layout are told of the right one, small or capital', async () => {
  const inputs = ['--keys', 'bshd.npy', '--queries', 'bshd.npy', '--values', 'bshd.npy', '--heads', 'all']
  const args = ['attend', ...inputs, '--keep', '8', '--out', 'kept.npy']
  const { exitCode, spans } = await told(work, ...args)
  expect([exitCode, spans]).toEqual([2, ['--layout bshd']])
  await typedAs(work, spans[0], args)
  const capital = await runHere(work, 'attend', ...args.slice(1), '--force', '--layout', 'BSHD')
  expect([capital.exitCode, capital.stderr]).toEqual([0, expect.not.stringContaining('warning')])
})

test.each(['softmax', 'power'])(
  'the heads of a folder of %s pairs are verified one by one',
  async (attention) => {
    for (const [keys, layout] of [
      ['H.npy', 'hnd'],
      ['bshd.npy', 'bshd'],
    ]) {
      const out = `pairs-${attention}-${layout}`
      const inputs = ['--keys', keys, '--queries', keys]
      const heads = ['--heads', '1,2', '--layout', layout, '--out', out]
      expect(await runHere(work, 'run', '--attention', attention, ...inputs, ...heads)).toMatchObject({
        exitCode: 0,
      })
      const { exitCode, spans } = await told(work, 'verify', ...inputs, '--heavy', out)
      expect([exitCode, spans]).toEqual([2, [expect.stringContaining(`--heavy ${out}/head-0001.npz`)]])
      await typedAs(work, spans[0], ['verify'])
    }
  },
)

test('heads with a NaN are told to be left out', async () => {
  work.npy('bad.npy', [3, 20, 16], gaussianRows(60, 16, 2).with(400, NaN))
  const args = ['run', '--keys', 'bad.npy', '--heads', 'all', '--out', 'left']
  const { exitCode, spans } = await told(work, ...args)
  expect([exitCode, spans]).toEqual([65, ['--skip-bad-heads', '--key-mask pad.npy', '--drop-missing']])
  await typedAs(work, spans[0], args)
  const seen = Uint8Array.from({ length: 20 }, (_, row) => (row === 5 ? 0 : 1))
  writeFileSync(work.path('pad.npy'), Buffer.concat([npyHeader('|u1', [20]), seen]))
  await typedAs(work, spans[1], [...args, '--force'])
  await typedAs(work, spans[2], [...args, '--force'])
  const one = ['run', '--keys', 'bad.npy#[0]', '--skip-bad-heads', '--out', 'one']
  const all = await told(work, ...one)
  expect([all.exitCode, all.spans]).toEqual([2, ['--heads all']])
  await typedAs(work, all.spans[0], one)
})

test('a layout without heads is told to name them', async () => {
  const args = ['run', '--keys', 'bshd.npy', '--layout', 'bshd', '--out', 'named']
  const { exitCode, spans } = await told(work, ...args)
  expect([exitCode, spans]).toEqual([2, ['--heads all']])
  await typedAs(work, spans[0], args)
})

test.each([
  [
    ['curve', '--keys', 'H.npy#[0]', '--keys', 'H.npy#[1]'],
    ['--concat', '--as-heads'],
  ],
  [['curve', '--keys', 'H.npy#[0]', '--keys', 'H.npy#[1]', '--heads', 'all'], ['--as-heads']],
])('several files of %j are rows of one matrix, or heads', async (args, wanted) => {
  const { exitCode, spans } = await told(work, ...args)
  expect([exitCode, spans]).toEqual([2, wanted])
  for (const span of spans) await typedAs(work, span, args)
})

test('the columns of one head, and of all', async () => {
  const args = ['scores', 'H.npy#.T', '--out', 't.npy', '--force']
  const { spans } = await told(work, ...args)
  expect(spans).toEqual(["'H.npy#[0].T'", '--layout hdn'])
  await typedAs(work, spans[0], args, 1, 1)
  await typedAs(work, spans[1], ['scores', 'H.npy', '--heads', 'all', '--out', 'turned'])
  expect(readNpy(work.path('turned/head-0000.npy'))).toEqual(readNpy(work.path('t.npy')))
})
