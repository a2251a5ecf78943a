/** What the softmax oracle is asked: heads in memory, in the library's names, and what a query of them sees. */
import { row, type DenseMatrix } from '../oracle.ts'

/** Query head h reads key head floor(h Hk / Hq). */
export interface OracleHeads {
  /** Hq matrices [m, d]. */
  readonly queries: readonly DenseMatrix[]
  /** Hk matrices [n, d]. */
  readonly keys: readonly DenseMatrix[]
  /** Hk matrices [n, dv]. */
  readonly values?: readonly DenseMatrix[]
  /** Hq matrices: what rules read in place of the queries. */
  readonly fitQueries?: readonly DenseMatrix[]
}

/** Query row i stands at position queryStart + i, key row j at j. Masks: 0 = not seen. */
export interface OracleVisibility {
  readonly causal?: boolean | undefined
  readonly queryStart?: number | undefined
  readonly slidingWindow?: number | undefined
  readonly segment?: number | undefined
  readonly keyMask?: ArrayLike<number> | undefined
  readonly queryMask?: ArrayLike<number> | undefined
  readonly keyRows?: readonly [rowStart: number, rowEnd: number] | undefined
  readonly queryRows?: readonly [rowStart: number, rowEnd: number] | undefined
}

export function keyHeadOf(queryHead: number, { queries, keys }: OracleHeads): number {
  return Math.floor((queryHead * keys.length) / queries.length)
}

export function rowsOf({ rows, cols, data }: DenseMatrix): Float64Array[] {
  return Array.from({ length: rows }, (_, index) => row({ rows, cols, data }, index))
}

export function positionOf({ queryStart = 0 }: OracleVisibility, query: number): number {
  return queryStart + query
}

/** Whether key row `key` takes part at all. */
export function isKey({ keyMask, keyRows }: OracleVisibility, key: number): boolean {
  return keyMask?.[key] !== 0 && (keyRows === undefined || (key >= keyRows[0] && key < keyRows[1]))
}

/** vis(i), ascending. */
export function visibleKeys(visibility: OracleVisibility, query: number, keyCount: number): number[] {
  const { causal, slidingWindow, segment, queryMask, queryRows } = visibility
  if (queryMask?.[query] === 0) return []
  if (queryRows !== undefined && !(query >= queryRows[0] && query < queryRows[1])) return []
  const position = positionOf(visibility, query)
  const block = (at: number) => (segment === undefined ? 0 : Math.floor(at / segment))
  return Array.from({ length: keyCount }, (_, key) => key).filter((key) => {
    if (!isKey(visibility, key) || (causal === true && key > position)) return false
    if (slidingWindow !== undefined && !(position - key >= 0 && position - key < slidingWindow)) return false
    return block(position) === block(key)
  })
}

/** The keys that take part, by segment: [first position, position past the last, ids]. */
export function segmentsOf(
  visibility: OracleVisibility,
  keyCount: number,
): (readonly [start: number, end: number, ids: number[]])[] {
  const width = visibility.segment ?? Math.max(1, keyCount)
  return Array.from({ length: Math.ceil(keyCount / width) }, (_, s) => {
    const positions = Array.from(
      { length: Math.min(width, keyCount - s * width) },
      (_unused, at) => s * width + at,
    )
    return [s * width, (s + 1) * width, positions.filter((key) => isKey(visibility, key))] as const
  })
}

/** The rows that are answered. */
export function queryRange({ queryRows }: OracleVisibility, { rows }: DenseMatrix): number[] {
  const [start, end] = queryRows ?? [0, rows]
  return Array.from({ length: end - start }, (_, at) => start + at)
}
