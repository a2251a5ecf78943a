import type { HeaderRecord, HeavyBatch, HeavyPairSink } from '@levattention/core/internal'
import type { RunContext } from '../tasks/run-context.ts'
import type { PlanOptions } from '../plan/plan.ts'
import type { Sign } from '../problem/attention-problem.ts'
import { type Answers, type Found, type QueryProblem, setAnswers } from './answers.ts'
import type { JobFacts, JobSummary, SearchCounts } from '../job/job-summary.ts'
import type { Job } from '../job/job.ts'
import type { Inputs } from '../inputs/open-inputs.ts'
import { keepPositive, openPairs, type PairsOptions } from '../outputs/pairs-output.ts'
import { stageUniversal } from './stage-universal.ts'
import { type StagedOutput, withOutputs } from '../files/output-transaction.ts'
import { summaryOfSearch, warnOfSearch, warnOfSize } from '../job/summarize.ts'

/** Where answers go, and what is to appear with them. */
interface Outputs {
  readonly pairs: PairsOptions
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
    const counts = await collectPairs(answers, sink, sign, context)
    await requireUnchanged?.()
    await stats.time('write', () => staged.finish())
    return { ...answers.facts(), ...summaryOfSearch(queryCount, counts, stats) }
  })
}

/** The answers of `answersOf` into the outputs of a job. `advice`: what would decide uncertified queries. */
export async function solveInto(
  problem: QueryProblem,
  answersOf: (context: RunContext) => Answers,
  inputs: Inputs,
  pairs: PairsOptions,
  job: Job,
  { advice, beside }: { advice?: string } & Pick<Outputs, 'beside'> = {},
): Promise<JobFacts> {
  const context = await job.context(problem.work())
  const answers = answersOf(context)
  const facts = await solve(problem, answers, { pairs, beside }, context, () => job.requireUnchanged(inputs))
  warnOfSearch(facts, job.stats, problem.p, { out: pairs.out, advice })
  answers.warn(job.stats)
  return { ...facts, inputs: inputs.parts }
}

/** The heavy pairs of a set that was made of the problem's keys just now, and where `universal` says so the set. */
export async function solveFound(
  problem: QueryProblem,
  found: Found,
  inputs: Inputs,
  options: PairsOptions & PlanOptions & { readonly universal?: string | undefined },
  job: Job,
): Promise<JobFacts> {
  warnOfSize(found.universal, job.stats)
  const { universal: path, force = false } = options
  const advice = problem.keys
    ? `All keys were read again, and no precision that is tried decides them: ${beyondRange(problem.p)}`
    : 'Keys from a file are read again to decide them'
  const beside = path === undefined ? undefined : () => stageUniversal(path, found, force)
  const answersOf = (context: RunContext) => setAnswers(problem, found, options, context)
  return await solveInto(problem, answersOf, inputs, options, job, { advice, beside })
}

/** What would help queries that correctly rounded dots do not decide. */
function beyondRange(p: number): string {
  const rescale = 'their dots lie below what float64 holds beside the largest keys, so rescale the keys'
  return p === 2 ? rescale : `take a smaller p, or ${rescale}`
}

/** Hands `batches` to `sink`, which is still to be finished, and counts. */
async function collectPairs(
  { batches, withMass }: Answers,
  sink: HeavyPairSink,
  sign: Sign,
  { stats }: RunContext,
): Promise<SearchCounts> {
  const otherSeconds = () => (stats.seconds.get('write') ?? 0) + (stats.seconds.get('exact') ?? 0)
  const before = { ms: performance.now(), otherSeconds: otherSeconds() }
  let undefinedRows = 0
  let uncertifiedQueries = 0
  let scoreSlack = 0
  for await (const found of batches) {
    const batch: HeavyBatch = sign === 'positive' ? keepPositive(found) : found
    const { mass, ...rest } = batch
    await stats.time('write', () => sink.add(withMass ? { ...rest, mass } : rest))
    undefinedRows += batch.undefinedRows.length
    uncertifiedQueries += batch.uncertified.length
    scoreSlack = Math.max(scoreSlack, largestOf(batch.slack))
  }
  // What is left of the loop's time when writing and exact passes are taken off.
  const seconds = (performance.now() - before.ms) / 1000 - (otherSeconds() - before.otherSeconds)
  stats.seconds.set('query', (stats.seconds.get('query') ?? 0) + seconds)
  return { pairs: sink.pairCount, undefinedRows, uncertifiedQueries, scoreSlack }
}

function largestOf(values: Float64Array): number {
  let largest = 0
  for (let i = 0; i < values.length; i++) if (values[i] > largest) largest = values[i]
  return largest
}
