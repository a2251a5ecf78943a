// Catches: candidates that lose, reorder or overwrite rows as they grow, merge and filter; ranges that overlap unseen.
// Cannot catch: a bound that is wrong.
import { Candidates, joinRanges, rowCountOf, type RowRange } from '@levattention/core/internal'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'

type Entry = readonly [rowId: number, bound: number, key: readonly number[]]

function entriesOf(set: Candidates): Entry[] {
  return Array.from({ length: set.count }, (_, slot) => [
    set.rowIds[slot],
    set.bounds[slot],
    Array.from(set.keyAt(slot)),
  ])
}

function setOf(entries: readonly Entry[], element: 'f32' | 'f64' = 'f32', dim = 2): Candidates {
  const set = new Candidates(dim, element)
  for (const [rowId, bound, key] of entries) set.push(rowId, bound, Float64Array.from(key))
  return set
}

const key = fc.tuple(fc.float({ noNaN: true }), fc.float({ noNaN: true }))
const entries = fc
  .uniqueArray(fc.nat(1000), { maxLength: 60 })
  .chain((ids) =>
    fc.tuple(
      ...ids
        .sort((a, b) => a - b)
        .map((id) => fc.tuple(fc.constant(id), fc.double({ min: 0, max: 1, noNaN: true }), key)),
    ),
  )

test('what was pushed is what is there, past every growth', () => {
  fc.assert(
    fc.property(entries, fc.constantFrom('f32' as const, 'f64' as const), (list, element) => {
      const set = setOf(list, element)
      expect(entriesOf(set)).toEqual(list)
      expect(set.keys).toHaveLength(list.length * 2)
    }),
  )
})

test('a choice keeps the named slots with their new bounds and leaves the set alone', () => {
  fc.assert(
    fc.property(entries, (list) => {
      const set = setOf(list)
      const slots = Uint32Array.from(list.keys()).filter((slot) => slot % 3 === 0)
      const kept = set.at(
        slots,
        Float64Array.from(list.keys(), (slot) => slot / 100),
      )
      expect(entriesOf(kept)).toEqual(
        list.flatMap(([rowId, , row], slot) => (slot % 3 === 0 ? [[rowId, slot / 100, row]] : [])),
      )
      expect(entriesOf(set)).toEqual(list)
    }),
    { numRuns: 40 },
  )
})

test('a union is in row order, commutative, and float64 where either is', () => {
  fc.assert(
    fc.property(entries, fc.nat(), (list, mask) => {
      const mine = list.filter((_, i) => (mask >> (i % 31)) & 1)
      const theirs = list.filter((entry) => !mine.includes(entry))
      const joined = setOf(mine).union(setOf(theirs, 'f64'))
      expect(joined.element).toBe('f64')
      expect(entriesOf(joined)).toEqual(list)
      expect(entriesOf(setOf(theirs).union(setOf(mine)))).toEqual(list)
    }),
    { numRuns: 40 },
  )
})

test('growth of a copy leaves the original alone', () => {
  const set = setOf([[3, 0.5, [0.1, 2]]])
  const copy = set.clone()
  copy.push(9, 1, Float32Array.of(7, 7))
  expect(set.count).toBe(1)
  const wrapped = Candidates.of(2, set.rowIds, set.bounds, set.keys)
  wrapped.push(9, 1, Float32Array.of(7, 7))
  expect(entriesOf(set)).toEqual([[3, 0.5, [Math.fround(0.1), 2]]])
  expect(wrapped.count).toBe(2)
})

describe('row ranges', () => {
  const ranges = fc
    .uniqueArray(fc.nat(60), { minLength: 0, maxLength: 12 })
    .map((edges) => edges.sort((a, b) => a - b))
    .map((edges) =>
      Array.from({ length: Math.floor(edges.length / 2) }, (_, i): RowRange => ({
        rowStart: edges[2 * i],
        rowEnd: edges[2 * i + 1],
      })),
    )
  const rowsIn = (list: readonly RowRange[]) =>
    list.flatMap(({ rowStart, rowEnd }) => Array.from({ length: rowEnd - rowStart }, (_, i) => rowStart + i))

  test('joining is the union of rows, sorted and gap by gap; an overlap is refused', () => {
    fc.assert(
      fc.property(ranges, ranges, (a, b) => {
        const both = [...rowsIn(a), ...rowsIn(b)]
        if (new Set(both).size < both.length) {
          expect(() => joinRanges(a, b)).toThrow(expect.objectContaining({ tag: 'IncompatibleSummary' }))
          return
        }
        const joined = joinRanges(a, b)
        expect(rowsIn(joined)).toEqual(both.toSorted((x, y) => x - y))
        expect(rowCountOf(joined)).toBe(both.length)
        joined.slice(1).forEach((range, i) => expect(range.rowStart).toBeGreaterThan(joined[i].rowEnd))
      }),
      { numRuns: 300 },
    )
  })

  test('the message names the rows that are in both', () => {
    const a = [{ rowStart: 0, rowEnd: 100 }]
    expect(() => joinRanges(a, [{ rowStart: 40, rowEnd: 50 }])).toThrow(
      expect.objectContaining({
        place: { row: 40 },
        message: expect.stringContaining('rows 40 to 49') as string,
      }),
    )
    expect(joinRanges(a, [{ rowStart: 100, rowEnd: 100 }])).toEqual(a)
  })
})
