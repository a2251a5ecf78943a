// Catches: what is to be typed broken so that a shell runs something else, tables of which is said what is of attention.
// Cannot catch: how a terminal shows a line.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { typedLines } from '#coordinator/cli/text/text-layout'
import { gaussianRows, Workspace } from '../bin.ts'
import { runHere } from '../in-process.ts'

const work = new Workspace()
afterAll(() => work.remove())
beforeAll(() => work.npy('K.npy', [200, 4], gaussianRows(200, 4, 1)))

test('a long command is broken before its options, by a backslash', () => {
  const line =
    'levattention run --attention softmax --keys K.npy --queries Q.npy --causal --epsilon 0.001 --out heavy.npz'
  const lines = typedLines(line, 2).split('\n')
  expect(lines.length).toBe(2)
  expect(lines.every((one) => one.length <= 100)).toBe(true)
  expect(
    lines
      .join('\n')
      .replaceAll(/ \\\n\s+/g, ' ')
      .trim(),
  ).toBe(line)
  expect(lines[1].trimStart()).toMatch(/^--/)
  expect(typedLines('levattention build - --out u.lev', 2)).toBe('  levattention build - --out u.lev')
})

test('of a table the rows are told, no attention, and a missing file comes first', async () => {
  const alone = await runHere(work, 'scores', 'K.npy', '--out', 's.npy', '--key-rows', '0:150')
  expect(alone.stderr).toMatch(/^ {2}rows +rows 0 to 149 alone$/m)
  const power = await runHere(work, 'scores', 'K.npy', '--p', '3', '--out', 's.npy', '--force')
  expect(power.stderr).toContain("bounds of a row's share of |x.b|^3 in any direction b")
  for (const { stderr } of [alone, power]) expect(stderr).not.toMatch(/^ {2}attention/m)
  expect(await runHere(work, 'scores')).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('no keys: name a file') as string,
  })
})
