import {
  type HeavyBatch,
  type MatrixSource,
  requireMatrix,
  type UniversalSet,
} from '@levattention/core/internal'
import { requireKeptRows } from '../keys/require-kept-rows.ts'
import {
  problemOfSet,
  requireCovers,
  requireExactScores,
  requireScores,
  requireShapes,
} from '../problem/problem-of.ts'
import { findHeavyPairs } from '../queries/heavy.ts'
import { withSeed } from '../problem/estimate-options.ts'
import { type QueryProblem, searchOptions } from '../solve/answers.ts'
import type { RunContext } from '../tasks/run-context.ts'
import type { HeavyAttentionsOptions } from './library-options.ts'
import { requireScoresOf } from './option-conflicts.ts'
import { keysOfSet, seenQueries } from './seen-sources.ts'

/** What is asked, of which matrices. */
interface HeavyAsked {
  readonly universal: UniversalSet
  readonly queries: MatrixSource
  readonly keys: MatrixSource | undefined
  readonly problem: QueryProblem
  readonly options: HeavyAttentionsOptions
}

/** Throws Option, Content where set, queries [m, d], keys and options do not go together. */
export function heavyAsked(
  universal: UniversalSet,
  given: MatrixSource,
  asked: HeavyAttentionsOptions,
): HeavyAsked {
  if (asked.keys !== undefined) requireMatrix('keys', asked.keys)
  const queries = seenQueries(given, asked)
  const keys = keysOfSet(universal, asked)
  const options = withSeed(keys ? { ...asked, keys } : asked)
  return { universal, queries, keys, problem: problemIn(universal, queries, options), options }
}

/** Operations a second of one core, roughly, in coordinates of U's factor. */
const OPERATIONS_A_SECOND = 5e9
/** Of a pair that is told. */
const SECONDS_A_PAIR = 2e-7

/** Seconds on one core, roughly: U is brought into its coordinates whole, however few queries there are. */
export function heavySeconds({ universal: { rowIds, dim }, queries, problem }: HeavyAsked): number {
  const operations = rowIds.length * dim * (dim + queries.rows)
  const pairs = queries.rows * Math.min(rowIds.length, 1 / problem.epsilon)
  // Exact passes over the keys are rare.
  return problem.work(0) + operations / OPERATIONS_A_SECOND + pairs * SECONDS_A_PAIR
}

/** The batches of all queries, in order. Throws as `LevAttention.heavyAttentions`. */
export async function* heavyCall(
  { universal, queries, keys, problem, options }: HeavyAsked,
  context: RunContext,
): AsyncGenerator<HeavyBatch, void, void> {
  if (keys !== undefined) {
    await requireKeptRows(keys, universal, context.signal)
    keys.close()
  }
  const batches = findHeavyPairs(universal, queries, searchOptions(problem, options), context)
  const { scores, seed } = options
  if (scores !== 'estimate') yield* batches
  else for await (const batch of batches) yield { ...batch, seed }
}

/** What is asked of the set. Throws Option, Content where set, queries and options do not go together. */
function problemIn(
  universal: UniversalSet,
  queries: MatrixSource,
  options: HeavyAttentionsOptions,
): QueryProblem {
  const { epsilon = universal.epsilon, keys, scores } = options
  requireScores(scores, universal.p)
  requireScoresOf(universal, options)
  requireCovers(universal, epsilon)
  requireShapes(universal, queries, keys)
  const problem = problemOfSet(universal, options, keys, queries)
  requireExactScores(problem.mask.causal, scores)
  return problem
}
