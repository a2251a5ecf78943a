import type { Visibility } from '../attention/visibility.ts'
import type { RowRange } from '../matrix/row-ranges.ts'

/** Whether softmax's query `queryId` sees key `keyId`, by the definition of each option: the search goes by ranges instead. */
export function sees(visibility: Visibility, queryId: number, keyId: number): boolean {
  const { queryMask, queryRows, causal, queryStart, slidingWindow, segment } = visibility
  if (queryMask?.[queryId] === 0 || isOutside(queryRows, queryId) || !takesPart(visibility, keyId))
    return false
  const position = queryStart + queryId
  if (causal && keyId > position) return false
  if (slidingWindow !== undefined && position - keyId >= slidingWindow) return false
  return segment === undefined || Math.floor(keyId / segment) === Math.floor(position / segment)
}

/** Whether anybody may see key `keyId`. What stands in another is nobody's, NaN too. */
export function takesPart({ keyMask, keyRows }: Visibility, keyId: number): boolean {
  return keyMask?.[keyId] !== 0 && !isOutside(keyRows, keyId)
}

function isOutside(range: RowRange | undefined, row: number): boolean {
  return range !== undefined && (row < range.rowStart || row >= range.rowEnd)
}
