import type { Heads, MatrixSource } from '@levattention/core/internal'

/** A matrix, or the heads of an array: query head h is served by key head floor(h Hk / Hq). */
export type Source = MatrixSource | Heads

/** Which query head an answer is about. */
export interface HeadIndex {
  /** Flat, over the leading axes in the order of the file; 0 of a matrix. */
  readonly index: number
  /** Of the keys' heads the one that serves it. */
  readonly keyHead: number
  /** Its index on each leading axis; none of a matrix. */
  readonly leading: readonly number[]
}

export function isHeads(source: Source): source is Heads {
  return typeof source === 'object' && source !== null && 'headCount' in source
}

/** The opened matrices of an input, for the message about what is not finite in it. */
export function matricesOf(source: Source): (() => MatrixSource)[] {
  if (!isHeads(source)) return [() => source]
  return Array.from({ length: source.headCount }, (_, head) => () => source.open(head))
}
