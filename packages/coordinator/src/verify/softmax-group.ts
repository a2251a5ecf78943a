import { type MatrixSource, throwNonFinite, type Visibility } from '@levattention/core/internal'
import { toSharedMemory } from '../tasks/shared-memory.ts'
import type { StatedFacts } from './verify-facts.ts'
import { type FileCursor, readRows } from './verify-group.ts'
import type { FilePair } from './verify-pairs.ts'

/** A few queries of softmax with what the file says of them: one unit of brute force. */
export interface SoftmaxGroup {
  readonly ids: readonly number[] // ascending
  readonly queries: Float64Array // [ids, dim], shared memory
  readonly stated: readonly StatedFacts[]
  /** The file's pairs of these queries with keys that exist, by key. */
  readonly listed: readonly FilePair[]
  readonly listedQueries: Uint32Array // local
  readonly listedKeys: Float64Array
  /** Pairs whose key does not exist. */
  readonly beyond: readonly FilePair[]
}

/** Reads queries `ids` and what the file has of them. Throws Content at a NaN or infinity in a query that is asked, and as the readers. */
export async function makeSoftmaxGroup(
  source: MatrixSource,
  ids: readonly number[],
  cursor: FileCursor,
  keyCount: number,
  visibility: Visibility,
): Promise<SoftmaxGroup> {
  const queries = queriesOf(source, ids, visibility)
  const pairs = await cursor.pairs.take(ids)
  const listed = pairs.filter(({ keyId }) => keyId < keyCount).sort((a, b) => a.keyId - b.keyId)
  const places = new Map(ids.map((id, i) => [id, i]))
  return {
    ids,
    queries: toSharedMemory(queries),
    stated: ids.map((id) => cursor.facts.of(id)),
    listed,
    listedQueries: Uint32Array.from(listed, ({ queryId }) => places.get(queryId) ?? 0),
    listedKeys: Float64Array.from(listed, ({ keyId }) => keyId),
    beyond: pairs.filter(({ keyId }) => keyId >= keyCount),
  }
}

/** [ids, dim]; zeros where a mask or a range leaves a query out. */
function queriesOf(source: MatrixSource, ids: readonly number[], visibility: Visibility): Float64Array {
  const rows = Float64Array.from(readRows(source, ids))
  const dim = source.cols
  ids.forEach((id, i) => {
    const row = rows.subarray(i * dim, (i + 1) * dim)
    if (!isAsked(visibility, id) || visibility.queryMask?.[id] === 0) row.fill(0)
    if (!row.every(Number.isFinite)) throwNonFinite(source, id, 1, 'queries')
  })
  return rows
}

/** Whether a query is one of those that are answered; a masked one is, by nothing. */
export function isAsked({ queryRows }: Visibility, queryId: number): boolean {
  return queryRows === undefined || (queryId >= queryRows.rowStart && queryId < queryRows.rowEnd)
}
