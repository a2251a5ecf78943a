import { type UniversalSet } from '@levattention/core/internal'
import { expect } from 'vitest'
import { Random } from '../support/random.mjs'

/** Merges all parts in a random order and tree. */
export function mergeAtRandom<S>(parts: readonly S[], random: Random, merge: (a: S, b: S) => S): S {
  const left = parts.slice()
  while (left.length > 1) {
    const [a] = left.splice(random.below(left.length), 1)
    const [b] = left.splice(random.below(left.length), 1)
    left.splice(random.below(left.length + 1), 0, merge(a, b))
  }
  return left[0]
}

/** 1 to 17 row ranges that cover [0, rows), cut at random; some may be empty. */
export function cutAtRandom(rows: number, random: Random): { rowStart: number; rowEnd: number }[] {
  const edges = [
    0,
    ...[...Array(random.below(17))].map(() => random.below(rows + 1)).sort((a, b) => a - b),
    rows,
  ]
  return edges.slice(1).map((rowEnd, i) => ({ rowStart: edges[i], rowEnd }))
}

/** U and the batch's may differ by keys within slack of the threshold; bounds agree within both slacks. */
export function expectSameUpToSlack(universal: UniversalSet, batch: UniversalSet): void {
  const slack = universal.factor.thresholdSlack + batch.factor.thresholdSlack
  const edge = batch.epsilon * (1 + 3 * slack)
  const bounds = new Map(Array.from(batch.rowIds, (rowId, slot) => [rowId, batch.bounds[slot]]))
  universal.rowIds.forEach((rowId, slot) => {
    const known = bounds.get(rowId)
    if (known === undefined) expect(universal.bounds[slot]).toBeLessThanOrEqual(edge)
    else expect(Math.abs(universal.bounds[slot] - known)).toBeLessThanOrEqual(2 * slack * known)
    bounds.delete(rowId)
  })
  for (const [rowId, bound] of bounds) expect(bound, `row ${rowId}`).toBeLessThanOrEqual(edge)
}
