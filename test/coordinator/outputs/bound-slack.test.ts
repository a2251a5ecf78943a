/**
 * Catches: a slack that is told smaller than what a ridge makes bounds larger by, in any place that tells it, for any p. Cannot catch: a
 * ridge that makes them larger still; dependent-powers.test.ts holds U against that of independent columns.
 */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { boundSlackOf } from '@levattention/core/internal'
import { readSetNpz } from '#coordinator/report/results/read-set'
import { withResult } from '#coordinator/outputs/result-arrays'
import { gaussianRows, Workspace } from '../cli/bin.ts'
import { jsonHere, runHere } from '../cli/in-process.ts'

const work = new Workspace()
afterAll(() => work.remove())
const [n, d] = [3000, 4]

beforeAll(() => {
  // The last column is the sum of the first two, exactly.
  const keys = gaussianRows(n, d, 7).map((value) => Math.round(value * 64) / 64)
  for (let row = 0; row < n; row++) keys[row * d + 3] = keys[row * d] + keys[row * d + 1]
  work.npy('K.npy', [n, d], keys)
})

/** 1.001/0.998 of t, where all rows were read again; 1.1/0.7 of a stream. */
const [TIGHT, WIDE] = [1.001 / 0.998, 1.1 / 0.7]

test.each([1, 2, 3, 6])(
  'p = %d: build, inspect, curve and files tell what the ridge makes bounds larger by',
  async (p) => {
    const grown = TIGHT ** Math.max(1, p / 2) - 1
    const args = ['K.npy', '--p', `${p}`, '--epsilon', '0.01'] as const
    const told = [await jsonHere(work, 'build', ...args, '--out', 'u.lev', '--force')]
    await runHere(work, 'build', ...args, '--out', 'u.npz', '--force')
    const { contents } = await jsonHere(work, 'inspect', 'u.lev')
    told.push(contents as Record<string, unknown>, await jsonHere(work, 'curve', 'K.npy', '--p', `${p}`))
    for (const { thresholdSlack } of told) {
      expect(thresholdSlack).toBeGreaterThan(grown * (1 - 1e-9))
      expect(thresholdSlack).toBeLessThan(grown + 1e-6)
    }
    const inNpz = withResult(work.path('u.npz'), (arrays) => arrays.meta().number('thresholdSlack', 0, 9))
    expect(inNpz).toBe(told[0].thresholdSlack)
    expect((await runHere(work, 'inspect', 'u.npz')).exitCode).toBe(0)
    expect(readSetNpz(work.path('u.npz')).rowCount).toBe(n)
  },
)

test('rows that are not read again, and what has no ridge', () => {
  const thresholdSlack = 1e-12
  expect(boundSlackOf({ ridge: 1e-9, thresholdSlack })).toBeCloseTo(WIDE - 1, 9)
  expect(boundSlackOf({ ridge: 1e-9, thresholdSlack, power: { p: 4 } })).toBeCloseTo(WIDE ** 2 - 1, 9)
  for (const other of [{ ridge: 0 }, { ridge: 1e-9, sketch: {} }])
    expect(boundSlackOf({ ...other, thresholdSlack })).toBe(thresholdSlack)
})
