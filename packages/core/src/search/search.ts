import type { MatrixSource } from '../matrix/matrix-source.ts'
import type { GramParts } from '../sums/gram-sum.ts'
import type { RowRange } from '../matrix/row-ranges.ts'
import type { PairColumns } from '../pairs/pair-columns.ts'

/** Queries of one block: enough to amortise packing, few enough for the scratch. */
export const QUERY_BLOCK_ROWS = 1024

/** Consecutive queries, at most QUERY_BLOCK_ROWS of them. */
export interface QueryBlock {
  readonly rows: Float32Array | Float64Array // [count, dim], row-major, anywhere in memory
  readonly count: number
  /** Causal: where they stand among the keys. */
  readonly standing?: Standing | undefined
}

/** Causal: query i of a block stands at row `position` + i of `keys`, and sees the rows up to its own. */
export interface Standing {
  readonly position: number
  readonly keys: MatrixSource
  /** Rows of the keys in which all queries of the block stand. */
  readonly shard: RowRange
  /** The sum of the rows before the shard. */
  readonly prefix: GramParts
}

/**
 * What is known of queries, which count from the block's or batch's start. Each has one of four outcomes: it is certified
 * (all its pairs are told) unless one of these lists names it; the fourth, that no precision decides a query, is told by
 * the exact pass alone (exact-pass.ts).
 */
export interface Outcomes {
  /** Queries whose row sum is zero: no score of theirs is defined. Ascending. */
  readonly undefinedRows: Uint32Array
  /** Queries that U alone does not decide: they need an exact pass over the keys. Ascending. */
  readonly uncertified: Uint32Array
}

export interface SearchAnswer extends Outcomes {
  /** By query, then key. */
  readonly pairs: PairColumns
  /** Share of each row sum that lies inside U [count]; NaN where it is undefined or not known. */
  readonly mass: Float64Array
  /** By an estimate: how many draws were looked at for each query [count]. */
  readonly draws?: Uint32Array
}

/**
 * Finds the heavy pairs of queries within one universal set. What every implementation promises (test/core/search holds
 * all of them to it):
 *
 * - `pairs` tells of a certified query every pair of score >= epsilon (1 - slack) and no pair below that, each with a
 *   score that is off by at most its slack relative to the exact one (or lies within its certified ends, `lows` and
 *   `highs`). Of an uncertified query it may tell pairs that are heavy for certain; of an undefined one none.
 * - By an estimate `pairs` tells pairs below epsilon as well, each with the ends of its score, the upper one at epsilon or above; and
 *   that none is missed and upper ends hold has a chance of 1 - delta over the seed of the draws.
 * - `settle` tells the outcomes that `pairs` tells, without pairs and mass. It is cheaper where outcomes do not depend on pairs.
 * - What is told of a query depends on no other: every cut of the queries into blocks gives the same bits, and so do all
 *   kernels. Causal blocks are best given in order: a block that stands before the last one begins the walk again.
 * - A block with a NaN or infinity has no answer: both return the flat index of its first one, and the search stays usable.
 *
 * A search holds kernel scratch for as long as it lives: give it kernels of its own, or release a mark from before.
 */
export interface Search {
  settle(block: QueryBlock): SearchAnswer | number
  pairs(block: QueryBlock): SearchAnswer | number
}

/**
 * exact: a query with a pair that may be heavy is left to a pass over the keys; interval: only one with a pair that may or may not be;
 * estimate: none, and pairs that may or may not be heavy are told, with their ends, by draws from the keys.
 */
export type ScoresMode = 'exact' | 'interval' | 'estimate'

/** What is asked of a search. */
export interface SearchTerms {
  /** At least the set's own. */
  readonly epsilon: number
  /** Where scores are not known from U and its factor alone (p other than 2). */
  readonly scores: ScoresMode
}
