import type { SketchSum } from '../sums/sketch-sum.ts'
import type { GramSum } from '../sums/gram-sum.ts'
import type { RowRanges } from '../matrix/row-ranges.ts'
import type { SummaryState } from './summary-state.ts'
import type { TriangularSum } from '../sums/triangular-sum.ts'
import type { WeightedForm } from '../sums/weighted-form.ts'
import type { UniversalSet } from '../universal/universal-set.ts'

/** Which rows of the keys took part, where not all did. */
export interface KeyRecord {
  /** Rows [first, end). */
  readonly keyRows?: readonly [first: number, end: number]
  /** Of the mask: SHA-256 of a 0 or 1 a row. */
  readonly keyMaskDigest?: string
}

/** What a universal set's file keeps beside U itself, so that it can be merged and its keys recognised. */
export interface MergeRecord {
  readonly gram: GramSum
  readonly ranges: RowRanges
  /** Σ|k|² of each shard of the plan that built U, and the rows of a shard: `query --keys` checks K against them. */
  readonly shardSquaredNorms: Float64Array
  readonly shardRows: number
  /** R of the rows, where they came as a stream: so that it can go on, or be merged, in this form. */
  readonly triangular?: TriangularSum | undefined
  /** Which of the rows took part; not known of sets that were merged. */
  readonly seen?: KeyRecord | undefined
  /** Method sketch: the sketches that U was chosen by; `gram` is then its diagonal alone. */
  readonly sketch?: SketchSum | undefined
  /** p other than 2: the weights' sums, U's keys left out of the rest, and v of U's keys in row order. */
  readonly weighted?: { readonly form: WeightedForm; readonly entryScores: Float64Array } | undefined
}

/** A universal set as it was read. */
export interface UniversalFile {
  readonly universal: UniversalSet
  readonly origin: MergeRecord
  /** U as a mergeable summary: its keys are the candidates. */
  readonly state: SummaryState
}
