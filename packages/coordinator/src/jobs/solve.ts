import type { HeaderRecord, HeavyBatch, MatrixSource } from '@levattention/core/internal'
import type { RunContext } from '../pipeline/run-context.ts'
import type { AttentionProblem } from '../problem/attention-problem.ts'
import { collectPairs, type SearchCounts } from './collect-pairs.ts'
import type { JobSummary } from './job-summary.ts'
import { openPairs, type PairsOutput } from './stage-pairs.ts'
import { type StagedOutput, withOutputs } from './staged-outputs.ts'
import { searchFacts } from './summarize.ts'

/** A problem whose queries [m, d] are to be answered. */
export type QueryProblem = AttentionProblem<MatrixSource | undefined, MatrixSource>

/** Who answers: one set (set-answers.ts), or one for each segment (segment-answers.ts). */
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
}

/** Where answers go, and what is to appear with them. */
export interface Outputs {
  readonly pairs: PairsOutput
  /** What the header says beside the answers' own. */
  readonly header?: HeaderRecord
  readonly beside?: (() => StagedOutput) | undefined
}

/**
 * The recipe of every command that answers queries: the batches of `answers` into their outputs, of which all appear, or
 * none. `requireUnchanged` has the last word before they do.
 */
export async function solve(
  problem: QueryProblem,
  answers: Answers,
  { pairs, header, beside }: Outputs,
  context: RunContext,
  requireUnchanged?: () => Promise<void>,
): Promise<Partial<JobSummary> & SearchCounts> {
  const { stats } = context
  const { queryCount, sign } = problem
  return await withOutputs(async (staged) => {
    const sink = openPairs(pairs, answers.idEnd, queryCount)
    const meta = { ...answers.header, ...header }
    staged.add({ seal: () => sink.seal(meta), discard: () => sink.abort() })
    if (beside) staged.add(await stats.time('write', beside))
    const counts = await collectPairs(answers.batches, sink, sign, answers.withMass, context)
    await requireUnchanged?.()
    await stats.time('write', () => staged.finish())
    return { ...answers.facts(), ...searchFacts(queryCount, counts, stats) }
  })
}
