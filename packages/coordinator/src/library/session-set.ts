import { LevError, requireMatrix, type UniversalSet } from '@levattention/core/internal'
import { nameNonFinite } from '../inputs/name-non-finite.ts'
import { drawEstimate } from '../keys/estimate-draws.ts'
import { requireKeptRows } from '../keys/require-kept-rows.ts'
import { scoringSeconds } from '../problem/attention-problem.ts'
import { estimateOf, requireEstimable, requireEstimateAsked } from '../problem/estimate-options.ts'
import { requireScores, requireShapes } from '../problem/problem-of.ts'
import { keysOfSet } from './seen-sources.ts'
import type { SessionOptions } from '../sessions/session.ts'
import type { RunContext } from '../tasks/run-context.ts'

/** Queries that the chance of a miss covers where none are said: twice as many cost a few draws more. */
const DEFAULT_QUERY_COUNT = 1_000_000

/** `universal` with what a session searches by: for scores estimate its draws from `keys`. Throws Option, Content, and as the draws. */
export async function sessionSet(
  universal: UniversalSet,
  options: SessionOptions,
  contextOf: (work: number) => Promise<RunContext>,
): Promise<UniversalSet> {
  const { scores, keys, queryCount = DEFAULT_QUERY_COUNT } = options
  requireScores(scores, universal.p)
  requireEstimateAsked(options)
  requireEstimable({ scores, p: universal.p })
  const estimate = estimateOf(options)
  if (!estimate) {
    const idle = keys !== undefined ? 'keys' : options.queryCount !== undefined ? 'queryCount' : undefined
    if (idle === undefined) return universal
    throw new LevError('Option', `session: ${idle} is for scores: 'estimate'; leave it out`, { option: idle })
  }
  if (keys === undefined) {
    const message = "session: scores 'estimate' draws from the keys: give keys as well, or leave scores out"
    throw new LevError('Option', message, { option: 'keys' })
  }
  requireMatrix('keys', keys)
  requireShapes(universal, keys, keys)
  // As they were read when the set was made: hidden rows are no part of a row sum.
  const seen = keysOfSet(universal, { keys }) ?? keys
  const context = await contextOf(scoringSeconds(keys))
  try {
    await requireKeptRows(seen, universal, context.signal)
    const draws = await drawEstimate(universal, { keys: seen, seed: estimate.seed }, {}, context)
    return { ...universal, estimate: { draws, delta: estimate.delta, queryCount } }
  } catch (error) {
    throw await nameNonFinite(error, () => [() => keys], context)
  }
}
