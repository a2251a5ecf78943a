import {
  answeredRows,
  type AttendedRows,
  type AttendProblem,
  type AttendSum,
  attendPass,
  type AttendTerms,
  attendTermsOf,
  cutRows,
  elementOf,
  finishRows,
  type HeadSources,
  joinPartialRows,
  keyReachPass,
  type KeyReach,
  LevError,
  type MatrixSource,
  NO_REACH,
  type PartialRows,
  restTask,
  restTermsOf,
  rowBytes,
  type RowRange,
  rowsIn,
  type Visibility,
  selectionScale,
} from '@levattention/core/internal'
import { setOfPower } from './power-set.ts'
import { findFixedSet, findRestClusters } from '../keys/fixed-set.ts'
import { planSoftmax } from '../plan/plan.ts'
import { answersOf, reduceEach, reducePass } from '../tasks/reduce-pass.ts'
import { progressInQueries, progressOfPart } from '../tasks/progress.ts'
import { type RunContext, RunStats } from '../tasks/run-context.ts'

/** A key head, and the query heads that it serves. */
export interface AttendGroup {
  readonly problem: AttendProblem
  readonly keys: MatrixSource // [n, d]
  readonly values: MatrixSource // [n, dv]
  /** [m, d] each: those that are answered. */
  readonly queries: readonly MatrixSource[]
  /** [., d] each: what rules that look at queries read, and what these see. */
  readonly fit: { readonly queries: readonly MatrixSource[]; readonly visibility: Visibility }
}

/** Rows from `queryStart` on of query head `head` of a group. */
export interface AttendedBatch extends AttendedRows {
  readonly head: number
  readonly queryStart: number
  /** [rows]: keys of S_i. */
  readonly counts: Float64Array
  readonly selfRows: number
}

/** Kept keys of one shard: what one task gathers. */
const SHARD_KEYS = 65_536
/** Queries of a task over kept keys. */
const [LEAST_ROWS, MOST_ROWS, TASKS, REST_TASKS] = [64, 4096, 16, 4] as const
const FAN_IN = 16

/**
 * Attention of the group's queries over selected keys, head after head, batch after batch. `onKept` hears of the fixed set first.
 * The same bits for any number of workers. Throws Option, Content (NaN, infinity), NotFound, InputChanged, WorkerLost, Aborted.
 */
export async function* attendGroup(
  group: AttendGroup,
  context: RunContext,
  onKept: (keyIds: Float64Array) => void = () => undefined,
): AsyncGenerator<AttendedBatch, void, void> {
  const { problem, keys, values, queries, fit } = group
  const { visibility } = problem
  const reaches = {
    keys: await reachOf(keys, 'keys', visibility, context),
    values: await reachOf(values, 'values', visibility, context),
  }
  const head = { keys, queries: fit.queries, visibility: fit.visibility, scale: selectionScale(problem) }
  const set = await setOfPower(problem, keys, context)
  const keyIds = await findFixedSet(head, set, context)
  onKept(keyIds)
  const clusters = await clustersOf(group, keyIds, context)
  for (const [index, source] of queries.entries()) {
    const sources = { queries: source, keys, values }
    const terms = attendTermsOf(problem, sources, reaches, keyIds)
    const rest = clusters && restTermsOf(terms, sources, clusters)
    const batches = batchesOf(terms, sources, rest !== undefined)
    const told = progressInQueries(context.onProgress, source.rows)
    const onProgress = progressOfPart(told, index, queries.length)
    const sums = sumsOf(terms, sources, batches, { ...context, onProgress })
    const others = rest && answersOf({ task: restTask, source, ranges: batches, question: rest }, context)
    try {
      for (const { rowStart } of batches) {
        const sum = await context.stats.time('query', () => nextOf(sums))
        const { counts, selfRows } = sum
        const rows = others ? await context.stats.time('query', () => withRest(sum, others)) : sum
        yield { head: index, queryStart: rowStart, ...finishRows(rows, elementOf(sources)), counts, selfRows }
      }
    } finally {
      await Promise.all([sums.return(), others?.return()])
    }
  }
}

/** Rows with the clusters that stand for the keys left out. */
async function withRest(
  sum: PartialRows,
  others: AsyncGenerator<PartialRows, void, void>,
): Promise<PartialRows> {
  return joinPartialRows(sum, await nextOf(others))
}

/** How far the rows of keys that take part reach. Throws Content (NaN, infinity). */
export async function reachOf(
  source: MatrixSource,
  input: 'keys' | 'values',
  { keyRows, keyMask }: Visibility,
  context: RunContext,
): Promise<KeyReach> {
  const { shards: ranges } = planSoftmax(source, 0)
  if (ranges.length === 0) return NO_REACH
  const question = { visibility: { causal: false, queryStart: 0, keyRows, keyMask }, input }
  return await reducePass(
    { task: keyReachPass, source, ranges, fanIn: FAN_IN, question, stage: 'map' },
    context,
  )
}

async function clustersOf({ problem, keys }: AttendGroup, keyIds: Float64Array, context: RunContext) {
  const { restClusters, sinkTokens, seed, visibility } = problem
  if (restClusters === undefined) return undefined
  const options = { sinkTokens, ...(seed === undefined ? {} : { seed }) }
  return await findRestClusters({ keys, visibility }, keyIds, restClusters, options, context)
}

/** The rows that are answered, in tasks: of their number alone. */
function batchesOf(
  { kept, visibility }: Omit<AttendTerms, 'batch'>,
  { keys, queries }: HeadSources,
  hasRest: boolean,
): RowRange[] {
  const { rowStart, rowEnd } = answeredRows(visibility, queries.rows)
  const count = rowEnd - rowStart
  // Each task over clusters adds up all keys first.
  const tasks = hasRest ? REST_TASKS : TASKS
  const rows = Math.min(MOST_ROWS, Math.max(LEAST_ROWS, Math.ceil(count / tasks)))
  const batches = kept ? cutRows(count, rows) : planSoftmax(keys, count).batches
  return batches.map((batch) => ({ rowStart: rowStart + batch.rowStart, rowEnd: rowStart + batch.rowEnd }))
}

/** Keys in shards: of as many rows, or of as many kept keys. */
function shardsOf({ kept }: Omit<AttendTerms, 'batch'>, { keys, queries }: HeadSources): readonly RowRange[] {
  if (kept === undefined) return planSoftmax(keys, queries.rows).shards
  const starts = cutRows(Math.max(1, kept.length), SHARD_KEYS).map(({ rowStart }) =>
    rowStart === 0 ? 0 : kept[rowStart],
  )
  return starts.map((rowStart, at) => ({ rowStart, rowEnd: starts[at + 1] ?? keys.rows }))
}

async function* sumsOf(
  terms: Omit<AttendTerms, 'batch'>,
  sources: HeadSources,
  batches: readonly RowRange[],
  context: RunContext,
): AsyncGenerator<AttendSum, void, void> {
  const { keys, values, queries } = sources
  const ranges = shardsOf(terms, sources)
  const groups = batches.map((batch) => ({ batch }))
  const question = { ...terms, batch: { rowStart: 0, rowEnd: 0 } }
  // Of a shard a task reads the kept rows alone: what it counts would be all of them.
  const own = { ...context, stats: new RunStats() }
  const work = {
    task: attendPass,
    source: keys,
    ranges,
    fanIn: FAN_IN,
    groups,
    question,
    stage: 'query' as const,
  }
  const rowsRead = (terms.kept?.length ?? keys.rows) * batches.length
  context.stats.bytesRead += rowBytes(queries) * batches.reduce((sum, batch) => sum + rowsIn(batch), 0)
  context.stats.bytesRead += (rowBytes(keys) + rowBytes(values)) * rowsRead
  yield* reduceEach(work, own)
}

async function nextOf<T>(values: AsyncGenerator<T, void, void>): Promise<T> {
  const next = await values.next()
  if (next.done !== true) return next.value
  throw new LevError('Internal', 'a batch of queries has no answer')
}
