import type { SketchSum } from '../sums/sketch-sum.ts'
import type { Candidates } from '../sums/candidates.ts'
import type { GramSum } from '../sums/gram-sum.ts'
import type { RowRanges } from '../matrix/row-ranges.ts'
import type { TriangularSum } from '../sums/triangular-sum.ts'
import type { WeightedForm } from '../sums/weighted-form.ts'

/**
 * What may drop a key. `whole`: a bound over any rows that contain it; summaries of disjoint rows merge in any order.
 * `prefix`: a bound over rows up to its own alone, so that the keys left serve queries at any position (causal attention);
 * merging needs a.rowEnd = b.rowStart.
 */
type DropPolicy = 'whole' | 'prefix'

/** What a summary from nothing is made of. */
export interface KeySummaryTerms {
  /** d: columns of the rows. */
  readonly dim: number
  /** Attention threshold in (0, 1]. */
  readonly epsilon: number
  /** Attention exponent of f(x) = |x|^p, any above 0; default 2. */
  readonly p?: number | undefined
  /** The row id of the first row to come; default 0. */
  readonly rowStart?: number | undefined
  /** 'triangular' carries R by QR beside the Gram, for ill-conditioned rows that cannot be read twice (slower). Default 'gram'. */
  readonly form?: 'gram' | 'triangular' | undefined
  /** Default 'whole'; 'prefix' is for p = 2. */
  readonly policy?: 'whole' | 'prefix' | undefined
  /** p other than 2: of the sample of the rows that are not kept; default 1. */
  readonly seed?: number | undefined
}

/** What two summaries must share to be merged. */
interface SummaryTerms {
  readonly dim: number
  readonly epsilon: number
  /** Attention exponent of f(x) = |x|^p, above 0. */
  readonly p: number
  readonly policy: DropPolicy
}

/** The mergeable state: what crosses threads, files and steps. */
export interface SummaryState extends SummaryTerms {
  readonly ranges: RowRanges
  readonly gram: GramSum
  /** Keys that may be in U, of all rows outside `openRanges`. */
  readonly candidates: Candidates
  /** Rows whose keys are not held and must be selected from their source again. */
  readonly openRanges: RowRanges
  /** R of the same rows, where the summary carries the triangular form beside the Gram. */
  readonly triangular: TriangularSum | undefined
  /** The largest ridge that a drop used (theory.md section 8), of M for p other than 2; 0 where every factor was regular. */
  readonly dropRidge: number
  /** Method sketch: `gram` is then its diagonal alone. */
  readonly sketch?: SketchSum | undefined
  /** p other than 2, policy 'whole': the weights' sums. Absent otherwise, and in files of earlier versions. */
  readonly weighted?: WeightedForm | undefined
}
