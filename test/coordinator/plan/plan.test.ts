// Catches: a plan that leaves rows out, reads some twice, depends on anything but shape and options, or accepts options that
// cannot be met. Cannot catch: a plan that is slow.
import { CHUNK_ROWS, type RowRange } from '@levattention/core/internal'
import {
  DEFAULT_FAN_IN,
  passesOf,
  type Plan,
  planKeys,
  planQueries,
  SINGLE_SHARD_ROWS,
} from '#coordinator/plan/plan'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'

const shapes = fc.record({
  rows: fc.oneof(
    fc.nat(20_000),
    fc.nat(3_000_000),
    fc.constantFrom(0, 1, 4095, 4096, 4097, 8191, 8192, 8193, 65_536 * 8),
  ),
  cols: fc.integer({ min: 1, max: 4096 }),
})
const epsilons = fc.constantFrom(1, 0.1, 0.01, 1e-3, 1e-6, 1e-12)

const isFused = ({ passes }: Plan) => passes[0].kind === 'summarize'

function expectCovers(ranges: readonly RowRange[], rowCount: number): void {
  let next = 0
  for (const { rowStart, rowEnd } of ranges) {
    expect(rowStart).toBe(next)
    expect(rowEnd).toBeGreaterThan(rowStart)
    next = rowEnd
  }
  expect(next).toBe(rowCount)
}

describe('plans of keys', () => {
  test('every row is in exactly one shard; all but the last are whole chunks and of one size', () => {
    fc.assert(
      fc.property(shapes, epsilons, (shape, epsilon) => {
        const { shards, shardRows, rowCount, fanIn } = planKeys(shape, epsilon)
        expectCovers(shards, shape.rows)
        expect(rowCount).toBe(shape.rows)
        expect(shardRows % CHUNK_ROWS).toBe(0)
        for (const { rowStart, rowEnd } of shards.slice(0, -1)) expect(rowEnd - rowStart).toBe(shardRows)
        expect(fanIn).toBe(DEFAULT_FAN_IN)
      }),
    )
  })

  test('shards of 2^30 operations, no fewer rows than U may have, where that leaves eight, else eight, else one', () => {
    fc.assert(
      fc.property(shapes, epsilons, (shape, epsilon) => {
        const plan = planKeys(shape, epsilon)
        const { shards, shardRows } = plan
        const fused = isFused(plan)
        const wide = Math.max(65_536, (4 * shape.cols) / epsilon)
        if (shape.rows < SINGLE_SHARD_ROWS) expect(shards.length).toBeLessThanOrEqual(1)
        else expect(shards.length).toBeGreaterThan(1)
        if (fused) {
          expect(shards.length).toBeGreaterThanOrEqual(8)
          expect(shardRows).toBeGreaterThanOrEqual(wide)
          const ofWork = 2 ** 30 / (shape.cols * (shape.cols + 8))
          const most = Math.max(wide, Math.min(2 ** 20, ofWork, shape.rows / 8))
          expect(shardRows).toBeLessThan(most + CHUNK_ROWS)
        } else expect(shards.length).toBeLessThanOrEqual(8)
      }),
    )
    expect(planKeys({ rows: 65_536 * 8, cols: 64 }, 0.01)).toMatchObject({
      passes: passesOf(true),
      shardRows: 65_536,
    })
    expect(planKeys({ rows: 10_000_000, cols: 32 }, 0.01)).toMatchObject({ shardRows: 839_680 })
    expect(planKeys({ rows: 10_000_000, cols: 64 }, 0.01)).toMatchObject({ shardRows: 233_472 })
    expect(planKeys({ rows: 30_000_000, cols: 2 }, 0.01)).toMatchObject({ shardRows: 2 ** 20 })
    expect(planKeys({ rows: 65_536 * 7, cols: 64 }, 0.01)).toMatchObject({ passes: passesOf(false) })
    expect(isFused(planKeys({ rows: 65_536 * 8, cols: 64 }, 1e-4))).toBe(false)
  })

  test('a plan is a value: equal inputs give equal plans, options are in it', () => {
    const shape = { rows: 100_000, cols: 16 }
    expect(planKeys(shape, 0.05)).toEqual(planKeys({ ...shape }, 0.05, {}))
    expect(planKeys(shape, 0.05, { shards: 3 })).toMatchObject({ shardRows: 36_864, fanIn: 16 })
    expect(planKeys(shape, 0.05, { shardRows: 8192, fanIn: 2 })).toMatchObject({ shardRows: 8192, fanIn: 2 })
    expect(planKeys(shape, 0.05, { shardRows: 8192 }).shards).toHaveLength(13)
    expect(planKeys({ rows: 5, cols: 1 }, 0.05, { shards: 7 }).shards).toEqual([{ rowStart: 0, rowEnd: 5 }])
    expect(planKeys({ rows: 0, cols: 1 }, 0.05)).toMatchObject({ shards: [], passes: passesOf(false) })
  })

  test('forced shards are covered too, and are not fused below 65,536 rows', () => {
    fc.assert(
      fc.property(shapes, fc.integer({ min: 1, max: 40 }), (shape, count) => {
        const bySize = planKeys(shape, 0.01, { shardRows: count * CHUNK_ROWS })
        const byCount = planKeys(shape, 0.01, { shards: count })
        expectCovers(bySize.shards, shape.rows)
        expectCovers(byCount.shards, shape.rows)
        expect(byCount.shards.length).toBeLessThanOrEqual(count)
        if (bySize.shardRows < 65_536) expect(isFused(bySize)).toBe(false)
      }),
    )
  })

  test.each([
    [{ shards: 2, shardRows: 4096 }, 'shards'],
    [{ shards: 0 }, 'shards'],
    [{ shards: 1.5 }, 'shards'],
    [{ shards: NaN }, 'shards'],
    [{ shardRows: 4095 }, 'shardRows'],
    [{ shardRows: 0 }, 'shardRows'],
    [{ shardRows: -4096 }, 'shardRows'],
    [{ fanIn: 1 }, 'fanIn'],
    [{ fanIn: 2.5 }, 'fanIn'],
    [{ fanIn: Infinity }, 'fanIn'],
  ])('%o is refused by name', (options, option) => {
    expect(() => planKeys({ rows: 10, cols: 2 }, 0.1, options)).toThrow(
      expect.objectContaining({
        tag: 'Option',
        place: { option },
        message: expect.stringContaining(`\`${option}\``) as string,
      }),
    )
  })
})

describe('plans of queries', () => {
  test('every query is in exactly one batch, in order', () => {
    fc.assert(
      fc.property(
        fc.nat(50_000),
        fc.option(fc.integer({ min: 1, max: 300 }), { nil: undefined }),
        (m, queryBatches) => {
          const batches = planQueries(m, { queryBatches })
          expectCovers(batches, m)
          if (queryBatches !== undefined) expect(batches.length).toBeLessThanOrEqual(queryBatches)
        },
      ),
    )
    expect(planQueries(2049)).toHaveLength(3)
    expect(planQueries(0)).toEqual([])
  })

  test.each([0, -1, 2.5, NaN])('%d batches are refused', (queryBatches) => {
    expect(() => planQueries(10, { queryBatches })).toThrow(
      expect.objectContaining({ tag: 'Option', place: { option: 'queryBatches' } }),
    )
  })
})
