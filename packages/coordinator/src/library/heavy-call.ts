import {
  type HeavyBatch,
  type InputName,
  type MatrixSource,
  requireMatrix,
  type UniversalSet,
} from '@levattention/core/internal'
import { nameNonFinite } from '../inputs/name-non-finite.ts'
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
import { requireScoresOf } from './require-scores.ts'
import { keysOfSet, seenQueries } from './seen-sources.ts'

/** The batches of all queries [m, d], in order. Throws as `LevAttention.heavyAttentions`. */
export async function* heavyCall(
  universal: UniversalSet,
  given: MatrixSource,
  asked: HeavyAttentionsOptions,
  contextOf: (work: number) => Promise<RunContext>,
): AsyncGenerator<HeavyBatch, void, void> {
  if (asked.keys !== undefined) requireMatrix('keys', asked.keys)
  const queries = seenQueries(given, asked)
  const keys = keysOfSet(universal, asked)
  const options = withSeed(keys ? { ...asked, keys } : asked)
  const { scores, seed } = options
  const problem = problemIn(universal, queries, options)
  // Exact passes over the keys are rare.
  const context = await contextOf(problem.work(0))
  try {
    if (keys !== undefined) {
      requireKeptRows(keys, universal)
      keys.close()
    }
    const batches = findHeavyPairs(universal, queries, searchOptions(problem, options), context)
    if (scores !== 'estimate') yield* batches
    else for await (const batch of batches) yield { ...batch, seed }
  } catch (error) {
    const inputOf = (input: InputName) => [() => (input === 'keys' ? (keys ?? queries) : queries)]
    throw await nameNonFinite(error, inputOf, context)
  }
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
