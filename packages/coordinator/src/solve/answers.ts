import type {
  HeaderRecord,
  HeavyBatch,
  MatrixSource,
  MergeRecord,
  UniversalSet,
} from '@levattention/core/internal'
import { findHeavyPairs } from '../queries/heavy.ts'
import type { HeavyOptions } from '../queries/batch-search.ts'
import type { RunContext, RunStats } from '../tasks/run-context.ts'
import { findUniversalSet, type UniversalOptions, type UniversalResult } from '../keys/universal.ts'
import type { PlanOptions } from '../plan/plan.ts'
import type { AttentionProblem, Rows } from '../problem/attention-problem.ts'
import { guaranteeOf } from '../problem/guarantee.ts'
import type { JobSummary } from '../job/job-summary.ts'
import { summaryOfUniversal, warnOfBytes } from '../job/summarize.ts'

/** A problem whose queries [m, d] are to be answered. */
export type QueryProblem = AttentionProblem<MatrixSource | undefined, MatrixSource>

/** The answers to a problem, of one set for all queries or of one for each segment (segment-answers.ts). */
export interface Answers {
  /** In query order. Nothing is searched before the first is asked for. */
  readonly batches: AsyncIterable<HeavyBatch>
  /** Whether they know the shares of mass inside U. */
  readonly withMass: boolean
  /** Ids of keys are below it. */
  readonly idEnd: number
  readonly header: HeaderRecord
  /** What is known of the keys once all batches are over. */
  facts(): Partial<JobSummary>
  /** Warns of what it was that took so long. */
  warn(stats: RunStats): void
}

/** A set and what it was made of, as it was found, read, or summed up from a stream. */
export interface Found {
  readonly universal: UniversalSet
  readonly origin: MergeRecord
}

/** How a set is found, beside what the problem says of it. */
type FindOptions = PlanOptions & Pick<UniversalOptions, 'tighten' | 'rowOffset' | 'mergeable'>

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
  const { keys, queries, queryCount, epsilon } = problem
  const { factor, prefixes, p, rowCount } = universal
  const guarantee = guaranteeOf(factor, universal.epsilon, queryCount)
  return {
    batches: findHeavyPairs(universal, queries, searchOptions(problem, plan), context),
    // Shares inside U are known for p = 2 alone, where U is one for all queries, and not by sketches.
    withMass: p === 2 && prefixes === undefined && !factor.sketch,
    // Row ids of a part go up to the end of its rows, not to their number.
    idEnd: origin.ranges.at(-1)?.rowEnd ?? rowCount,
    header: problem.header(origin.ranges, guarantee),
    facts: () => ({ ...summaryOfUniversal(universal, epsilon), ...problem.facts(), ...guarantee }),
    warn: (stats) => {
      if (keys) warnOfBytes(keys === queries ? [keys] : [keys, queries], stats)
    },
  }
}
