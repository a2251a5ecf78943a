import {
  boundOf,
  cutRows,
  type Factor,
  type MatrixSource,
  type NpySink,
  openNpySink,
  type OutputOptions,
  rowBytes,
  scoresTask,
} from '@levattention/core/internal'
import type { RunContext } from '../tasks/run-context.ts'
import type { PlanOptions } from '../plan/plan.ts'
import type { Job } from '../job/job.ts'
import type { JobSummary, KeyHeadsSummary } from '../job/job-summary.ts'
import {
  summaryOfFactor,
  isRegular,
  type KeyFactor,
  keyFactorOf,
  type KeysOptions,
  overKeys,
} from '../solve/key-factor.ts'
import { intoHeads, type KeyHeadsOptions } from '../solve/over-heads.ts'
import { answersOf } from '../tasks/reduce-pass.ts'

/** Rows of one scoring task: what waits for an earlier one stays small. */
const TASK_ROWS = 65_536

interface ScoresOptions extends KeysOptions {
  /** A .npy. */
  readonly out: string
  readonly force?: boolean | undefined
}

interface ScoresSummary extends JobSummary {
  /** Sum of all scores: the rank, where they are leverage scores. */
  readonly scoreSum: number
}

/**
 * Writes all leverage scores of K [n, d] to `out` [n], float64, in row order, or for p other than 2 the certified bounds
 * of the sensitivities; where K is too near to singular they are ridge scores, and a warning says so. Throws Option, Content, NotFound, CannotWrite, InputChanged, WorkerLost, Aborted.
 */
export async function scores(options: ScoresOptions, job: Job): Promise<ScoresSummary> {
  const { out: path, force = false } = options
  return await overKeys('scores', options, job, (keys, context, requireUnchanged) =>
    scoresFile(keys, options, context, { path, force }, requireUnchanged),
  )
}

/** As `scores`, of each head of the keys by itself, into the folder `out`. */
export async function scoresOfHeads(
  options: ScoresOptions & KeyHeadsOptions,
  job: Job,
): Promise<KeyHeadsSummary> {
  return await intoHeads('scores', options, '.npy', job, (keys, output, context) =>
    scoresFile(keys, options, context, output),
  )
}

async function scoresFile(
  keys: MatrixSource,
  options: PlanOptions,
  context: RunContext,
  { path, ...output }: { readonly path: string } & OutputOptions,
  requireUnchanged?: () => Promise<void>,
): Promise<Partial<JobSummary> & { scoreSum: number }> {
  const sink = openNpySink(path, { dtype: 'f64', shape: [keys.rows], ...output })
  try {
    const measured = await writeScores(keys, options, context, sink)
    await requireUnchanged?.()
    await context.stats.time('write', () => sink.finish())
    return measured
  } catch (error) {
    sink.abort()
    throw error
  }
}

/** The scores of `keys` [n, d], written to `sink` in order, and what a summary says of them. */
export async function writeScores(
  keys: MatrixSource,
  options: PlanOptions,
  context: RunContext,
  sink: Pick<NpySink, 'write'>,
): Promise<Partial<JobSummary> & { scoreSum: number }> {
  const found = await keyFactorOf(keys, options, context, 0)
  if (!isRegular(found.factor)) warnOfRidge(context, found.factor)
  const sums = await context.stats.time('select', () => scoreAll(found, context, sink))
  return { ...summaryOfFactor(found.factor), ...sums }
}

async function scoreAll(
  found: KeyFactor,
  context: RunContext,
  sink: Pick<NpySink, 'write'>,
): Promise<{ scoreSum: number; maxBound?: number }> {
  const { factor, keys } = found
  let scoreSum = 0
  let largest = 0
  for await (const { scores: tau } of scoresByRow(found, context)) {
    let sum = 0
    for (const score of tau) {
      sum += score
      largest = Math.max(largest, score)
    }
    scoreSum += sum
    sink.write(tau)
  }
  return keys.rows === 0
    ? { scoreSum }
    : { scoreSum, maxBound: factor.power ? largest : boundOf(factor, largest) }
}

/** The scores of the rows from `rowStart` on. */
export interface ScoredRows {
  readonly rowStart: number
  readonly scores: Float64Array
}

/** The scores of all keys by their factor, in row order. Throws as the passes. */
export async function* scoresByRow(
  { factor, keys }: KeyFactor,
  context: RunContext,
): AsyncGenerator<ScoredRows, void, void> {
  const { stats, onProgress } = context
  const ranges = cutRows(keys.rows, TASK_ROWS)
  const work = { task: scoresTask, source: keys, ranges, question: { factor } }
  let done = 0
  for await (const tau of answersOf(work, context)) {
    // Rounding may lift a score of 1 above it.
    for (let i = 0; i < tau.length; i++) tau[i] = Math.min(1, tau[i])
    yield { rowStart: ranges[done++].rowStart, scores: tau }
    stats.bytesRead += rowBytes(keys) * tau.length
    onProgress?.({ stage: 'score', done, total: ranges.length })
  }
}

function warnOfRidge({ stats }: RunContext, { power }: Factor): void {
  const cause = 'the columns of the keys depend on one another, or so nearly that float64 cannot tell: '
  const what =
    power === undefined
      ? 'these are ridge scores, smaller than the leverage scores of rows that stand out where the others nearly vanish'
      : 'these bounds hold for every query but those that nearly vanish on all keys'
  stats.warn('ridge-scores', cause + what)
}
