import { type AttentionMask, visibleKeys } from './mask.ts'
import { type RowRange, rowsIn } from '../matrix/row-ranges.ts'

/** Which keys a query of softmax attends to at most: beside what a mask by positions says, windows, rows and padding. */
export interface Visibility extends AttentionMask {
  /** With `causal`: a query sees the last so many keys up to its own position, its own among them. */
  readonly slidingWindow?: number | undefined
  /** The keys that take part; ids and positions stay the matrix's. Absent: all rows. */
  readonly keyRows?: RowRange | undefined
  /** The queries that are answered. Absent: all rows. */
  readonly queryRows?: RowRange | undefined
  /** [n], 0 = seen by no query. */
  readonly keyMask?: Uint8Array | undefined
  /** [m], 0 = sees nothing. */
  readonly queryMask?: Uint8Array | undefined
}

const NOTHING: RowRange = { rowStart: 0, rowEnd: 0 }

/** The keys of `keyCount` that query `queryId` sees, but for those that `keyMask` hides; may be empty. */
export function rangeSeen(visibility: Visibility, queryId: number, keyCount: number): RowRange {
  const { slidingWindow, keyRows, queryRows, queryMask, queryStart } = visibility
  if (queryMask?.[queryId] === 0 || (queryRows && !holds(queryRows, queryId))) return NOTHING
  const { rowStart, rowEnd } = visibleKeys(visibility, queryId, keyCount)
  const windowStart = slidingWindow === undefined ? 0 : queryStart + queryId + 1 - slidingWindow
  const seen = {
    rowStart: Math.max(rowStart, windowStart, keyRows?.rowStart ?? 0),
    rowEnd: Math.min(rowEnd, keyRows?.rowEnd ?? keyCount),
  }
  return seen.rowStart < seen.rowEnd ? seen : NOTHING
}

/** Whether key `keyId` takes part at all. */
export function isKey({ keyRows, keyMask }: Visibility, keyId: number): boolean {
  return keyMask?.[keyId] !== 0 && (keyRows === undefined || holds(keyRows, keyId))
}

/** The keys that query `queryId` sees, counted. */
export function keysSeen(visibility: Visibility, queryId: number, keyCount: number): number {
  const range = rangeSeen(visibility, queryId, keyCount)
  const { keyMask } = visibility
  if (keyMask === undefined) return rowsIn(range)
  let count = 0
  for (let key = range.rowStart; key < range.rowEnd; key++) if (keyMask[key] !== 0) count++
  return count
}

/** The queries that are answered, of `queryCount`. */
export function answeredRows({ queryRows }: Visibility, queryCount: number): RowRange {
  return queryRows ?? { rowStart: 0, rowEnd: queryCount }
}

function holds({ rowStart, rowEnd }: RowRange, row: number): boolean {
  return row >= rowStart && row < rowEnd
}
