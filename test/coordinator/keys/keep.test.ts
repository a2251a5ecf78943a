// Catches: `keep` that certifies an epsilon at which a key is missing, keeps others than the largest, or is not checked.
// Cannot catch: a factor that is wrong.
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { anyKeys, sensitivityQueries, stack } from '../../support/matrices.ts'
import { bruteForceHeavy, type DenseMatrix } from '../../support/oracle.ts'
import { runInline } from '../../support/run-inline.ts'
import { tiered } from '../../support/tier.ts'

const none = (cols: number) => stack([], cols)
const codes = ({ stats }: { stats: { warnings: { code: string }[] } }) =>
  stats.warnings.map(({ code }) => code)

function unitVectors(dim: number, times = 1): DenseMatrix {
  const rows = [...Array(dim * times).keys()].map((j) =>
    Float64Array.from({ length: dim }, (_, a) => Number(j % dim === a)),
  )
  return stack(rows, dim)
}

test('no query gives a key that was left out the certified epsilon', async () => {
  await fc.assert(
    fc.asyncProperty(
      anyKeys({ maxRows: 50, maxCols: 6 }),
      fc.integer({ min: 1, max: 60 }),
      async (keys, keep) => {
        const queries = stack(sensitivityQueries(keys, keys.rows), keys.cols)
        const found = await runInline(keys, queries, { epsilon: 0.01, keep })
        const { universal } = found
        const mine = new Set(found.pairs.map(({ query, key }) => `${query}:${key}`))
        const missed = bruteForceHeavy(queries, keys, universal.epsilon).pairs.filter(
          ({ query, key, score }) => score >= universal.epsilon * (1 + 1e-9) && !mine.has(`${query}:${key}`),
        )
        expect(missed).toEqual([])
        if (!codes(found).includes('keep')) expect(universal.rowIds.length).toBeLessThanOrEqual(keep)
        expect(found.plan.epsilon).toBe(universal.epsilon)
      },
    ),
    { numRuns: tiered(24, 60) },
  )
})

test('the kept keys are those with the largest bounds', async () => {
  await fc.assert(
    fc.asyncProperty(
      anyKeys({ minRows: 10, maxRows: 50, maxCols: 6 }),
      fc.integer({ min: 1, max: 60 }),
      async (keys, keep) => {
        const all = (await runInline(keys, none(keys.cols), { epsilon: 1e-200 })).universal
        const found = await runInline(keys, none(keys.cols), { epsilon: 0.01, keep })
        const { rowIds, bounds, epsilon } = found.universal
        expect(Array.from(rowIds)).toEqual(Array.from(all.rowIds).slice(0, rowIds.length))
        expect(Array.from(bounds)).toEqual(Array.from(all.bounds).slice(0, rowIds.length))
        const left = all.bounds[rowIds.length] ?? 0
        if (left > 0) expect(epsilon).toBeGreaterThan(left)
        if (!codes(found).includes('keep')) expect(rowIds.length).toBe(Math.min(keep, all.rowIds.length))
      },
    ),
    { numRuns: tiered(16, 40) },
  )
})

describe('ties', () => {
  test('of keys that each can take all attention: all of them are kept, and it is said', async () => {
    const keys = unitVectors(10)
    const found = await runInline(keys, keys, { epsilon: 0.01, keep: 3 })
    expect(Array.from(found.universal.rowIds)).toEqual([...Array(10).keys()])
    expect(found.universal.epsilon).toBe(1)
    expect(codes(found)).toContain('keep')
    expect(found.pairs.map(({ query, key }) => [query, key])).toEqual(
      [...Array(10).keys()].map((j) => [j, j]),
    )
  })

  test('below 1: as many as are asked for, by row id, and the epsilon lies just above the tie', async () => {
    const found = await runInline(unitVectors(4, 5), none(4), { epsilon: 0.01, keep: 7 })
    expect(Array.from(found.universal.rowIds)).toEqual([0, 1, 2, 3, 4, 5, 6])
    expect(found.universal.epsilon).toBeGreaterThan(0.2)
    expect(found.universal.epsilon).toBeLessThan(0.2 * (1 + 1e-9))
    expect(codes(found)).not.toContain('keep')
  })

  test('a tie that the last place cuts: the larger ones and a part of it, no more attention left out than epsilon', async () => {
    const rows = [4, 1, 2, 2, 1, 2, 2, 1, 0].map((x) => Float64Array.of(x))
    const keys = stack(rows, 1)
    for (const [keep, kept, next] of [
      [1, [0], 4],
      [2, [0, 2], 4],
      [4, [0, 2, 3, 5], 4],
      [5, [0, 2, 3, 5, 6], 1],
      [7, [0, 2, 3, 5, 6, 1, 4], 1],
    ] as const) {
      const { universal } = await runInline(keys, keys, { epsilon: 0.01, keep })
      expect(Array.from(universal.rowIds)).toEqual(kept)
      expect(universal.epsilon / (next / 35)).toBeCloseTo(1, 9)
      expect(universal.epsilon).toBeGreaterThan(next / 35)
    }
    // Of zero keys none is kept, however many are asked for.
    expect((await runInline(keys, keys, { epsilon: 0.01, keep: 9 })).universal.rowIds).toHaveLength(8)
  })

  test('exactly as many as are asked for: the smallest of them sets the epsilon', async () => {
    const keys = stack(
      [...Array.from({ length: 3 }, () => Float64Array.of(1, 0)), Float64Array.of(0, 1), new Float64Array(2)],
      2,
    )
    const found = await runInline(keys, keys, { epsilon: 0.01, keep: 4 })
    expect(Array.from(found.universal.rowIds)).toEqual([3, 0, 1, 2])
    expect(found.universal.epsilon).toBeCloseTo(1 / 3, 12)
    expect((await runInline(keys, none(2), { epsilon: 0.01, keep: 100 })).universal.rowIds).toHaveLength(4)
  })
})

test('no keys, keys of zeros', async () => {
  expect((await runInline(none(3), none(3), { epsilon: 0.01, keep: 5 })).universal).toMatchObject({
    epsilon: 1,
    rowIds: new Float64Array(0),
  })
  const zeros = stack([new Float64Array(3), new Float64Array(3)], 3)
  expect((await runInline(zeros, none(3), { epsilon: 0.01, keep: 1 })).universal.rowIds).toHaveLength(0)
})

test('over several shards, and a part of a larger matrix', async () => {
  const rows = [...Array(9000).keys()].map((j) =>
    Float64Array.of(Math.sin(j), Math.cos(j) * (j % 4000 === 77 ? 50 : 1)),
  )
  const keys = stack(rows, 2)
  const { universal, origin } = await runInline(keys, none(2), { epsilon: 0.01, keep: 3, rowOffset: 10 ** 6 })
  expect(Array.from(universal.rowIds.toSorted())).toEqual([77, 4077, 8077].map((rowId) => rowId + 10 ** 6))
  expect(origin.ranges).toEqual([{ rowStart: 10 ** 6, rowEnd: 10 ** 6 + 9000 }])
})

test.each([0, -1, 1.5, NaN, Infinity])('keep %d is refused', async (keep) => {
  await expect(runInline(unitVectors(2), none(2), { epsilon: 0.1, keep })).rejects.toMatchObject({
    tag: 'Option',
    place: { option: 'keep' },
  })
})
