import type { MatrixSource, UniversalOrigin, UniversalSet } from '@levattention/core/internal'
import { findHeavyPairs, type HeavyOptions } from '../pipeline/heavy.ts'
import type { RunContext } from '../pipeline/run-context.ts'
import { findUniversalSet, type UniversalOptions, type UniversalResult } from '../pipeline/universal.ts'
import type { PlanOptions } from '../plan.ts'
import type { AttentionProblem, Rows } from '../problem/attention-problem.ts'
import { guaranteeOf } from '../problem/guarantee.ts'
import type { Answers, QueryProblem } from './solve.ts'
import { universalFacts } from './summarize.ts'

/** A set and what it was made of, as it was found, read, or summed up from a stream. */
export interface Found {
  readonly universal: UniversalSet
  readonly origin: UniversalOrigin
}

/** How a set is found, beside what the problem says of it. */
export type FindOptions = PlanOptions & Pick<UniversalOptions, 'tighten' | 'rowOffset' | 'mergeable'>

/** The universal set of a problem. Throws as `findUniversalSet`. */
export async function findSet(
  problem: AttentionProblem<MatrixSource, Rows | undefined>,
  options: FindOptions,
  context: RunContext,
): Promise<UniversalResult> {
  const { keys, p, epsilon, keep, mask, queries } = problem
  const queryCount = queries?.rows ?? options.queryCount
  const terms = { ...options, p, epsilon, keep, causal: mask.causal, queryCount }
  return await findUniversalSet(keys, terms, context)
}

/** What a search of `problem` takes, cut as `plan` says. */
export function searchOptions(
  { p, epsilon, keys, scores, mask }: QueryProblem,
  plan: PlanOptions,
): HeavyOptions {
  return { ...plan, p, epsilon, keys, scores, queryStart: mask.queryStart }
}

/** The answers of one set for all queries. */
export function setAnswers(
  problem: QueryProblem,
  { universal, origin }: Found,
  plan: PlanOptions,
  context: RunContext,
): Answers {
  const { queries, queryCount, epsilon } = problem
  const { factor, prefixes, p, rowCount } = universal
  const guarantee = guaranteeOf(factor, universal.epsilon, queryCount)
  return {
    batches: findHeavyPairs(universal, queries, searchOptions(problem, plan), context),
    // Shares inside U are known for p = 2 alone, where U is one for all queries, and not by sketches.
    withMass: p === 2 && prefixes === undefined && !factor.sketch,
    // Row ids of a part go up to the end of its rows, not to their number.
    idEnd: origin.ranges.at(-1)?.rowEnd ?? rowCount,
    header: problem.header(origin.ranges, guarantee),
    facts: () => ({ ...universalFacts(universal, epsilon), ...problem.facts(), ...guarantee }),
  }
}
