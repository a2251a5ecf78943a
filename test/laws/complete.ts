/** Runs in this thread, held against brute force. */
import { expect } from 'vitest'
import { bruteForceHeavy, type DenseMatrix, type HeavyPair } from '../support/oracle.ts'
import { type Found, runInline, type RunOptions } from '../support/run-inline.ts'

export const label = ({ query, key }: Pick<HeavyPair, 'query' | 'key'>) => `${query}:${key}`

/** Holds `found` against brute force; `tolerance` bounds the relative error of scores where the slack does not. */
export function expectComplete(found: Found, keys: DenseMatrix, queries: DenseMatrix, epsilon: number): void {
  const want = bruteForceHeavy(queries, keys, epsilon * 0.99)
  const mine = new Map(found.pairs.map((pair) => [label(pair), pair]))
  const decided = (query: number) => !found.uncertified.includes(query)
  const missed = want.pairs.filter(
    (pair) => pair.score >= epsilon * (1 + 1e-12) && decided(pair.query) && !mine.has(label(pair)),
  )
  expect(missed, 'missed').toEqual([])
  for (const exact of want.pairs) {
    const pair = mine.get(label(exact))
    if (!pair) continue
    expect(Math.abs(pair.score / exact.score - 1), label(pair)).toBeLessThanOrEqual(pair.slack + 1e-15)
    expect(pair.score).toBeGreaterThanOrEqual(epsilon * (1 - pair.slack))
    expect(pair.score).toBeLessThanOrEqual(1)
    mine.delete(label(exact))
  }
  expect([...mine.values()], 'invented').toEqual([])
  const undefinedRows = want.undefinedRows.filter(decided)
  expect(found.undefinedRows).toEqual(undefinedRows)
}

export async function check(keys: DenseMatrix, queries: DenseMatrix, options: RunOptions): Promise<Found> {
  const found = await runInline(keys, queries, options)
  expectComplete(found, keys, queries, options.epsilon)
  if (!options.keysGone) expect(found.uncertified).toEqual([])
  return found
}
