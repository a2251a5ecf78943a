import type { UniversalSet } from '@levattention/core/internal'

/** Multiply-adds of a part: a few milliseconds, so that a large batch delays a small one by no more. */
const PART_WORK = 2 ** 24
const MOST_ROWS = 1024

/** Queries that one call to an actor asks: each costs d |U| for the filter and a few d^2 for its row sum. */
export function partRowsOf({ dim, rowIds }: Pick<UniversalSet, 'dim' | 'rowIds'>): number {
  const work = dim * (rowIds.length + 4 * dim)
  return Math.max(1, Math.min(MOST_ROWS, Math.floor(PART_WORK / work)))
}
