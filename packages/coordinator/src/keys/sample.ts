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
  importancesPass,
  drawTask,
  rowBytes,
} from '@levattention/core/internal'
import type { RunContext } from '../tasks/run-context.ts'
import type { RowWork } from '../tasks/row-work.ts'
import type { Stage } from '../tasks/progress.ts'
import { DEFAULT_FAN_IN } from '../plan/plan.ts'
import { answersOf, reducePass } from '../tasks/reduce-pass.ts'

/** Bytes of rows that one task may draw: what waits for an earlier one stays small. */
const TASK_BYTES = 32 * 2 ** 20
const TASK_CHUNKS = 16

interface SampleRequest {
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
 * Draws rows of `source` [n, d] by their importance under `factor` (none: each has leverage 1), in ascending order: one pass finds the scale of the
 * probabilities, where not all rows are certain anyway, and one draws. Memory: O(rows) numbers, and a few tasks' draws.
 */
export async function sampleRows(
  source: MatrixSource,
  factor: Factor | undefined,
  { rows, seed, shards }: SampleRequest,
  context: RunContext,
  onBatch: (batch: SampleBatch) => void,
): Promise<SampleFacts> {
  const ranges = shards.flatMap((shard) => taskRanges(source, shard))
  const isSurveyed = rows < source.rows
  const work = { source, ranges, stage: 'select' as const }
  const scale = isSurveyed ? await findScale(work, factor, rows, context) : ALL_ROWS
  const drawn = await context.stats.time('select', () =>
    draw(work, { factor, scale, seed }, context, onBatch),
  )
  return { ...drawn, rowsExpected: scale === ALL_ROWS ? drawn.rowsCertain : rows, scale }
}

type Rows = Pick<RowWork<never, never>, 'source' | 'ranges'> & { readonly stage: Stage }

async function findScale(
  rowsOf: Rows,
  factor: Factor | undefined,
  rows: number,
  context: RunContext,
): Promise<number> {
  if (factor === undefined) return rows / rowsOf.source.rows
  const work = { ...rowsOf, task: importancesPass, question: { factor, rows }, fanIn: DEFAULT_FAN_IN }
  return scaleOf(await reducePass(work, context), rows)
}

async function draw(
  { source, ranges, stage }: Rows,
  question: { readonly factor: Factor | undefined; readonly scale: number; readonly seed: number },
  context: RunContext,
  onBatch: (batch: SampleBatch) => void,
): Promise<Pick<SampleFacts, 'rowsDrawn' | 'rowsCertain' | 'probabilitySum'>> {
  const sum = new ExactSum()
  let rowsCertain = 0
  let rowsDrawn = 0
  let done = 0
  for await (const drawn of answersOf({ task: drawTask, source, ranges, question }, context)) {
    sum.addParts(drawn.probabilityParts)
    rowsCertain += drawn.certainRows
    rowsDrawn += drawn.rowIds.length
    onBatch(drawn)
    const rowsDone = ranges[done++].rowEnd
    context.onProgress?.({ stage, done, total: ranges.length, rowsDone, rowsTotal: source.rows })
  }
  context.stats.bytesRead += rowBytes(source) * source.rows
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
