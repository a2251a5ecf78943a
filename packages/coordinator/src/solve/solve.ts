import type { HeaderRecord, HeavyBatch, HeavyPairSink } from '@levattention/core/internal'
import type { RunContext, RunStats } from '../tasks/run-context.ts'
import { type Answers, findSet, type FindOptions, type Problem, setAnswers } from './answers.ts'
import type { DotSigns, JobFacts, JobSummary, SearchCounts } from '../job/job-summary.ts'
import { type Findings, PairsWatch } from '../job/findings.ts'
import { nameKeys } from '../job/name-keys.ts'
import type { Job } from '../job/job.ts'
import type { Inputs } from '../inputs/open-inputs.ts'
import { keepPositive, openPairs, type PairsOptions } from '../outputs/pairs-output.ts'
import { SoftmaxProblem } from '../problem/softmax-problem.ts'
import { segmentAnswers } from './segment-answers.ts'
import { softmaxAnswers } from './softmax-answers.ts'
import { stageUniversal } from './stage-universal.ts'
import { type StagedOutput, withOutputs } from '../files/output-transaction.ts'
import { summaryOfSearch } from '../job/summarize.ts'

/**
 * The answers to a problem whose keys can be read: nobody else asks by which sets a mask or an attention is solved. Throws as
 * `findSet`.
 */
export async function answersFor(
  problem: Problem,
  options: FindOptions,
  context: RunContext,
): Promise<Answers> {
  if (problem instanceof SoftmaxProblem) return softmaxAnswers(problem, options, context)
  if (problem.mask.segment !== undefined) return segmentAnswers(problem, options, context)
  const found = await findSet(problem, options, context)
  return setAnswers(problem.at(found.universal.epsilon), found, options, context, true)
}

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
  answers: Answers,
  { pairs, header, beside }: Outputs,
  stats: RunStats,
  requireUnchanged?: () => Promise<void>,
): Promise<Partial<JobSummary> & SearchCounts & DotSigns & { readonly findings: Findings }> {
  const { queryCount } = answers.problem
  return await withOutputs(async (staged) => {
    const sink = openPairs(pairs, answers.idEnd, queryCount)
    const meta = { ...answers.header, ...header }
    staged.add({ seal: () => sink.seal(meta), discard: () => sink.abort() })
    if (beside) staged.add(await stats.time('write', beside))
    const { negativeDots, findings, ...counts } = await collectPairs(answers, sink, stats)
    await requireUnchanged?.()
    await stats.time('write', () => staged.finish())
    return { ...answers.facts(), ...summaryOfSearch(queryCount, counts, stats), negativeDots, findings }
  })
}

/** As `solve`, into the outputs of a job, and where `universal` says so the set that the answers come from. */
export async function solveInto(
  answers: Answers,
  inputs: Inputs,
  options: PairsOptions & { readonly universal?: string | undefined },
  job: Job,
): Promise<JobFacts> {
  const { universal: path, force = false } = options
  const { found } = answers
  const beside = path === undefined || !found ? undefined : () => stageUniversal(path, found, { force })
  const outputs = { pairs: options, beside }
  const solved = await solve(answers, outputs, job.stats, () => job.requireUnchanged(inputs))
  const { negativeDots: _, findings, ...facts } = solved
  job.findings = await nameKeys(findings, inputs.tables)
  answers.warn(facts, options.out)
  return { ...facts, ...inputs.facts }
}

/** Hands `batches` to `sink`, which is still to be finished, and counts. */
async function collectPairs(
  { problem, batches, withMass, found: set, idEnd }: Answers,
  sink: HeavyPairSink,
  stats: RunStats,
): Promise<SearchCounts & DotSigns & { readonly findings: Findings }> {
  const others = ['write', 'exact', 'draw'] as const
  const otherSeconds = () => others.reduce((sum, stage) => sum + (stats.seconds.get(stage) ?? 0), 0)
  const before = { ms: performance.now(), otherSeconds: otherSeconds() }
  const watch = new PairsWatch(set?.universal, idEnd)
  let undefinedRows = 0
  let uncertifiedQueries = 0
  let scoreSlack = 0
  let negativeDots = 0
  const byDraws = new Map<number, number>()
  for await (const found of batches()) {
    const batch: HeavyBatch = problem.sign === 'positive' ? keepPositive(found) : found
    const { mass, ...rest } = batch
    await stats.time('write', () => sink.add(withMass ? { ...rest, mass } : rest))
    undefinedRows += batch.undefinedRows.filter((id) => problem.hidesQuery?.(id) !== true).length
    uncertifiedQueries += batch.uncertified.length
    scoreSlack = Math.max(scoreSlack, largestOf(batch.slack))
    negativeDots += negativeCount(batch.dots)
    for (const draws of batch.draws ?? []) byDraws.set(draws, (byDraws.get(draws) ?? 0) + 1)
    watch.add(batch)
  }
  // What is left of the loop's time when writing, exact passes and draws are taken off.
  const seconds = (performance.now() - before.ms) / 1000 - (otherSeconds() - before.otherSeconds)
  stats.seconds.set('query', (stats.seconds.get('query') ?? 0) + seconds)
  const findings = watch.findings()
  const queriesByDraws = [...byDraws]
    .sort(([a], [b]) => a - b)
    .map(([draws, queries]) => ({ draws, queries }))
  return {
    pairs: sink.pairCount,
    undefinedRows,
    uncertifiedQueries,
    scoreSlack,
    ...(queriesByDraws.length > 0 ? { queriesByDraws } : {}),
    negativeDots,
    findings,
  }
}

function largestOf(values: Float64Array): number {
  let largest = 0
  for (let i = 0; i < values.length; i++) if (values[i] > largest) largest = values[i]
  return largest
}

function negativeCount(values: Float64Array): number {
  let count = 0
  for (let i = 0; i < values.length; i++) if (values[i] < 0) count++
  return count
}
