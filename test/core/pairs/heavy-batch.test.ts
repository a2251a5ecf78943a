// Catches: pairs of exactly decided queries that land under another query or out of order, ends of intervals that belong to
// another pair, a slack that is not the largest. Cannot catch: pairs that were wrong before.
import { heavyBatchOf, type HeavyPair, NO_PAIRS, type PairColumns } from '@levattention/core/internal'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'

const QUERIES = 6

/** Pairs of distinct (query, key), those of `exact` queries apart, as the exact pass gives them: in any order. */
const drawn = fc
  .uniqueArray(fc.record({ query: fc.nat(QUERIES - 1), keyId: fc.nat(9) }), {
    selector: ({ query, keyId }) => 10 * query + keyId,
    maxLength: 30,
  })
  .map((places) =>
    places.map(({ query, keyId }): HeavyPair => {
      const score = (1 + query + keyId) / 17
      return { query, keyId, score, dot: keyId - 4, slack: ((7 * keyId + query) % 5) / 1000 }
    }),
  )

function columnsOf(pairs: readonly HeavyPair[], withIntervals: boolean): PairColumns {
  if (pairs.length === 0) return NO_PAIRS
  const column = (of: (pair: HeavyPair) => number) => Float64Array.from(pairs, of)
  return {
    queries: Uint32Array.from(pairs, ({ query }) => query),
    keyIds: column(({ keyId }) => keyId),
    scores: column(({ score }) => score),
    dots: column(({ dot }) => dot),
    slacks: column(({ slack }) => slack),
    ...(withIntervals ? { lows: column(({ score }) => score / 2), highs: column(() => 1) } : {}),
  }
}

test('searched and exactly decided queries stand in one batch, by query then key', () => {
  fc.assert(
    fc.property(drawn, fc.nat(2 ** QUERIES - 1), fc.boolean(), (pairs, exact, withIntervals) => {
      const isExact = ({ query }: HeavyPair) => ((exact >> query) & 1) === 1
      const sorted = [...pairs].sort((a, b) => a.query - b.query || a.keyId - b.keyId)
      const columns = columnsOf(
        sorted.filter((pair) => !isExact(pair)),
        withIntervals,
      )
      const remarks = { mass: new Float64Array(QUERIES), uncertified: [101], undefinedRows: [102] }
      const batch = heavyBatchOf(
        100,
        QUERIES,
        columns,
        pairs.filter(isExact),
        remarks,
        withIntervals ? 'ends' : 'none',
      )
      expect([...batch.keyIds]).toEqual(sorted.map(({ keyId }) => keyId))
      expect([...batch.scores]).toEqual(sorted.map(({ score }) => score))
      expect([...batch.dots]).toEqual(sorted.map(({ dot }) => dot))
      for (let q = 0; q < QUERIES; q++) {
        const own = sorted.filter(({ query }) => query === q)
        expect(batch.offsets[q + 1] - batch.offsets[q]).toBe(own.length)
        expect(batch.slack[q]).toBe(Math.max(0, ...own.map(({ slack }) => slack)))
      }
      const low = (pair: HeavyPair) => (isExact(pair) ? pair.score * (1 - pair.slack) : pair.score / 2)
      const high = (pair: HeavyPair) => (isExact(pair) ? Math.min(1, pair.score * (1 + pair.slack)) : 1)
      expect(batch.scoreLow && [...batch.scoreLow]).toEqual(withIntervals ? sorted.map(low) : undefined)
      expect(batch.scoreHigh && [...batch.scoreHigh]).toEqual(withIntervals ? sorted.map(high) : undefined)
      expect([...batch.uncertified, ...batch.undefinedRows]).toEqual([101, 102])
    }),
  )
})
