// Catches: pairs lost, swapped or out of order in the counting sorts, and blocks joined with wrong query numbers.
// Cannot catch: wrong scores; heavy-search.test.ts does.
import { joinColumns, PairCollector, pairsOf } from '@levattention/core/internal'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'

const QUERIES = 9
const rowIds = Float64Array.of(2, 3, 5, 8, 2 ** 40)
/** Slots are in another order than their row ids. */
const RANK_OF_SLOT = Uint32Array.of(3, 0, 4, 1, 2)
/** <q, k> is 2^-shift times the dot that is collected. */
const SHIFTS = Int32Array.from({ length: QUERIES }, (_, query) => 300 * query - 1200)

interface Pair {
  readonly query: number
  readonly slot: number
}

const anyPairs = fc.uniqueArray(fc.record({ query: fc.nat(QUERIES - 1), slot: fc.nat(4) }), {
  selector: ({ query, slot }) => query * 10 + slot,
})

/** All numbers of a pair, each its own. */
const numbersOf = ({ query, slot }: Pair) => ({ score: query + slot / 8, dot: -slot - 1, slack: slot / 16 })

/** Every second one by itself, those between in one go. */
function collect(pairs: readonly Pair[]) {
  const collector = new PairCollector()
  pairs.forEach((pair, i) => {
    const { score, dot, slack } = numbersOf(pair)
    if (i % 2 === 0) collector.push(pair.query, pair.slot, score, dot, slack)
    else appendAll(collector, [pair])
  })
  return collector.sorted(rowIds, RANK_OF_SLOT, SHIFTS)
}

/** With a place behind them that is not theirs. */
function appendAll(collector: PairCollector, pairs: readonly Pair[]): void {
  const column = (of: (pair: Pair) => number) => Float64Array.from([...pairs.map(of), NaN])
  const columns = {
    queries: Uint32Array.from([...pairs.map(({ query }) => query), 99]),
    slots: Uint32Array.from([...pairs.map(({ slot }) => slot), 99]),
    scores: column((pair) => numbersOf(pair).score),
    dots: column((pair) => numbersOf(pair).dot),
    slacks: column((pair) => numbersOf(pair).slack),
  }
  collector.append(columns, pairs.length)
}

const expected = (pairs: readonly Pair[]) =>
  pairs
    .map((pair) => {
      const { score, dot, slack } = numbersOf(pair)
      const { query, slot } = pair
      const unscaled = dot * 2 ** -(SHIFTS[query] / 2) * 2 ** -(SHIFTS[query] / 2)
      return { query, keyId: rowIds[RANK_OF_SLOT[slot]], score, dot: unscaled, slack }
    })
    .sort((a, b) => a.query - b.query || a.keyId - b.keyId)

test('pairs come out by query, then key, each with its own numbers', () => {
  fc.assert(
    fc.property(anyPairs, (pairs) => {
      expect(pairsOf(collect(pairs))).toEqual(expected(pairs))
    }),
  )
})

test.each(['one by one', 'in one go'])('more pairs than the first columns hold, %s', (how) => {
  const pairs = Array.from({ length: 300 }, (_, slot) => ({ query: 0, slot }))
  const wide = new PairCollector()
  wide.push(0, 300, 300, 1, 0)
  if (how === 'in one go') appendAll(wide, pairs.toReversed())
  else for (const { slot } of pairs.toReversed()) wide.push(0, slot, slot, 0, 0)
  const [ids, ranks] = [Float64Array.from(Array(301).keys()), Uint32Array.from(Array(301).keys())]
  const { keyIds, scores } = wide.sorted(ids, ranks, Int32Array.of(0))
  expect([...keyIds]).toEqual([...ids])
  expect(scores[300]).toBe(300)
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
