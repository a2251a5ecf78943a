import {
  type AttentionMask,
  losesBits,
  type MatrixSource,
  newRows,
  type RowRange,
  scaleQueries,
  throwNonFinite,
  visibleKeys,
} from '@levattention/core/internal'
import { toSharedMemory } from '../tasks/shared-memory.ts'
import type { FactsCursor, StatedFacts } from './verify-facts.ts'
import type { FilePair, PairCursor } from './verify-pairs.ts'

/** The columns of the keys: powers of two that bring their entries below 1, and which have a nonzero. */
export interface ColumnScale {
  readonly dim: number
  readonly exponents: Int32Array
  readonly live: Uint8Array
}

/** A few queries with what the file says of them: one unit of brute force. */
export interface QueryGroup {
  readonly ids: readonly number[] // ascending
  readonly scaled: Float64Array // [ids, dim], shared memory
  /** [ids]: <q, k> = 2^-shift of the scaled dot. */
  readonly shifts: Int32Array
  /** [ids]: 1 where an entry lost bits by it. */
  readonly lost: Uint8Array
  /** What the file says of each query beside its pairs [ids]. */
  readonly stated: readonly StatedFacts[]
  /** The file's pairs of these queries with keys that exist, by key. */
  readonly listed: readonly FilePair[]
  readonly listedQueries: Uint32Array // local
  readonly listedKeys: Float64Array
  /** What each query sees of the keys [ids]; absent: all. */
  readonly visible?: readonly RowRange[] | undefined
  /** Pairs whose key does not exist. */
  readonly beyond: readonly FilePair[]
}

/** The file, read in step with the groups. */
export interface FileCursor {
  readonly pairs: PairCursor
  readonly facts: FactsCursor
}

/**
 * Reads queries `ids`, scaled by a further 2^lift, and what the file has of them. `keyCount`: n. Throws Content at a NaN or
 * infinity, and as the readers.
 */
export async function makeGroup(
  queries: MatrixSource,
  ids: readonly number[],
  scale: ColumnScale,
  lift: number,
  cursor: FileCursor,
  keyCount: number,
  mask: AttentionMask,
): Promise<QueryGroup> {
  const { dim } = scale
  const rows = readRows(queries, ids)
  const scaled = new Float64Array(ids.length * dim)
  const shifts = new Int32Array(ids.length)
  const bad = scaleQueries(scale, rows, ids.length, scaled, shifts, lift)
  if (bad >= 0) throwNonFinite(queries, ids[Math.floor(bad / dim)], 1, 'queries')
  const pairs = await cursor.pairs.take(ids)
  const listed = pairs.filter((pair) => pair.keyId < keyCount).sort((a, b) => a.keyId - b.keyId)
  const isMasked = mask.causal || mask.segment !== undefined
  const places = new Map(ids.map((id, i) => [id, i]))
  return {
    ids,
    scaled: toSharedMemory(scaled),
    shifts,
    lost: Uint8Array.from(ids, (_, i) =>
      losesEntries(rows.subarray(i * dim, (i + 1) * dim), scale, shifts[i]) ? 1 : 0,
    ),
    stated: ids.map((id) => cursor.facts.of(id)),
    listed,
    listedQueries: Uint32Array.from(listed, (pair) => places.get(pair.queryId) ?? 0),
    listedKeys: Float64Array.from(listed, (pair) => pair.keyId),
    visible: isMasked ? ids.map((id) => visibleKeys(mask, id, keyCount)) : undefined,
    beyond: pairs.filter((pair) => pair.keyId >= keyCount),
  }
}

/** True where a nonzero entry of `query` [dim] is no longer exact in the columns of the keys. */
function losesEntries(
  query: Float32Array | Float64Array,
  { live, exponents }: ColumnScale,
  shift: number,
): boolean {
  const seen = query.map((value, a) => (live[a] ? value : 0))
  return losesBits(
    seen,
    1,
    exponents.map((exponent) => exponent + shift),
  )
}

/** Rows `ids` of `source` [ids, cols]: in one read where they follow one another. */
export function readRows(source: MatrixSource, ids: readonly number[]): Float32Array | Float64Array {
  const { cols } = source
  const length = ids.length * cols
  const rows = newRows(source.element, length)
  const [first] = ids
  if (ids.at(-1) === first + ids.length - 1) source.readRows(first, first + ids.length, rows)
  else ids.forEach((id, i) => source.readRows(id, id + 1, rows.subarray(i * cols, (i + 1) * cols)))
  return rows
}
