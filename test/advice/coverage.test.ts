// Catches: a line that a message of `coverage` tells people to type, and that is refused in its turn. Cannot catch: advice in plain
// words.
import { levattention } from '@levattention/coordinator'
import { matrix } from '@levattention/core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { gaussianRows, Workspace } from '../coordinator/cli/bin.ts'
import { runHere } from '../coordinator/cli/in-process.ts'
import { countAdvice } from '../support/advice/done.ts'
import { ran } from '../support/advice/ran.ts'

countAdvice(import.meta.url)
const work = new Workspace()
afterAll(() => work.remove())
beforeAll(() => {
  work.npy('K.npy', [40, 3], gaussianRows(40, 3, 1))
  work.npy('Q.npy', [40, 3], gaussianRows(40, 3, 2))
})

const MATRICES = ['--queries', 'Q.npy', '--keys', 'K.npy']

test.each<[string, string[], string]>([
  ['a number of keys that is none', ['--keep', '8,0'], '--keep 8,16,32'],
  ['a number of keys that is no number', ['--keep', 'all'], '--keep 32'],
  ['a file of no such kind', ['--out', 'coverage.txt'], '--out coverage.csv'],
  ['a heavy pair of nothing', ['--heavy', '0'], '--heavy 0.01'],
  ['a grid that lacks its prefix', ['--local', '1', '--grid', '3x13'], '--prefix-tokens 1'],
  ['a scale of 0', ['--scale', '0'], '--scale 1'],
])('%s: what is told to be typed is taken', async (_, wrong, span) => {
  const { stderr, exitCode } = await runHere(work, 'coverage', ...MATRICES, ...wrong)
  expect(exitCode).toBe(2)
  expect(stderr.replaceAll(/\s+/g, ' ')).toContain(`\`${span}\``)
  const typed = span.split(' ')
  const others = wrong[0] === typed[0] ? [] : wrong
  const again = await runHere(work, 'coverage', ...MATRICES, ...others, ...typed)
  expect(again.exitCode, again.stderr).toBe(0)
  ran(span)
})

test.each([
  [['--select', 'leverage', '--select', 'best'], '--select leverage,best'],
  [['--keep', '8', '--keep', '32'], '--keep 8,32'],
])('%j: a list is joined by commas', async (wrong, span) => {
  const { stderr, exitCode } = await runHere(work, 'coverage', ...MATRICES, ...wrong)
  expect([exitCode, stderr]).toEqual([2, expect.stringContaining(`\`${span}\``)])
  const again = await runHere(work, 'coverage', ...MATRICES, ...span.split(' '))
  expect(again.exitCode, again.stderr).toBe(0)
  ran(span)
})

test.each<[object, string, object]>([
  [
    { local: 1, grid: { height: 3, width: 13 } },
    'prefixTokens: 1',
    { local: 1, grid: { height: 3, width: 13, prefixTokens: 1 } },
  ],
  [{ scale: 0 }, 'scale: 1', { scale: 1 }],
])('lev.coverage %o: what is told to be given is taken', async (options, span, instead) => {
  const shape = { rows: 40, cols: 3 }
  const inputs = {
    queries: matrix(gaussianRows(40, 3, 1), shape),
    keys: matrix(gaussianRows(40, 3, 2), shape),
  }
  const lev = await levattention({ workers: 0 })
  await expect(lev.coverage(inputs, options)).rejects.toThrow(`\`${span}\``)
  await lev.coverage(inputs, instead)
  ran(span)
  await lev.close()
})
