/**
 * Catches: commands that say different things of the same columns that depend on one another, and a curve that calls U all keys there.
 * Cannot catch: a U that is too large; dependent-powers.test.ts does.
 */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { gaussianRows, Workspace } from './bin.ts'
import { jsonHere, runHere } from './in-process.ts'

const work = new Workspace()
afterAll(() => work.remove())
const [n, d] = [2000, 6]

beforeAll(() => {
  const keys = gaussianRows(n, d, 5)
  // A sum that rounding alone tells from the others.
  for (let row = 0; row < n; row++) keys[row * d + 5] = keys[row * d] + keys[row * d + 1]
  work.npy('K.npy', [n, d], keys)
  work.npy('Q.npy', [20, d], gaussianRows(20, d, 6))
  const levels = new Float64Array(7000 * 8)
  for (let row = 0; row < 7000; row++) levels[row * 8] = levels[row * 8 + 1 + (row % 7)] = 1
  work.npy('oh.npy', [7000, 8], levels)
})

const NEAR =
  'the rank is 6 as far as sums in float64 tell, and 5 for programs that take such differences for rounding'

test.each([
  ['scores', ['K.npy', '--out', 's.npy']],
  ['curve', ['K.npy']],
  ['build', ['K.npy', '--out', 'u.lev']],
  ['build', ['K.npy', '--p', '3', '--out', 'u3.lev']],
  ['run', ['--keys', 'K.npy', '--queries', 'Q.npy']],
])('%s warns of a sum that rounding alone tells from the others', async (command, args) => {
  const { warnings } = await jsonHere(work, command, ...args, '--force')
  expect(warnings).toContainEqual({
    code: 'nearly-dependent',
    message: expect.stringContaining(NEAR) as string,
  })
  const { stdout, stderr } = await runHere(work, command, ...args, '--force')
  const told = (stdout + stderr).replaceAll(/\s+/g, ' ')
  if (!told.includes('condition')) return
  expect(told).toMatch(/condition \S+ of all directions but those that vanish/)
})

test.each([1, 1.5, 2, 3])(
  'p = %d: the curve of levels beside a column of ones falls to nothing',
  async (p) => {
    const { stdout } = await runHere(work, 'curve', 'oh.npy', '--p', `${p}`)
    expect(stdout.replaceAll(/\s+/g, ' ')).toMatch(
      /it will not help: at epsilon 0\.00\d+ the universal set holds all of the keys, and above 0\.00\d+ none,/,
    )
    expect(stdout).not.toContain('even at epsilon')
  },
)
