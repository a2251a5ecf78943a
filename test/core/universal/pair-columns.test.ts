// Catches: pairs lost, swapped or out of order in the counting sorts, and blocks joined with wrong query numbers.
// Cannot catch: wrong scores; heavy-search.test.ts does.
import { joinColumns, PairCollector, pairsOf } from '@levattention/core/internal'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'

const QUERIES = 9
const rowIds = Float64Array.of(2, 3, 5, 8, 2 ** 40)

const anyPairs = fc.uniqueArray(fc.record({ query: fc.nat(QUERIES - 1), rank: fc.nat(4) }), {
  selector: ({ query, rank }) => query * 10 + rank,
})

function collect(pairs: readonly { query: number; rank: number }[]) {
  const collector = new PairCollector()
  for (const { query, rank } of pairs) collector.push(query, rank, query + rank / 8, -rank, rank / 16)
  return collector.sorted(QUERIES, rowIds)
}

const expected = (pairs: readonly { query: number; rank: number }[]) =>
  pairs
    .map(({ query, rank }) => ({
      query,
      keyId: rowIds[rank],
      score: query + rank / 8,
      dot: -rank,
      slack: rank / 16,
    }))
    .sort((a, b) => a.query - b.query || a.keyId - b.keyId)

test('pairs come out by query, then key, each with its own numbers', () => {
  fc.assert(
    fc.property(anyPairs, (pairs) => {
      expect(pairsOf(collect(pairs))).toEqual(expected(pairs))
    }),
  )
})

test('more pairs than the first columns hold', () => {
  const pairs = Array.from({ length: 45 }, (_, i) => ({ query: i % QUERIES, rank: Math.floor(i / QUERIES) }))
  const many = Array.from({ length: 300 }, (_, i) => ({ query: 0, rank: i }))
  const wide = new PairCollector()
  for (const { query, rank } of many.toReversed()) wide.push(query, rank, rank, 0, 0)
  expect(pairsOf(collect(pairs))).toEqual(expected(pairs))
  expect([...wide.sorted(1, Float64Array.from(many.keys())).keyIds]).toEqual([...many.keys()])
})

test('blocks are joined with their query offsets', () => {
  fc.assert(
    fc.property(anyPairs, anyPairs, (a, b) => {
      const joined = pairsOf(joinColumns([collect(a), collect(b)], [0, QUERIES]))
      const shifted = expected(b).map((pair) => ({ ...pair, query: pair.query + QUERIES }))
      expect(joined).toEqual([...expected(a), ...shifted])
    }),
  )
})
