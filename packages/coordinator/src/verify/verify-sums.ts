import {
  CHUNK_ROWS,
  columnsPass,
  cutRows,
  type DotPrecision,
  exponentOf,
  type MatrixSource,
  mergeVerifySums,
  PANEL_ROWS,
  type PowerSums,
  rowBytes,
  type VerifyPairs,
  verifyPass,
  type VerifySum,
} from '@levattention/core/internal'
import { mapInOrder } from '../tasks/map-in-order.ts'
import type { RunContext } from '../tasks/run-context.ts'
import type { ColumnScale, QueryGroup } from './verify-group.ts'
import { cancellationOf, type RowState, rowStateOf, rowSumErrorOf, sizeOf } from './verify-row-errors.ts'
import { DEFAULT_FAN_IN } from '../plan/plan.ts'
import { reducePass } from '../tasks/reduce-pass.ts'

/** Rows of one task. */
const TASK_ROWS = 32_768

/** What brute force found for a group. */
export interface GroupAnswer {
  readonly group: QueryGroup
  readonly rowSums: PowerSums // N [ids]
  /** Relative error bounds of the row sums [ids]. */
  readonly errors: Float64Array
  /** Σ_a |q_a| D_a / |K q|_p [ids]: how much cancels in a row sum. */
  readonly cancellations: Float64Array
  /** What is known of each row sum [ids]. */
  readonly states: readonly RowState[]
  readonly candidates: VerifyPairs
  /** In the order of group.listed. */
  readonly listed: VerifyPairs
}

/** The largest entries of the columns of `keys` [n, d]. Throws Content at a NaN or infinity. */
export async function columnScaleOf(keys: MatrixSource, context: RunContext): Promise<ColumnScale> {
  const ranges = tasksOf(keys)
  const work = {
    task: columnsPass,
    source: keys,
    ranges,
    question: {},
    fanIn: DEFAULT_FAN_IN,
    stage: 'map',
  } as const
  const maxima = await reducePass(work, context)
  // Float32 entries need no scaling: neither their squares nor sums of them leave float64's range.
  const scales = keys.element === 'f64'
  return {
    dim: keys.cols,
    exponents: Int32Array.from(maxima, (size) => (scales && size > 0 ? exponentOf(size) : 0)),
    live: Uint8Array.from(maxima, (size) => (size > 0 ? 1 : 0)),
  }
}

/** Groups of queries that are made as they are needed. */
export interface QueryGroups {
  readonly count: number
  readonly each: AsyncIterable<QueryGroup>
}

/** Brute force over all keys [n, d] for each group, in order. Progress counts each group's tasks: one group may take long. */
export async function* groupAnswers(
  keys: MatrixSource,
  { exponents }: ColumnScale,
  groups: QueryGroups,
  { epsilon, p }: { epsilon: number; p: number },
  precision: DotPrecision,
  context: RunContext,
): AsyncGenerator<GroupAnswer, void, void> {
  const { engine, signal, stats, onProgress } = context
  const tasks = tasksOf(keys)
  const total = groups.count * tasks.length
  let done = 0
  const underWay: QueryGroup[] = []
  const requests = (async function* () {
    for await (const group of groups.each) {
      underWay.push(group)
      const { scaled: queries, listedQueries, listedKeys, visible } = group
      const question = { exponents, queries, epsilon, p, precision, listedQueries, listedKeys, visible }
      for (const range of tasks) yield { source: keys.spec, range, ...question }
    }
  })()
  let parts: VerifySum[] = []
  if (total > 0) onProgress?.({ stage: 'verify', done, total })
  for await (const part of mapInOrder(engine, verifyPass, requests, signal)) {
    parts.push(part)
    onProgress?.({ stage: 'verify', done: ++done, total })
    if (parts.length < tasks.length) continue
    const group = underWay.shift()
    if (group) yield answerOf(group, parts, keys.rows, precision, epsilon)
    parts = []
    stats.bytesRead += rowBytes(keys) * keys.rows
  }
}

/** At least one, so that every group gets an answer. */
function tasksOf(keys: MatrixSource) {
  return keys.rows === 0 ? [{ rowStart: 0, rowEnd: 0 }] : cutRows(keys.rows, TASK_ROWS)
}

function answerOf(
  group: QueryGroup,
  parts: readonly VerifySum[],
  rowCount: number,
  precision: DotPrecision,
  epsilon: number,
): GroupAnswer {
  const { rowSums, columnSquares, keysLost, candidates, listed } = parts.reduce(mergeVerifySums)
  const columnNorms = columnSquares.map(Math.sqrt)
  const judged = { rowSums, columnNorms, rowCount, epsilon, precision, ...additionsOf(rowCount) }
  const sizes = rowSums.sums.map((_, q) => sizeOf(group.scaled, q, columnNorms))
  const cancellations = sizes.map((size, q) => cancellationOf(rowSums, q, size))
  return {
    group,
    rowSums,
    errors: cancellations.map((cancellation) => rowSumErrorOf(judged, cancellation)),
    cancellations,
    states: group.ids.map((_, q) => rowStateOf(judged, q, sizes[q], keysLost || group.lost[q] === 1)),
    candidates,
    listed,
  }
}

/** Behind a row sum: rows of a block, blocks of a task, tasks. */
function additionsOf(rowCount: number): { readonly depth: number; readonly joins: number } {
  const joins = TASK_ROWS / PANEL_ROWS + Math.ceil(rowCount / TASK_ROWS) + 4
  return { depth: CHUNK_ROWS + joins, joins }
}
