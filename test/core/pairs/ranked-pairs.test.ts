// Catches: pairs in another order than by score, a limit that drops a larger score than it keeps or does not say what it
// cut, parts joined with wrong offsets or query numbers. Cannot catch: wrong scores.
import { type HeavyBatch, joinRankedPairs, noRankedPairs, rankedPairs } from '@levattention/core/internal'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'

interface Pair {
  readonly key: number
  readonly score: number
}

/** A batch of queries with these pairs, keys ascending; query numbers divisible by 3 are uncertified, by 5 undefined. */
function batchOf(
  queries: readonly (readonly Pair[])[],
  queryStart: number,
  withIntervals: boolean,
): HeavyBatch {
  const sorted = queries.map((pairs) => [...pairs].sort((a, b) => a.key - b.key))
  const all = sorted.flat()
  const ids = queries.map((_, q) => q + queryStart)
  const offsets = [0]
  for (const pairs of sorted) offsets.push(offsets[offsets.length - 1] + pairs.length)
  const column = (value: (pair: Pair) => number) => Float64Array.from(all, value)
  return {
    queryStart,
    queryCount: queries.length,
    offsets: Uint32Array.from(offsets),
    keyIds: column(({ key }) => key),
    scores: column(({ score }) => score),
    ...(withIntervals
      ? { scoreLow: column(({ score }) => score / 2), scoreHigh: column(({ score }) => 2 * score) }
      : {}),
    dots: column(({ key, score }) => key - score),
    mass: new Float64Array(queries.length),
    slack: new Float64Array(queries.length),
    uncertified: Float64Array.from(ids.filter((id) => id % 3 === 0)),
    undefinedRows: Float64Array.from(ids.filter((id) => id % 5 === 0)),
  }
}

/** Few different scores, so that ties are common. */
const pairs = fc.uniqueArray(
  fc.record({ key: fc.nat({ max: 60 }), score: fc.integer({ min: 1, max: 9 }).map((tenths) => tenths / 10) }),
  { selector: ({ key }) => key, maxLength: 12 },
)
const queries = fc.array(pairs, { maxLength: 7 })
const limits = fc.oneof(fc.integer({ min: 1, max: 14 }), fc.constant(Infinity))

test('each query has its largest scores, equal ones by row id, and the queries that the limit cut are named', () => {
  fc.assert(
    fc.property(
      queries,
      limits,
      fc.boolean(),
      fc.nat({ max: 9 }),
      (lists, limit, withIntervals, queryStart) => {
        const ranked = rankedPairs(batchOf(lists, queryStart, withIntervals), limit)
        expect(ranked.queryCount).toBe(lists.length)
        expect(ranked.offsets).toHaveLength(lists.length + 1)
        lists.forEach((list, q) => {
          const wanted = [...list].sort((a, b) => b.score - a.score || a.key - b.key).slice(0, limit)
          const [from, to] = [ranked.offsets[q], ranked.offsets[q + 1]]
          expect(Array.from(ranked.rowIds.slice(from, to))).toEqual(wanted.map(({ key }) => key))
          expect(Array.from(ranked.scores.slice(from, to))).toEqual(wanted.map(({ score }) => score))
          expect(Array.from(ranked.dots.slice(from, to))).toEqual(wanted.map(({ key, score }) => key - score))
          const low = withIntervals ? wanted.map(({ score }) => score / 2) : []
          expect(Array.from((ranked.scoreLow ?? []).slice(from, to))).toEqual(low)
          expect(Array.from((ranked.scoreHigh ?? []).slice(from, to))).toEqual(low.map((value) => 4 * value))
          expect(ranked.cut.includes(q)).toBe(list.length > limit)
          expect(ranked.uncertified.includes(q)).toBe((q + queryStart) % 3 === 0)
          expect(ranked.undefinedRows.includes(q)).toBe((q + queryStart) % 5 === 0)
        })
      },
    ),
  )
})

test('parts joined are the whole', () => {
  fc.assert(
    fc.property(
      fc.array(queries, { minLength: 1, maxLength: 4 }),
      limits,
      fc.boolean(),
      (parts, limit, wide) => {
        let start = 0
        const ranked = parts.map((lists) => {
          const batch = batchOf(lists, start, wide)
          start += lists.length
          return rankedPairs(batch, limit)
        })
        expect(joinRankedPairs(ranked)).toEqual(rankedPairs(batchOf(parts.flat(), 0, wide), limit))
      },
    ),
  )
})

test('queries that nothing is known of have no pairs', () => {
  expect(noRankedPairs(3)).toMatchObject({ queryCount: 3, offsets: new Uint32Array(4) })
  expect(joinRankedPairs([noRankedPairs(2), noRankedPairs(1)])).toEqual(noRankedPairs(3))
})
