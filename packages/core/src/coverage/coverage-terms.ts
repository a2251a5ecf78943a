import type { LocalKeys } from '../attend/attend-terms.ts'
import type { Visibility } from '../attention/visibility.ts'
import type { TaskSource } from '../matrix/task-source.ts'

/** The keys left out, as clusters: of each key, below 0 in none. */
export interface Clusters {
  readonly clusters: Int32Array // [n]
  readonly clusterCount: number
}

/** S_i of one rule and N: its keys, and with `best` those of the row's own choice. Plain data. */
export interface CoveredSelection {
  /** Of each draw, one where nothing is drawn: fixed set and first keys as one, keys that take part, ascending. */
  readonly sets: readonly Float64Array[]
  /** Beside: the keys of the so many largest A_ij of row i, ties by row id. */
  readonly best?: number | undefined
  /** Whether local keys join. */
  readonly isLocal: boolean
  /** Of each set, what stands in its outputs for the keys left out. */
  readonly rest?: readonly Clusters[] | undefined
}

/** What is asked of judged queries, beside them. Plain data. */
export interface CoverageTerms {
  readonly keys: TaskSource // [n, d]
  /** [n, dv]; absent: no output is compared. */
  readonly values?: TaskSource | undefined
  /** Outputs are compared times it: a power of two (`entryFactor` of the values), so that no square leaves float64's range. */
  readonly valueFactor: number
  /** The judged rows of the queries, ascending: each sees a key. */
  readonly rows: Float64Array
  readonly visibility: Visibility
  readonly scale: number
  /** Keys are multiplied with it: a power of two (`entryFactor`). */
  readonly keyFactor: number
  /** At least max |k| of the keys that take part. */
  readonly largestNorm: number
  /** A pair is heavy where A_ij is at least so much. */
  readonly heavy: number
  readonly local?: LocalKeys | undefined
  readonly selections: readonly CoveredSelection[]
}

/** What one selection holds of judged rows; of several draws their means. */
export interface CoveredNumbers {
  /** [rows]: Σ A_ij over S_i, at most 1. */
  readonly mass: Float64Array
  /** [rows]: |S_i| */
  readonly kept: Float64Array
  /** [rows]: |o' - o| / |o|, NaN where o = 0; absent without values. */
  readonly error?: Float64Array | undefined
  /** Heavy pairs in S_i, all rows together. */
  readonly held: number
  /** [draws]: Σ of all rows' masses, and of |o' - o|², times valueFactor². */
  readonly drawMass: Float64Array
  readonly drawFar: Float64Array
}

/** Of judged rows, in their order. Plain data. */
export interface CoveredRows {
  /** [rows]: keys that are seen. */
  readonly seen: Float64Array
  readonly heavyPairs: number
  /** Σ |o|², times valueFactor². */
  readonly outputSquares: number
  readonly selections: readonly CoveredNumbers[]
}
