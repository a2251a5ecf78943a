import {
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
import { cutRows } from '../plan.ts'
import { rowBytes } from './key-passes.ts'
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
  request: SampleRequest,
  context: RunContext,
  onBatch: (batch: SampleBatch) => void,
): Promise<SampleFacts> {
  const { engine, signal, stats } = context
  const ranges = request.shards.flatMap((shard) => taskRanges(source, shard))
  const shared = shareArrays(factor)
  const passes = request.rows < source.rows ? 2 : 1
  const total = passes * ranges.length
  let done = 0
  const step = (): void => context.onProgress?.({ stage: 'select', done: ++done, total })

  let scale = ALL_ROWS
  if (passes === 2) {
    const survey = new SurveySum(request.rows)
    const requests = ranges.map((range) => ({
      source: source.spec,
      range,
      factor: shared,
      rows: request.rows,
    }))
    for await (const part of mapInOrder(engine, 'importances', requests, signal)) {
      survey.add(part)
      step()
    }
    scale = scaleOf(survey.finish(), request.rows)
  }

  const sum = new ExactSum()
  let rowsCertain = 0
  let rowsDrawn = 0
  const draws = ranges.map((range) => ({
    source: source.spec,
    range,
    factor: shared,
    scale,
    seed: request.seed,
  }))
  for await (const drawn of mapInOrder(engine, 'draw', draws, signal)) {
    sum.addParts(drawn.probabilityParts)
    rowsCertain += drawn.certainRows
    rowsDrawn += drawn.rowIds.length
    onBatch(drawn)
    step()
  }
  stats.bytesRead += passes * rowBytes(source) * source.rows
  const rowsExpected = scale === ALL_ROWS ? rowsCertain : request.rows
  return { rowsDrawn, rowsExpected, rowsCertain, probabilitySum: sum.value, scale }
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
