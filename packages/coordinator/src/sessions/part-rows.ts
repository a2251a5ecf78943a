import type { UniversalSet } from '@levattention/core/internal'

/** Multiply-adds of a part: a few milliseconds, so that a large batch delays a small one by no more. */
const PART_WORK = 2 ** 24
const MOST_ROWS = 1024
/** Of a pair that is reported, in multiply-adds. It takes a microsecond; few queries have all the pairs that they may. */
const PAIR_WORK = 1000

/**
 * Queries that one call to an actor asks: each costs d |U| for the filter, a few d^2 for its row sum, and its pairs, of
 * which it has at most 1/epsilon.
 */
export function partRowsOf({
  dim,
  rowIds,
  epsilon,
}: Pick<UniversalSet, 'dim' | 'rowIds' | 'epsilon'>): number {
  const work = dim * (rowIds.length + 4 * dim) + PAIR_WORK * Math.min(rowIds.length, 1 / epsilon)
  return Math.max(1, Math.min(MOST_ROWS, Math.floor(PART_WORK / work)))
}
