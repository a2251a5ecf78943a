import type {
  HeaderRecord,
  HeavyBatch,
  MatrixSource,
  MergeRecord,
  UniversalSet,
} from '@levattention/core/internal'
import { drawsNothing } from '../keys/estimate-draws.ts'
import { findHeavyPairs } from '../queries/heavy.ts'
import type { HeavyOptions } from '../queries/batch-search.ts'
import type { RunContext } from '../tasks/run-context.ts'
import { findUniversalSet, type UniversalOptions, type UniversalResult } from '../keys/universal.ts'
import type { PlanOptions } from '../plan/plan.ts'
import type { AttentionProblem, Rows } from '../problem/attention-problem.ts'
import { guaranteeOf } from '../problem/guarantee.ts'
import type { SoftmaxProblem } from '../problem/softmax-problem.ts'
import type { JobSummary, SearchCounts } from '../job/job-summary.ts'
import {
  beyondRange,
  summaryOfUniversal,
  warnOfBytes,
  warnOfScores,
  warnOfSearch,
  warnOfSize,
} from '../job/summarize.ts'

/** A problem whose queries [m, d] are to be answered. */
export type QueryProblem = AttentionProblem<MatrixSource | undefined, MatrixSource>

/** One whose keys [n, d] can be read. */
export type KeyedProblem = AttentionProblem<MatrixSource, MatrixSource>

/** One that can be solved: of |q.k|^p by sets of keys, of softmax by all keys. */
export type Problem = KeyedProblem | SoftmaxProblem<MatrixSource, MatrixSource>

/** The answers to a problem, of one set for all queries or of one for each segment (segment-answers.ts). */
export interface Answers {
  /** At the epsilon at which it is solved. */
  readonly problem: Pick<QueryProblem, 'queryCount' | 'sign'> & Partial<Pick<QueryProblem, 'hidesQuery'>>
  /** The set that they all come from, where there is one. */
  readonly found?: Found
  /** In query order, as often as they are asked for. Nothing is searched before the first is. */
  readonly batches: () => AsyncIterable<HeavyBatch>
  /** Whether they know the shares of mass inside U. */
  readonly withMass: boolean
  /** Ids of keys are below it. */
  readonly idEnd: number
  readonly header: HeaderRecord
  /** What is known of the keys once all batches are over. */
  facts(): Partial<JobSummary>
  /** Warns, once all are over, of what was found and of what took so long. `out`: where the pairs went. */
  warn(counts: SearchCounts, out: string | undefined): void
}

/** A set and what it was made of, as it was found, read, or summed up from a stream. */
export interface Found {
  readonly universal: UniversalSet
  readonly origin: MergeRecord
}

/** How a set is found, beside what the problem says of it. */
export type FindOptions = PlanOptions & Pick<UniversalOptions, 'tighten' | 'rowOffset' | 'mergeable'>

/** The universal set of a problem. Throws as `findUniversalSet`. */
export async function findSet(
  problem: AttentionProblem<MatrixSource, Rows | undefined>,
  options: FindOptions,
  context: RunContext,
): Promise<UniversalResult> {
  const { keys, attention, epsilon, keep, mask, queries } = problem
  const queryCount = queries?.rows ?? options.queryCount
  const terms = { ...options, p: attention.p, epsilon, keep, causal: mask.causal, queryCount }
  return await findUniversalSet(keys, terms, context)
}

/** What a search of `problem` takes, cut as `plan` says. */
export function searchOptions(
  { attention, epsilon, keys, scores, estimate, mask }: QueryProblem,
  plan: PlanOptions,
): HeavyOptions {
  return { ...plan, p: attention.p, epsilon, keys, scores, estimate, mask }
}

/** The answers of one set for all queries. `isNew`: it was made of the problem's keys just now. */
export function setAnswers(
  problem: QueryProblem,
  found: Found,
  plan: PlanOptions,
  context: RunContext,
  isNew = false,
): Answers {
  const { universal, origin } = found
  const { stats } = context
  const { keys, queries, queryCount, epsilon, attention } = problem
  const { factor, rowCount } = universal
  const estimate = drawsNothing(universal) ? undefined : problem.estimate
  const guarantee = guaranteeOf(factor, universal.epsilon, queryCount, estimate)
  return {
    problem,
    found,
    batches: () => findHeavyPairs(universal, queries, searchOptions(problem, plan), context),
    withMass: problem.knowsMass && !factor.sketch,
    // Row ids of a part go up to the end of its rows, not to their number.
    idEnd: origin.ranges.at(-1)?.rowEnd ?? rowCount,
    // Without the keys the set says which of them took part.
    header: { ...problem.header(origin.ranges, guarantee), ...(keys ? {} : origin.seen) },
    facts: () => ({ ...summaryOfUniversal(universal, epsilon), ...problem.facts(), ...guarantee }),
    warn: (counts, out) => {
      if (isNew) warnOfSize(universal, stats, keys)
      const isEstimate = problem.estimate !== undefined
      warnOfSearch(counts, stats, attention, {
        out,
        isEstimate,
        lacksKeys: !isNew && keys === undefined,
        advice: isNew ? adviceFor(problem) : undefined,
      })
      warnOfScores(problem, stats)
      if (keys) warnOfBytes(keys === queries ? [keys] : [keys, queries], stats)
    },
  }
}

/** What would help queries that correctly rounded dots do not decide, or intervals where the keys are gone. */
function adviceFor({ keys, attention }: QueryProblem): string {
  if (!keys) return 'Keys from a file are read again to decide them'
  return `All keys were read again, and no precision that is tried decides them: ${beyondRange(attention)}`
}
