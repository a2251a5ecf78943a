import {
  type AttentionMask,
  type MatrixSource,
  type RowRange,
  scaleQueries,
  throwNonFinite,
  visibleKeys,
} from '@levattention/core/internal'
import { shareArrays } from '../pipeline/share.ts'
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
  /** The file's pairs of these queries with keys that exist, by key. */
  readonly listed: readonly FilePair[]
  readonly listedQueries: Uint32Array // local
  readonly listedKeys: Float64Array
  /** What each query sees of the keys [ids]; absent: all. */
  readonly visible?: readonly RowRange[] | undefined
  /** Pairs whose key does not exist. */
  readonly beyond: readonly FilePair[]
}

/** Reads queries `ids` and their pairs. `keyCount`: n. Throws Content at a NaN or infinity, and as the readers. */
export function makeGroup(
  queries: MatrixSource,
  ids: readonly number[],
  scale: ColumnScale,
  cursor: PairCursor,
  keyCount: number,
  mask: AttentionMask,
): QueryGroup {
  const { dim } = scale
  const scaled = new Float64Array(ids.length * dim)
  const shifts = new Int32Array(ids.length)
  const bad = scaleQueries(scale, readRows(queries, ids), ids.length, scaled, shifts)
  if (bad >= 0) throwNonFinite(queries, ids[Math.floor(bad / dim)], 1, 'queries')
  const pairs = cursor.take(ids)
  const listed = pairs.filter((pair) => pair.keyId < keyCount).sort((a, b) => a.keyId - b.keyId)
  const isMasked = mask.causal || mask.segment !== undefined
  const places = new Map(ids.map((id, i) => [id, i]))
  return {
    ids,
    scaled: shareArrays(scaled),
    shifts,
    listed,
    listedQueries: Uint32Array.from(listed, (pair) => places.get(pair.queryId) ?? 0),
    listedKeys: Float64Array.from(listed, (pair) => pair.keyId),
    visible: isMasked ? ids.map((id) => visibleKeys(mask, id, keyCount)) : undefined,
    beyond: pairs.filter((pair) => pair.keyId >= keyCount),
  }
}

/** Rows `ids` of `source` [ids, cols]: in one read where they follow one another. */
function readRows(source: MatrixSource, ids: readonly number[]): Float32Array | Float64Array {
  const { cols } = source
  const length = ids.length * cols
  const rows = source.element === 'f64' ? new Float64Array(length) : new Float32Array(length)
  const [first] = ids
  if (ids.at(-1) === first + ids.length - 1) source.readRows(first, first + ids.length, rows)
  else ids.forEach((id, i) => source.readRows(id, id + 1, rows.subarray(i * cols, (i + 1) * cols)))
  return rows
}
