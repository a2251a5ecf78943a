import { type Heads, LevError } from '@levattention/core/internal'
import { eachHead } from '../tasks/each-head.ts'
import type { RunContext } from '../tasks/run-context.ts'
import type { AttentionProblem } from '../problem/attention-problem.ts'
import { requireNoEstimate } from '../problem/estimate-options.ts'
import { problemOf } from '../problem/problem-of.ts'
import { requireNoSketch } from '../plan/sketch-options.ts'
import type { KeyedProblem } from '../solve/answers.ts'
import { summaryOfHead, warnOfHeads, summaryOfHeads } from '../job/head-facts.ts'
import { type HeadAxes, headAxesOf } from '../job/head-axes.ts'
import { type HeadPair, headPairs } from '../job/head-pairs.ts'
import type { HeadFacts, JobSummary } from '../job/job-summary.ts'
import type { Job } from '../job/job.ts'
import { skippedFacts, skippedText } from '../job/skipped-heads.ts'
import { finitePairs } from '../inputs/finite-pairs.ts'
import { withInputs } from '../inputs/with-inputs.ts'
import type { OutputFolder } from '../files/output-folder.ts'
import { requireRunOptions, type RunOptions } from '../solve/run-options.ts'
import { answersFor, solve } from '../solve/solve.ts'
import { intoHeadsFolder, pairsOfHead, requireHeadsFolder } from './heads-output.ts'
import { keysSeenOf, withSeen } from '../problem/seen-rows.ts'

export interface RunHeadsOptions extends Omit<RunOptions, 'out' | 'stdout' | 'universal' | 'concat'> {
  /** Query heads: all, or indices counted from 0. */
  readonly heads: 'all' | readonly number[]
  /** The folder for one file a head and heads.csv; without one pairs are counted alone. */
  readonly out?: string | undefined
}

/** The whole pipeline for each head of 3-D or 4-D inputs by itself. Throws as `run`. */
export async function runHeads(options: RunHeadsOptions, job: Job): Promise<JobSummary> {
  const { out, force = false } = options
  requireRunOptions(options)
  requireNoSegments(options)
  requireNoSketch(options.method, '--heads')
  requireNoEstimate(options.scores, '--heads runs many small ones')
  const facts = await withInputs(withSeen(options), job, async (inputs) => {
    const keys = await inputs.openHeads(options.keys, 'keys')
    const queries = options.queries.length > 0 ? await inputs.openHeads(options.queries, 'queries') : keys
    inputs.requireOptionsUsed()
    const problem = problemOf(options, keys, queries)
    const wanted = headPairs(queries, keys, options.heads)
    await inputs.readHeadPairs(keys, queries, wanted)
    const { good: pairs, skipped } = await finitePairs({ keys, queries }, wanted, options, job)
    requireHeadsFolder(
      out,
      pairs.map(({ head }) => head),
      force,
      inputs,
    )
    const context = await job.context(pairs.length * problem.work())
    const lines = skipped.map((one) => ({
      head: one.head,
      ...headAxesOf(queries, one.head),
      keyHead: wanted.find(({ head }) => head === one.head)?.keyHead,
      skipped: skippedText(one),
    }))
    const work = async (folder?: OutputFolder) => runAll(problem, { pairs, folder }, options, context)
    const heads = await intoHeadsFolder(out, force, inputs, work, lines)
    warnOfHeads(heads, job.stats, problem.attention)
    return { ...summaryOfHeads(heads, problem), heads, ...skippedFacts(skipped), ...inputs.facts }
  })
  return { command: 'run', ...facts, outputs: out === undefined ? [] : [out], ...job.measured() }
}

/** Throws Option for segments of each head, which this version does not cut. */
function requireNoSegments({ segment }: RunHeadsOptions): void {
  if (segment === undefined) return
  const message = '--segment cuts one matrix and --heads runs several; name one head by its index'
  throw new LevError('Option', message, { option: 'segment' })
}

interface HeadOutputs {
  readonly pairs: readonly HeadPair[]
  readonly folder: OutputFolder | undefined
}

async function runAll(
  problem: AttentionProblem<Heads, Heads>,
  { pairs, folder }: HeadOutputs,
  options: RunHeadsOptions,
  context: RunContext,
): Promise<HeadFacts[]> {
  const { keys, queries } = problem
  return await eachHead(pairs, context, async (pair, ofHead) => {
    const keyMatrix = keys.open(pair.keyHead)
    const same = queries === keys && pair.head === pair.keyHead
    const queryMatrix = same ? keyMatrix : queries.open(pair.head)
    const one = { pair, axes: headAxesOf(queries, pair.head) }
    const found = await runHead(problem.between(keyMatrix, queryMatrix), one, folder, options, ofHead)
    // A thousand heads are not to hold a thousand open files.
    keyMatrix.close()
    queryMatrix.close()
    return found
  })
}

async function runHead(
  problem: KeyedProblem,
  { pair, axes }: { readonly pair: HeadPair; readonly axes: HeadAxes },
  folder: OutputFolder | undefined,
  options: RunHeadsOptions,
  context: RunContext,
): Promise<HeadFacts> {
  const { file, pairs } = pairsOfHead(pair.head, folder, options.tmp)
  const answers = await answersFor(problem, options, context)
  const counts = await solve(answers, { pairs, header: { ...pair } }, context.stats)
  if (!answers.found) throw new LevError('Internal', `head ${pair.head} has no universal set of its own`)
  return { ...summaryOfHead(pair, axes, file, answers.found.universal, counts), ...keysSeenOf(problem.keys) }
}
