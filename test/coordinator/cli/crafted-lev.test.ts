// Catches: a .lev that lies under a right checksum and that some command answers from. Cannot catch: lies that no number of the file
// contradicts. Every field and block: test/core/validation.
import { readFileSync, writeFileSync } from 'node:fs'
import { openUniversalSet } from '@levattention/core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { blockOf, crafted, type OpenedLev } from '../../support/crafted-lev.ts'
import { gaussianRows, Workspace } from './bin.ts'
import { jsonHere, runHere } from './in-process.ts'

const work = new Workspace()
afterAll(() => work.remove())
beforeAll(async () => {
  work.npy('K.npy', [9000, 3], gaussianRows(9000, 3, 1, 20))
  work.npy('L.npy', [4000, 3], gaussianRows(4000, 3, 2, 20))
  await runHere(work, 'build', 'K.npy', '--out', 'good.lev', '--quiet')
  await runHere(work, 'build', 'K.npy', '--out', 'causal.lev', '--causal', '--shard-rows', '4096', '--quiet')
  await runHere(work, 'build', 'L.npy', '--out', 'next.lev', '--row-offset', '9000', '--quiet')
})

const COMMANDS: Record<string, string[]> = {
  query: ['--universal', 'bad.lev', '--queries', 'L.npy', '--out', 'new.npz'],
  merge: ['bad.lev', 'next.lev', '--out', 'new.lev'],
  build: ['L.npy', '--append', 'bad.lev', '--out', 'new.lev'],
  inspect: ['bad.lev'],
}

test.each<[string, (content: OpenedLev) => void]>([
  ['bounds', (content) => (blockOf(content, 'bounds').data[0] = NaN)],
  ['keys', (content) => (blockOf(content, 'keys').data[4] = NaN)],
  ['thresholdSlack', ({ header }) => (header.thresholdSlack = -1)],
  ['rowIds', (content) => blockOf(content, 'rowIds').data.fill(7)],
  [
    'ranges',
    ({ header }) =>
      (header.ranges = [
        [0, 6000],
        [5000, 9000],
      ]),
  ],
  ['rowCount', ({ header }) => (header.rowCount = 10 ** 9)],
  ['exponents', (content) => blockOf(content, 'exponents').data.fill(4000)],
])('with %s that cannot be true it is refused by every command and the library', async (field, change) => {
  writeFileSync(work.path('bad.lev'), crafted(readFileSync(work.path('good.lev')), change))
  for (const [name, args] of Object.entries(COMMANDS)) {
    expect(await jsonHere(work, name, ...args), name).toMatchObject({
      exitCode: 65,
      error: { tag: 'Content', file: 'bad.lev', message: expect.stringContaining(`'${field}'`) as string },
    })
  }
  expect(work.names().filter((name) => name.startsWith('new'))).toEqual([])
  expect(() => openUniversalSet(work.path('bad.lev'))).toThrow(expect.objectContaining({ tag: 'Content' }))
})

test('sums before a shard that are not those of the keys are refused where the keys are read again', async () => {
  // As float64 they could be true: each shard has a scale of its own.
  work.npy('D.npy', [9000, 3], Float64Array.from(gaussianRows(9000, 3, 1, 20)))
  await runHere(work, 'build', 'D.npy', '--out', 'wide.lev', '--causal', '--shard-rows', '4096', '--quiet')
  const bytes = crafted(readFileSync(work.path('wide.lev')), (content) => {
    const { data } = blockOf(content, 'prefixGrams')
    for (let i = 0; i < data.length; i++) data[i] *= 0.9
  })
  writeFileSync(work.path('bad.lev'), bytes)
  const asked = ['--universal', 'bad.lev', '--queries', 'D.npy', '--keys', 'D.npy', '--out', 'new.npz']
  expect(await jsonHere(work, 'query', ...asked)).toMatchObject({
    exitCode: 65,
    error: { tag: 'Content', message: expect.stringMatching(/rows before row 4096/) as string },
  })
})
