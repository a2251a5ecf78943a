// Summaries of p other than 2: one pass, merged in any tree. Catches: a pair that is missed without its query being listed,
// an interval that does not hold the score, a bound that a query breaks, sums that grow with the number of parts, a file
// that does not come back. Cannot catch: a bound that is broken only by queries that neither sampling nor reweighted least
// squares finds.
import { KeySummary, rowCountOf } from '@levattention/core/internal'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { adversarialQuery, shareOf } from '../support/adversary.ts'
import { anyKeys, Random, stack } from '../support/matrices.ts'
import { bruteForceHeavy, row, type DenseMatrix } from '../support/oracle.ts'

const POWERS = [0.3, 0.5, 1, 1.5, 2.5, 3, 4, 6, 8]
const ROOM = 1e-6

type Form = 'gram' | 'triangular'

/** A summary of each of `count` parts, some of them of no rows. */
function partsOf(
  keys: DenseMatrix,
  terms: { p: number; epsilon: number; form: Form },
  count: number,
  random: Random,
) {
  const { rows, cols: dim, data } = keys
  const edges = Float64Array.from({ length: count - 1 }, () => random.below(rows + 1)).sort()
  return [...edges, rows].map((rowEnd, i) => {
    const rowStart = i === 0 ? 0 : edges[i - 1]
    return new KeySummary({ dim, rowStart, ...terms }).update(data.subarray(rowStart * dim, rowEnd * dim))
  })
}

/** Merges all parts in a random order and tree, through files now and then. */
function mergeAtRandom(parts: readonly KeySummary[], random: Random): KeySummary {
  const left = parts.slice()
  const through = (one: KeySummary) => (random.uniform() < 0.3 ? KeySummary.fromBytes(one.toBytes()) : one)
  while (left.length > 1) {
    const [a] = left.splice(random.below(left.length), 1)
    const [b] = left.splice(random.below(left.length), 1)
    left.push(through(a).merge(through(b)))
  }
  return left[0]
}

/** Own keys, attacks on keys, noise. */
function queriesFor(keys: DenseMatrix, p: number, random: Random, count = 9): DenseMatrix {
  const queries = Array.from({ length: count }, (_, i) => {
    const key = random.below(keys.rows)
    if (i % 3 === 0) return row(keys, key)
    if (i % 3 === 1) return adversarialQuery(keys, key, p, 8)
    return Float64Array.from({ length: keys.cols }, () => random.normal())
  })
  return stack(queries, keys.cols)
}

/** Every pair clearly above epsilon is there, or its query is listed; every interval holds the score. Returns the pairs. */
function expectRight(summary: KeySummary, keys: DenseMatrix, queries: DenseMatrix, p: number): number {
  const { epsilon } = summary.universalSet()
  const batch = summary.heavyPairs(queries.data)
  const listed = new Set(batch.uncertified)
  const all = bruteForceHeavy(queries, keys, epsilon * (1 - 1e-3), p).pairs
  const scores = new Map(all.map(({ query, key, score }) => [`${query}:${key}`, score]))
  for (let query = 0; query < queries.rows; query++) {
    const [start, end] = [batch.offsets[query], batch.offsets[query + 1]]
    const found = new Set(batch.keyIds.subarray(start, end))
    for (let at = start; at < end; at++) {
      const score = scores.get(`${query}:${batch.keyIds[at]}`) ?? 0
      expect(score).toBeGreaterThanOrEqual(batch.scoreLow![at] * (1 - ROOM))
      expect(score).toBeLessThanOrEqual(batch.scoreHigh![at] * (1 + ROOM))
      expect(batch.scores[at]).toBeGreaterThanOrEqual(batch.scoreLow![at])
      expect(batch.scores[at]).toBeLessThanOrEqual(batch.scoreHigh![at])
    }
    if (listed.has(query)) continue
    const missed = all.filter(
      (pair) => pair.query === query && pair.score >= epsilon * (1 + ROOM) && !found.has(pair.key),
    )
    expect(missed).toEqual([])
  }
  return batch.keyIds.length
}

const cases = fc.record({
  keys: anyKeys({ minRows: 1, maxRows: 90, maxCols: 6 }),
  p: fc.constantFrom(...POWERS),
  epsilon: fc.constantFrom(0.3, 0.1, 0.05),
  form: fc.constantFrom<Form>('gram', 'triangular'),
  parts: fc.integer({ min: 1, max: 17 }),
  seed: fc.nat(),
})

describe('every p in one pass', () => {
  test('any split into 1 to 17 parts, merged in any tree: no pair is missed, every interval holds its score', () => {
    let pairs = 0
    fc.assert(
      fc.property(cases, ({ keys, p, epsilon, form, parts, seed }) => {
        const random = new Random(seed)
        const merged = mergeAtRandom(partsOf(keys, { p, epsilon, form }, parts, random), random)
        expect(merged.rowCount).toBe(keys.rows)
        expect(rowCountOf(merged.state.ranges)).toBe(keys.rows)
        pairs += expectRight(merged, keys, queriesFor(keys, p, random), p)
      }),
      { numRuns: 150 },
    )
    expect(pairs).toBeGreaterThan(100)
  })

  test('no query brings a key above its bound, whatever parts it came from', () => {
    let tried = 0
    fc.assert(
      fc.property(cases, ({ keys, p, form, parts, seed }) => {
        const random = new Random(seed)
        const merged = mergeAtRandom(partsOf(keys, { p, epsilon: 1e-12, form }, parts, random), random)
        const { rowIds, bounds, factor } = merged.universalSet()
        fc.pre(factor.ridge === 0 && factor.dropRidge === 0)
        tried++
        const queries = queriesFor(keys, p, random)
        for (let q = 0; q < queries.rows; q++) {
          rowIds.forEach((key, slot) => {
            expect(shareOf(keys, row(queries, q), key, p)).toBeLessThanOrEqual(bounds[slot] * (1 + ROOM))
          })
        }
      }),
      { numRuns: 80 },
    )
    expect(tried).toBeGreaterThan(30)
  })

  test.each([0.01, 1000])('p = %s neither overflows nor misses', (p) => {
    fc.assert(
      fc.property(cases, ({ keys, form, parts, seed }) => {
        const random = new Random(seed)
        const merged = mergeAtRandom(partsOf(keys, { p, epsilon: 0.1, form }, parts, random), random)
        for (const bound of merged.universalSet().bounds) expect(bound).toBeGreaterThan(0)
        expectRight(merged, keys, queriesFor(keys, p, random, 6), p)
      }),
      { numRuns: 30 },
    )
  })
})
