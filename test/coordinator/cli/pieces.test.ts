// Catches: an order of names that is no order, a shard table that places rows where they are not, a filter that shifts
// pairs to another query. Cannot catch: that the commands use them; the other tests of this folder do.
import { heavyBatchOf, NO_PAIRS } from '@levattention/core/internal'
import { joinTables } from '#coordinator/jobs/shard-table'
import { keepPositive } from '#coordinator/outputs/pairs-output'
import { naturalOrder } from '#coordinator/files/natural-order'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'

describe('natural order', () => {
  test('2 comes before 10, and zeros in front count last', () => {
    const names = ['part10.npy', 'part2.npy', 'part02.npy', 'part.npy', 'a/10/x1', 'a/9/x2']
    expect(names.toSorted(naturalOrder)).toEqual([
      'a/9/x2',
      'a/10/x1',
      'part02.npy',
      'part2.npy',
      'part10.npy',
      'part.npy',
    ])
  })

  test('numbers of any length are compared as numbers', () => {
    expect(naturalOrder('k9007199254740993', 'k9007199254740992')).toBeGreaterThan(0)
  })

  const name = fc.string({ unit: fc.constantFrom('a', 'b', '0', '1', '2', '9', '.', '/') })
  test('is a total order: equal only to itself, antisymmetric, transitive', () => {
    fc.assert(
      fc.property(name, name, name, (a, b, c) => {
        expect(Math.sign(naturalOrder(a, b))).toBe(-Math.sign(naturalOrder(b, a)) + 0)
        expect(naturalOrder(a, b) === 0).toBe(a === b)
        if (naturalOrder(a, b) < 0 && naturalOrder(b, c) < 0) expect(naturalOrder(a, c)).toBeLessThan(0)
      }),
    )
  })
})

const table = (rowStart: number, rowEnd: number, shardRows: number) => ({
  ranges: [{ rowStart, rowEnd }],
  shardRows,
  shardSquaredNorms: Float64Array.from(
    { length: Math.ceil((rowEnd - rowStart) / shardRows) },
    (_, i) => rowStart + i,
  ),
})

describe('joined shard tables', () => {
  test('keep the cut where parts are whole shards in a row', () => {
    const joined = joinTables([table(0, 8192, 4096), table(8192, 12_288, 4096), table(12_288, 13_000, 4096)])
    expect(joined).toEqual({ shardRows: 4096, shardSquaredNorms: Float64Array.of(0, 1, 8192, 12_288) })
  })

  test.each([
    ['a part ends within a shard', [table(0, 5000, 4096), table(5000, 9000, 4096)]],
    ['rows are missing', [table(0, 4096, 4096), table(8192, 9000, 4096)]],
    ['shards have other lengths', [table(0, 8192, 4096), table(8192, 9000, 8192)]],
  ])('forget it where %s', (_, tables) => {
    expect(joinTables(tables).shardRows).toBe(0)
  })
})

test('keepPositive drops the pairs with a negative dot, -0 among them, and moves no other', () => {
  const pairs = fc.array(
    fc.record({ query: fc.nat(5), keyId: fc.nat(99), dot: fc.constantFrom(-1, -0, 0, 2) }),
  )
  fc.assert(
    fc.property(pairs, (given) => {
      const distinct = [...new Map(given.map((pair) => [`${pair.query} ${pair.keyId}`, pair])).values()]
      const batch = (kept: typeof given) =>
        heavyBatchOf(
          10,
          6,
          NO_PAIRS,
          kept.map((pair) => ({ ...pair, score: 0.5, slack: 0 })),
          { mass: new Float64Array(6), uncertified: [], undefinedRows: [] },
        )
      expect(keepPositive(batch(distinct))).toEqual(
        batch(distinct.filter(({ dot }) => !(dot < 0 || Object.is(dot, -0)))),
      )
    }),
  )
})
