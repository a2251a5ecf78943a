/** Summaries of p other than 2 and what they owe, for tests of the one pass. */
import { KeySummary } from '@levattention/core/internal'
import { expect } from 'vitest'
import { adversarialQuery } from '../support/adversary.ts'
import { stack } from '../support/matrices.ts'
import { Random } from '../support/random.mjs'
import { bruteForceHeavy, row, type DenseMatrix } from '../support/oracle.ts'

export const ROOM = 1e-6

/** Own keys, attacks on keys, noise. */
export function queriesFor(keys: DenseMatrix, p: number, random: Random, count = 9): DenseMatrix {
  const queries = Array.from({ length: count }, (_, i) => {
    const key = random.below(keys.rows)
    if (i % 3 === 0) return row(keys, key)
    if (i % 3 === 1) return adversarialQuery(keys, key, p, 8)
    return Float64Array.from({ length: keys.cols }, () => random.normal())
  })
  return stack(queries, keys.cols)
}

/** Every pair clearly above epsilon is there, or its query is listed; every interval holds the score. Returns the pairs. */
export function expectRight(summary: KeySummary, keys: DenseMatrix, queries: DenseMatrix, p: number): number {
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

/** Rows of which a few stand out, more than one chunk of them. */
export function tall(rows: number, cols: number, seed: number): DenseMatrix {
  const random = new Random(seed)
  const data = Float64Array.from(
    { length: rows * cols },
    (_, i) => random.normal() * (Math.floor(i / cols) % 1300 === 250 ? 20 : 1) * (1 + (i % cols)),
  )
  return { rows, cols, data }
}

export function pushed(
  keys: DenseMatrix,
  terms: { p: number; epsilon: number; form?: 'gram' | 'triangular' },
  piece = 1777,
): KeySummary {
  const summary = new KeySummary({ dim: keys.cols, ...terms })
  for (let at = 0; at < keys.rows; at += piece)
    summary.update(keys.data.subarray(at * keys.cols, (at + piece) * keys.cols))
  return summary
}
