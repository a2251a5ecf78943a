import type { Heads } from '@levattention/core/internal'

/** Where a head stands, of an array with layers or batches; absent of one with heads alone, whose index says it. */
export interface HeadAxes {
  readonly layer?: number
  readonly batch?: number
  /** On the axis of heads, within its layer and batch. */
  readonly headAxis?: number
  /** Of heads in files of their own: which one. */
  readonly source?: string
}

/** What a line of heads.csv says of head `headIndex` beside its index. */
export function headAxesOf(heads: Heads, headIndex: number): HeadAxes {
  if (heads.areFiles) return { source: heads.addressOf(headIndex) }
  const { head, ...outer } = heads.placeOf(headIndex)
  if (Object.keys(outer).length === 0) return {}
  return { ...outer, ...(head === undefined ? {} : { headAxis: head }) }
}
