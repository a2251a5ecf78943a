import {
  type AttentionMask,
  cutRows,
  type HeavyBatch,
  type MatrixSource,
  type RowRange,
  rowView,
  type UniversalSet,
} from '@levattention/core/internal'
import { findHeavyPairs, type HeavyOptions } from './heavy.ts'
import type { RunContext } from './run-context.ts'
import { findUniversalSet } from './universal.ts'

/** One segment of the keys, and the queries that stand in it. */
export interface Segment {
  readonly keyRange: RowRange
  readonly queryRange: RowRange
}

/** The segments in which queries stand, in order. */
export function segmentsOf(
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

/**
 * The heavy pairs of queries that see their own segment alone: each segment is a K and a Q of its own (theory.md
 * section 6). Row ids are those of the whole. `onSegment` sees each segment's U.
 */
export async function* findSegmentPairs(
  { keys, queries, mask }: { keys: MatrixSource; queries: MatrixSource; mask: AttentionMask },
  options: Omit<HeavyOptions, 'keys'>,
  context: RunContext,
  onSegment: (universal: UniversalSet) => void,
): AsyncGenerator<HeavyBatch, void, void> {
  // Segments are short: progress counts them, not their stages.
  const quiet = { ...context, onProgress: undefined }
  const segments = segmentsOf(mask, keys.rows, queries.rows)
  let done = 0
  for (const { keyRange, queryRange } of segments) {
    const ownKeys = rowView(keys, keyRange)
    const ownQueries = rowView(queries, queryRange)
    try {
      const { universal } = await findUniversalSet(ownKeys, { ...options, causal: mask.causal }, quiet)
      onSegment(universal)
      const queryStart = mask.queryStart + queryRange.rowStart - keyRange.rowStart
      const search = { ...options, keys: ownKeys, queryStart }
      for await (const batch of findHeavyPairs(universal, ownQueries, search, quiet))
        yield moved(batch, queryRange.rowStart, keyRange.rowStart)
    } finally {
      ownKeys.close()
      ownQueries.close()
    }
    done++
    context.onProgress?.({ stage: 'query', done, total: segments.length })
  }
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
