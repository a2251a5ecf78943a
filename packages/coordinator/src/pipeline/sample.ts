import {
  cutRows,
  ALL_ROWS,
  CHUNK_ROWS,
  ExactSum,
  type Factor,
  type MatrixSource,
  type RowRange,
  type SampleBatch,
  scaleOf,
  SurveySum,
} from '@levattention/core/internal'
import type { TaskRequest } from '@levattention/worker/internal'
import { rowBytes } from './row-bytes.ts'
import { mapInOrder } from './map-in-order.ts'
import type { RunContext } from './run-context.ts'
import { shareArrays } from './share.ts'

/** Bytes of rows that one task may draw: what waits for an earlier one stays small. */
const TASK_BYTES = 32 * 2 ** 20
const TASK_CHUNKS = 16

export interface SampleRequest {
  /** Rows in expectation. */
  readonly rows: number
  readonly seed: number
  /** Where the passes are cut, besides their own cuts: no byte depends on it. */
  readonly shards: readonly RowRange[]
}

/** What a sample is: nothing of it depends on the draws but `rowsDrawn`. */
export interface SampleFacts {
  readonly rowsDrawn: number
  /** The rows asked for, or all rows with a nonzero entry where they are fewer. */
  readonly rowsExpected: number
  /** Rows with probability 1. */
  readonly rowsCertain: number
  /** Σ_j p_j over all rows, rounded once. */
  readonly probabilitySum: number
  /** c of p_j = min(1, c t_j); Infinity where all nonzero rows are certain. */
  readonly scale: number
}

/**
 * Draws rows of `source` [n, d] by their importance under `factor`, in ascending order: one pass finds the scale of the
 * probabilities, where not all rows are certain anyway, and one draws. Memory: O(rows) numbers, and a few tasks' draws.
 */
export async function sampleRows(
  source: MatrixSource,
  factor: Factor,
  { rows, seed, shards }: SampleRequest,
  context: RunContext,
  onBatch: (batch: SampleBatch) => void,
): Promise<SampleFacts> {
  const ranges = shards.flatMap((shard) => taskRanges(source, shard))
  const isSurveyed = rows < source.rows
  const total = isSurveyed ? 2 * ranges.length : ranges.length
  let done = 0
  const onTask = (): void => context.onProgress?.({ stage: 'select', done: ++done, total })
  const shared = shareArrays(factor)
  const common = ranges.map((range) => ({ source: source.spec, range, factor: shared }))
  const scale = isSurveyed ? await findScale(common, rows, context, onTask) : ALL_ROWS
  const drawn = await draw(common, scale, seed, context, onTask, onBatch)
  context.stats.bytesRead += (isSurveyed ? 2 : 1) * rowBytes(source) * source.rows
  return { ...drawn, rowsExpected: scale === ALL_ROWS ? drawn.rowsCertain : rows, scale }
}

type TaskRows = Pick<TaskRequest<'draw'>, 'source' | 'range' | 'factor'>

async function findScale(
  tasks: readonly TaskRows[],
  rows: number,
  { engine, signal }: RunContext,
  onTask: () => void,
): Promise<number> {
  const survey = new SurveySum(rows)
  const requests = tasks.map((task) => ({ ...task, rows }))
  for await (const part of mapInOrder(engine, 'importances', requests, signal)) {
    survey.add(part)
    onTask()
  }
  return scaleOf(survey.finish(), rows)
}

async function draw(
  tasks: readonly TaskRows[],
  scale: number,
  seed: number,
  { engine, signal }: RunContext,
  onTask: () => void,
  onBatch: (batch: SampleBatch) => void,
): Promise<Pick<SampleFacts, 'rowsDrawn' | 'rowsCertain' | 'probabilitySum'>> {
  const sum = new ExactSum()
  let rowsCertain = 0
  let rowsDrawn = 0
  const requests = tasks.map((task) => ({ ...task, scale, seed }))
  for await (const drawn of mapInOrder(engine, 'draw', requests, signal)) {
    sum.addParts(drawn.probabilityParts)
    rowsCertain += drawn.certainRows
    rowsDrawn += drawn.rowIds.length
    onBatch(drawn)
    onTask()
  }
  return { rowsDrawn, rowsCertain, probabilitySum: sum.value }
}

/** A shard in pieces of whole chunks, as many as hold TASK_BYTES of rows, TASK_CHUNKS at most. */
function taskRanges(source: MatrixSource, { rowStart, rowEnd }: RowRange): RowRange[] {
  const chunks = Math.floor(TASK_BYTES / (rowBytes(source) * CHUNK_ROWS))
  const rows = CHUNK_ROWS * Math.max(1, Math.min(TASK_CHUNKS, chunks))
  return cutRows(rowEnd - rowStart, rows).map((range) => ({
    rowStart: rowStart + range.rowStart,
    rowEnd: rowStart + range.rowEnd,
  }))
}
