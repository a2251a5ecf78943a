import {
  answeredRows,
  float64Rows,
  heavyBatchOf,
  LevError,
  keyReachPass,
  type KeyReach,
  type MatrixSource,
  NO_REACH,
  type PairSum,
  type PairTerms,
  type RowRange,
  rowBytes,
  rowsIn,
  settlePairs,
  softmaxPairsPass,
  softmaxRowsPass,
  unsettledQueries,
} from '@levattention/core/internal'
import type { SoftmaxPlan } from '../plan/plan.ts'
import type { SoftmaxProblem } from '../problem/softmax-problem.ts'
import type { SearchedBatch } from '../tasks/answer-store.ts'
import { runInOrder } from '../tasks/map-in-order.ts'
import { progressInQueries } from '../tasks/progress.ts'
import { reduceEach, reducePass } from '../tasks/reduce-pass.ts'
import { type RunContext, RunStats } from '../tasks/run-context.ts'
import { taskSource } from '../tasks/row-work.ts'

/** Batches whose rows are settled while others are summed: what waits for them stays small. */
const SETTLED_AHEAD = 4

/** What is searched, and how it is cut. */
export interface SoftmaxWork {
  readonly problem: SoftmaxProblem<MatrixSource, MatrixSource>
  readonly plan: SoftmaxPlan
}

/** How far the keys of a problem reach. Throws Content (NaN, infinity). */
export async function reachOf({ problem, plan }: SoftmaxWork, context: RunContext): Promise<KeyReach> {
  const { keys, visibility } = problem
  const { keyRows, keyMask } = visibility
  const { shards: ranges, fanIn } = plan
  if (ranges.length === 0) return NO_REACH
  // What causal queries see of the keys plays no part: the same keys have the same reach.
  const question = { visibility: { causal: false, queryStart: 0, keyRows, keyMask } }
  return await reducePass(
    { task: keyReachPass, source: keys, ranges, fanIn, question, stage: 'map', within: keyRows },
    context,
  )
}

/**
 * The exact pairs of batches [from, to) of `plan`, in order; all by default (docs/theory.md section 7). Throws Content (NaN,
 * infinity, logits beyond float64).
 */
export async function* softmaxBatches(
  work: SoftmaxWork,
  reach: KeyReach,
  context: RunContext,
  from = 0,
  to = work.plan.batches.length,
): AsyncGenerator<SearchedBatch, void, void> {
  const batches = work.plan.batches.slice(from, to)
  const asked = batches.filter((batch) => isAnswered(work, batch))
  const sums = sumsOf(work, asked, reach, context)
  const answer = async (batch: RowRange): Promise<SearchedBatch> => {
    if (!isAnswered(work, batch)) return unanswered(batch)
    const next = await sums.next()
    // After a failure of an earlier one, which is the one that is told.
    if (next.done === true) throw new LevError('Internal', 'a batch of queries has no sum')
    return await settled(work, batch, next.value, reach, context)
  }
  yield* runInOrder(batches, SETTLED_AHEAD, answer, () => void sums.return())
}

/** What `softmaxBatches` takes from passes over the keys, in steps: each pass as far as the run folder lets it come. */
export async function mapSoftmax(work: SoftmaxWork, context: RunContext): Promise<void> {
  const reach = await reachOf(work, context)
  const asked = work.plan.batches.filter((batch) => isAnswered(work, batch))
  for await (const _ of sumsOf(work, asked, reach, context)) return
}

function isAnswered({ problem }: SoftmaxWork, { rowStart, rowEnd }: RowRange): boolean {
  const rows = answeredRows(problem.visibility, problem.queryCount)
  return rowStart < rows.rowEnd && rowEnd > rows.rowStart
}

function sumsOf(
  { problem, plan: { shards: ranges, fanIn } }: SoftmaxWork,
  batches: readonly RowRange[],
  reach: KeyReach,
  context: RunContext,
): AsyncGenerator<PairSum, void, void> {
  const { keys, queries, visibility, queryCount } = problem
  const { queries: _, batch: __, ...question } = termsOf(problem, { rowStart: 0, rowEnd: 0 }, reach, context)
  const groups = batches.map((batch) => {
    const { queries: source } = termsOf(problem, batch, reach, context)
    return { queries: source, batch }
  })
  context.stats.bytesRead += rowBytes(queries) * batches.reduce((sum, batch) => sum + rowsIn(batch), 0)
  const { keyRows: within } = visibility
  const work = {
    task: softmaxPairsPass,
    source: keys,
    ranges,
    fanIn,
    groups,
    stage: 'query' as const,
    within,
  }
  const onProgress = progressInQueries(context.onProgress, rowsIn(answeredRows(visibility, queryCount)))
  return reduceEach({ ...work, question: question as PairTerms }, { ...context, onProgress })
}

function termsOf(
  { keys, queries, visibility, scale, precision, epsilon, top }: SoftmaxWork['problem'],
  batch: RowRange,
  reach: KeyReach,
  { answers }: RunContext,
): PairTerms {
  const source = taskSource(queries, answers?.content('queries', batch))
  const common = { visibility, scale, precision, epsilon, top, keyCount: keys.rows, reach }
  return { queries: source, batch, ...common }
}

/** The batch's pairs, once its open rows are summed in float64. */
async function settled(
  { problem, plan: { shards: ranges, fanIn } }: SoftmaxWork,
  batch: RowRange,
  sum: PairSum,
  reach: KeyReach,
  context: RunContext,
): Promise<SearchedBatch> {
  const { keys, visibility, queryCount } = problem
  const terms = termsOf(problem, batch, reach, context)
  const open = unsettledQueries(sum, terms, keys.cols)
  // Beside other batches: its seconds are theirs too.
  const stats = new RunStats()
  const question = { ...terms, precision: 'f64', places: open, mostLogitError: 0 } as const
  const { keyRows: within } = visibility
  const task = {
    task: softmaxRowsPass,
    source: keys,
    ranges,
    fanIn,
    question,
    stage: 'exact',
    within,
  } as const
  const rows =
    open.length === 0 ? undefined : await reducePass(task, { ...context, stats, onProgress: undefined })
  context.stats.bytesRead += stats.bytesRead
  const { queries, keyIds, dots, scores, slacks, lse } = settlePairs(sum, open, rows, terms, keys.cols)
  const float64 = open.length + float64Rows(sum, terms, keys.cols)
  const answered = answeredRows(visibility, queryCount)
  const isAsked = (q: number) =>
    batch.rowStart + q >= answered.rowStart && batch.rowStart + q < answered.rowEnd
  const none = { mass: new Float64Array(rowsIn(batch)), uncertified: [], undefinedRows: [] }
  return {
    batch: {
      ...heavyBatchOf(batch.rowStart, rowsIn(batch), { queries, keyIds, scores, dots, slacks }, [], none),
      lse: lse.map((value, q) => (isAsked(q) ? value : NaN)),
    },
    queriesSettled: rowsIn(batch) - float64,
    queriesExactPass: float64,
  }
}

/** Of queries that are not asked for. */
function unanswered(batch: RowRange): SearchedBatch {
  const count = rowsIn(batch)
  const columns = {
    queries: new Uint32Array(0),
    keyIds: new Float64Array(0),
    scores: new Float64Array(0),
    dots: new Float64Array(0),
    slacks: new Float64Array(0),
  }
  const none = { mass: new Float64Array(count), uncertified: [], undefinedRows: [] }
  const found = heavyBatchOf(batch.rowStart, count, columns, [], none)
  return {
    batch: { ...found, lse: new Float64Array(count).fill(NaN) },
    queriesSettled: count,
    queriesExactPass: 0,
  }
}
