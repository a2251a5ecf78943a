import type { RowRange } from '../matrix/row-ranges.ts'

/** Which keys a query sees beside those of the whole matrix: query i stands at position queryStart + i. */
export interface AttentionMask {
  /** A query sees keys up to its own position. */
  readonly causal: boolean
  readonly queryStart: number
  /** Rows [c · segment, (c+1) · segment) are a K and a Q of their own; absent: all rows are. */
  readonly segment?: number | undefined
}

/** Every query sees every key. */
export const NO_MASK: AttentionMask = { causal: false, queryStart: 0 }

/** The keys of `keyCount` that query `queryId` sees. */
export function visibleKeys(
  { causal, queryStart, segment }: AttentionMask,
  queryId: number,
  keyCount: number,
): RowRange {
  const position = queryStart + queryId
  const rowStart = segment === undefined ? 0 : position - (position % segment)
  const segmentEnd = segment === undefined ? keyCount : Math.min(keyCount, rowStart + segment)
  return { rowStart, rowEnd: causal ? Math.min(segmentEnd, position + 1) : segmentEnd }
}
