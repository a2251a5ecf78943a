import {
  type AttentionMask,
  cutRows,
  type HeavyBatch,
  type MatrixSource,
  type RowRange,
  rowView,
  type UniversalSet,
} from '@levattention/core/internal'
import { SINGLE_SHARD_ROWS } from '../plan/plan.ts'
import { findHeavyPairs } from './heavy.ts'
import type { HeavyOptions } from './batch-search.ts'
import { runInOrder } from '../tasks/map-in-order.ts'
import { type RunContext, RunStats } from '../tasks/run-context.ts'
import { findUniversalSet } from '../keys/universal.ts'

/** One segment of the keys, and the queries that stand in it. */
interface Segment {
  readonly keyRange: RowRange
  readonly queryRange: RowRange
}

/** The segments in which queries stand, in order. */
function segmentsOf(
  { queryStart, segment = Infinity }: AttentionMask,
  keyCount: number,
  queryCount: number,
): Segment[] {
  return cutRows(keyCount, Math.min(segment, Math.max(1, keyCount))).flatMap((keyRange) => {
    const rowStart = Math.max(0, keyRange.rowStart - queryStart)
    const rowEnd = Math.min(queryCount, keyRange.rowEnd - queryStart)
    return rowEnd > rowStart ? [{ keyRange, queryRange: { rowStart, rowEnd } }] : []
  })
}

/** What is searched: all segments of it. */
interface SegmentInputs {
  readonly keys: MatrixSource
  readonly queries: MatrixSource
  readonly mask: AttentionMask
}

/**
 * The heavy pairs of queries that see their own segment alone: each segment is a K and a Q of its own (theory.md
 * section 6). Row ids are those of the whole. `onSegment` sees each segment's U. A short segment is one shard, so several
 * are under way at a time; pairs of a long one are not held together.
 */
export async function* findSegmentPairs(
  inputs: SegmentInputs,
  options: SegmentOptions,
  context: RunContext,
  onSegment: (universal: UniversalSet) => void,
): AsyncGenerator<HeavyBatch, void, void> {
  const segments = segmentsOf(inputs.mask, inputs.keys.rows, inputs.queries.rows)
  const isShort = (inputs.mask.segment ?? Infinity) < SINGLE_SHARD_ROWS
  const window = isShort ? Math.max(1, context.engine.workerCount) : 1
  const start = async (segment: Segment) => {
    const search = await startSegment(inputs, segment, options, context)
    return isShort ? await gathered(search) : search
  }
  let done = 0
  for await (const search of runInOrder(segments, window, start)) {
    onSegment(search.universal)
    yield* search.batches
    countIn(context.stats, search.stats)
    done++
    const rowsDone = segments[done - 1].queryRange.rowEnd
    const rowsTotal = inputs.queries.rows
    context.onProgress?.({ stage: 'query', done, total: segments.length, rowsDone, rowsTotal })
  }
}

type SegmentOptions = Omit<HeavyOptions, 'keys'>

/** One segment's U, and its pairs, to come or all there. */
interface SegmentSearch {
  readonly universal: UniversalSet
  readonly batches: AsyncIterable<HeavyBatch> | Iterable<HeavyBatch>
  readonly stats: RunStats
}

async function startSegment(
  { keys, queries, mask }: SegmentInputs,
  { keyRange, queryRange }: Segment,
  options: SegmentOptions,
  context: RunContext,
): Promise<SegmentSearch> {
  const ownKeys = rowView(keys, keyRange)
  const ownQueries = rowView(queries, queryRange)
  // Times of segments that are under way together add up to nothing; progress counts segments, not their stages.
  const stats = new RunStats()
  const own = { ...context, stats, onProgress: undefined }
  const { universal } = await findUniversalSet(ownKeys, { ...options, causal: mask.causal }, own)
  const queryStart = mask.queryStart + queryRange.rowStart - keyRange.rowStart
  const batches = findHeavyPairs(
    universal,
    ownQueries,
    { ...options, keys: ownKeys, mask: { ...mask, queryStart } },
    own,
  )
  return { universal, batches: movedAndClosed(batches), stats }

  async function* movedAndClosed(found: AsyncIterable<HeavyBatch>): AsyncGenerator<HeavyBatch, void, void> {
    try {
      for await (const batch of found) yield moved(batch, queryRange.rowStart, keyRange.rowStart)
    } finally {
      ownKeys.close()
      ownQueries.close()
    }
  }
}

async function gathered({ batches, ...rest }: SegmentSearch): Promise<SegmentSearch> {
  const all: HeavyBatch[] = []
  for await (const batch of batches) all.push(batch)
  return { ...rest, batches: all }
}

function countIn(total: RunStats, { bytesRead, queriesSettled, queriesExactPass, warnings }: RunStats): void {
  total.bytesRead += bytesRead
  total.queriesSettled += queriesSettled
  total.queriesExactPass += queriesExactPass
  for (const { code, message } of warnings) total.warn(code, message)
}

/** `batch` of a segment whose first query and key are these of the whole. */
function moved(batch: HeavyBatch, firstQuery: number, firstKey: number): HeavyBatch {
  return {
    ...batch,
    queryStart: batch.queryStart + firstQuery,
    keyIds: batch.keyIds.map((keyId) => keyId + firstKey),
    uncertified: batch.uncertified.map((query) => query + firstQuery),
    undefinedRows: batch.undefinedRows.map((query) => query + firstQuery),
  }
}
