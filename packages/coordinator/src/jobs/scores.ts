import {
  boundOf,
  cutRows,
  type Factor,
  type MatrixSource,
  LevError,
  type OutputOptions,
  rowBytes,
  scoresTask,
  seenCount,
} from '@levattention/core/internal'
import { openScoreSink, type ScoreSink } from '../outputs/score-sink.ts'
import type { RunContext } from '../tasks/run-context.ts'
import type { PlanOptions } from '../plan/plan.ts'
import type { Job } from '../job/job.ts'
import type { JobSummary, KeyHeadsSummary } from '../job/job-summary.ts'
import {
  summaryOfFactor,
  type GivenKeys,
  type KeyFactor,
  independentKeyFactorOf,
  warnOfNearScores,
  type KeysOptions,
  overKeys,
} from '../solve/key-factor.ts'
import { isLeverage } from '../tasks/near-rank.ts'
import { intoHeads, type KeyHeadsOptions } from '../solve/over-heads.ts'
import { highLeverage } from '../tasks/high-leverage.ts'
import { type TopRow, TopRows } from './top-rows.ts'
import { fewRowsKnown, type KnownScores } from '../solve/few-rows.ts'
import { answersOf } from '../tasks/reduce-pass.ts'

/** Rows of one scoring task: what waits for an earlier one stays small. */
const TASK_ROWS = 65_536

interface ScoresOptions extends KeysOptions {
  /** A .npy, or a .csv. */
  readonly out: string
  readonly force?: boolean | undefined
}

export interface ScoresSummary extends JobSummary {
  /** Sum of all scores: the rank, where they are leverage scores. */
  readonly scoreSum: number
  /** The rows of the largest scores. */
  readonly topRows: readonly TopRow[]
  /** Of leverage scores: twice and three times their mean, where that is below 1, and how many rows reach each. */
  readonly highScores?: readonly HighScore[]
}

interface HighScore {
  readonly score: number
  readonly rows: number
}

type Scored = Partial<JobSummary> & Pick<ScoresSummary, 'scoreSum' | 'topRows' | 'highScores'>

/** A row below is nothing beside the largest ones, and a direction of its own would not be seen. */
const LEAST_SEEN = 1e-13

/** Rows that a summary names. */
const TOP_ROWS = 10

/**
 * Writes all leverage scores of K [n, d] to `out`, [n] float64 or lines of a .csv, in row order, or for p other than 2 the certified bounds
 * of the sensitivities; where K is too near to singular they are ridge scores, and a warning says so. Throws Option, Content, NotFound, CannotWrite, InputChanged, WorkerLost, Aborted.
 */
export async function scores(options: ScoresOptions, job: Job): Promise<ScoresSummary> {
  const { out: path, force = false } = options
  return await overKeys('scores', options, job, (keys, context, given) =>
    scoresFile(keys, options, context, { path, force, droppedRows: given.droppedRows }, given),
  )
}

/** As `scores`, of each head of the keys by itself, into the folder `out`. */
export async function scoresOfHeads(
  options: ScoresOptions & KeyHeadsOptions,
  job: Job,
): Promise<KeyHeadsSummary> {
  return await intoHeads('scores', options, '.npy', job, async (keys, output, context) => {
    const { topRows: _, highScores: _high, ...facts } = await scoresFile(keys, options, context, output)
    return facts
  })
}

async function scoresFile(
  keys: MatrixSource,
  options: PlanOptions,
  context: RunContext,
  {
    path,
    droppedRows,
    ...output
  }: { readonly path: string; readonly droppedRows?: Uint8Array | undefined } & OutputOptions,
  given?: GivenKeys,
): Promise<Scored> {
  const names = given?.rowNames()
  const sink = openScoreSink(path, { rows: keys.rows, hasNames: names !== undefined, ...output })
  try {
    const written = droppedRows ? withoutDropped(sink, droppedRows) : sink
    const measured = await writeScores(keys, options, context, written, names)
    await given?.requireUnchanged()
    await context.stats.time('write', () => sink.finish())
    return measured
  } catch (error) {
    sink.abort()
    throw error
  } finally {
    await names?.return()
  }
}

/** `sink`, into which NaN goes of rows that are dropped, 0 in `whole`: of a row with a missing value there is no score. */
function withoutDropped(sink: Pick<ScoreSink, 'write'>, whole: Uint8Array): Pick<ScoreSink, 'write'> {
  let row = 0
  return {
    write(part, names) {
      sink.write(
        part.map((score) => (whole[row++] === 0 ? NaN : score)),
        names,
      )
    },
  }
}

/** The scores of `keys` [n, d], written to `sink` in order with the rows' `names`, and what a summary says of them. */
export async function writeScores(
  keys: MatrixSource,
  options: PlanOptions,
  context: RunContext,
  sink: Pick<ScoreSink, 'write'>,
  names?: AsyncGenerator<string, void, void>,
): Promise<Scored> {
  const { known, ...few } = await fewRowsKnown(keys, options.p ?? 2, context)
  if (known) return { ...known.summary, ...(await writeKnown(keys, known, sink, names)) }
  const found = await independentKeyFactorOf(few.keys, options, few.context, keys.cols)
  if (!isLeverage(found.factor)) warnOfRidge(context, found.factor)
  warnOfNearScores(found, context)
  const sums = await context.stats.time('select', () =>
    scoreAll(found, seenCount(keys.spec, keys.rows), few.context, sink, names),
  )
  // Of keys that are held in memory it is not known which rows took part.
  const topRows = sums.topRows.filter(({ row }) => takesPart(keys, row))
  return { ...summaryOfFactor(found), ...sums, topRows }
}

/** Scores that are known to be 1, or 0. None stands out: rows are told where they have names. */
async function writeKnown(
  keys: MatrixSource,
  { zeroRows }: KnownScores,
  sink: Pick<ScoreSink, 'write'>,
  names: AsyncGenerator<string, void, void> | undefined,
): Promise<Pick<ScoresSummary, 'scoreSum' | 'topRows'> & { maxBound: number }> {
  const { rows } = keys
  const known = scoresKnown(rows, zeroRows)
  const own = names && (await nextNames(names, rows))
  const largest = new TopRows(TOP_ROWS)
  if (own) largest.add(0, known, own)
  sink.write(known, own)
  const scoreSum = rows - zeroRows.size
  const topRows = largest.rows.filter(({ row }) => takesPart(keys, row))
  return { scoreSum, topRows, maxBound: Math.min(1, scoreSum) }
}

/** [rows]: 1, and 0 of `zeroRows`. */
export function scoresKnown(rows: number, zeroRows: ReadonlySet<number>): Float64Array {
  const known = new Float64Array(rows).fill(1)
  for (const row of zeroRows) known[row] = 0
  return known
}

async function scoreAll(
  found: KeyFactor,
  seenRows: number,
  context: RunContext,
  sink: Pick<ScoreSink, 'write'>,
  names: AsyncGenerator<string, void, void> | undefined,
): Promise<Pick<ScoresSummary, 'scoreSum' | 'topRows' | 'highScores'> & { maxBound?: number }> {
  const { factor, keys } = found
  const marks = isLeverage(factor) && !factor.power ? highLeverage(factor.rank, seenRows) : []
  const high = marks.map((score) => ({ score, rows: 0 }))
  const largest = new TopRows(TOP_ROWS)
  let scoreSum = 0
  let maxScore = 0
  let areTiny = false
  for await (const { rowStart, scores: tau } of scoresByRow(found, context)) {
    let sum = 0
    for (const score of tau) {
      sum += score
      maxScore = Math.max(maxScore, score)
      areTiny ||= score > 0 && score < LEAST_SEEN
      for (const mark of high) if (score >= mark.score) mark.rows++
    }
    scoreSum += sum
    const own = names && (await nextNames(names, tau.length))
    largest.add(rowStart, tau, own)
    sink.write(tau, own)
  }
  // A rank is told by the sum of all rows, in which those do not show.
  if (areTiny && factor.ridge > 0 && isLeverage(factor)) warnOfRidge(context, factor)
  const topRows = largest.rows
  return keys.rows === 0
    ? { scoreSum, topRows }
    : {
        scoreSum,
        topRows,
        ...(high.length > 0 && { highScores: high }),
        maxBound: factor.power || isLeverage(factor) ? maxScore : boundOf(factor, maxScore),
      }
}

/** Whether a row is not left out by a mask, a range or a missing value. */
function takesPart({ spec: { seen, within } }: MatrixSource, row: number): boolean {
  return seen?.[row] !== 0 && (within === undefined || (row >= within.rowStart && row < within.rowEnd))
}

/** Throws InputChanged where there are fewer. */
export async function nextNames(names: AsyncGenerator<string, void, void>, count: number): Promise<string[]> {
  const found: string[] = []
  while (found.length < count) {
    const { done = false, value } = await names.next()
    if (done || value === undefined)
      throw new LevError('InputChanged', 'the table has fewer rows now than when it was read; start again')
    found.push(value)
  }
  return found
}

/** The scores of the rows from `rowStart` on. */
export interface ScoredRows {
  /** The first row. */
  readonly rowStart: number
  /** [rows]: a score a row. */
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
    const rowsDone = ranges[done - 1].rowEnd
    onProgress?.({ stage: 'score', done, total: ranges.length, rowsDone, rowsTotal: keys.rows })
  }
}

/** Warns of scores that are no leverage. */
export function warnOfRidge({ stats }: RunContext, { power }: Factor): void {
  const cause = 'the columns of the keys depend on one another, or so nearly that float64 cannot tell: '
  const what =
    power === undefined
      ? 'these are ridge scores, smaller than the leverage scores of rows that stand out where the others nearly vanish'
      : 'these bounds hold for every query but those that nearly vanish on all keys'
  stats.warn('ridge-scores', cause + what)
}
