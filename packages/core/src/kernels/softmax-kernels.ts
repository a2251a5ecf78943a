/** Keys of a block: a constant of the order of the sums, not of a cache. Keys that are passed in parts: in multiples of it. */
export const SOFTMAX_KEYS = 256
/** Keys whose weighted values are added up in float32: a part of a block. */
export const VALUE_KEYS = 64
/** Queries that a step takes together. */
export const SOFTMAX_QUERIES = 4
/** What one step can find: the least room for hits. */
export const LEAST_HITS = SOFTMAX_KEYS * SOFTMAX_QUERIES
/** A shift is raised where a logit is more octaves above it: 2^60 keys of such a weight are a float32 still. */
export const SOFTMAX_RAISE = 60

/** Numbers in memory. */
export type Floats = Float32Array | Float64Array

/** In float32: see SoftmaxSums. */
export type SoftmaxKernels = SoftmaxSums<Float32Array>

/**
 * Softmax rows without an n x m matrix (docs/theory.md section 7; NOTES.md "Softmax rows").
 *
 * Logits are in octaves: `queries` hold q · scale · log2 e, and a logit is <query, key> in float32, from 0, the columns
 * ascending, no product fused. Keys go by in blocks of SOFTMAX_KEYS. Of each block, per query: the shift is raised to
 * ceil(largest visible logit) where that logit is more than SOFTMAX_RAISE above it or the query has seen nothing so far, and
 * total (and sums) are multiplied with the power of two that this takes, at least 2^-1022. A visible key has the float32
 * weight w = exp2(x), x = logit - shift: 0 below -126, else within 2.4e-7 of 2^x. Weights are added in four float32 lanes from
 * 0, keys ascending: lane i of 4 takes the sum of keys 8j + i and 8j + 4 + i. The lanes are added in float64, 0 first, and
 * this sum to the total. A key that is not visible has weight 0 and is never a hit, whatever its logit.
 *
 * That is said of F = Float32Array; in float64 (float64Softmax) nothing is rounded to float32, and exp2 is exp2Float64.
 *
 * Needs |logits| < 2^126 and finite values: what a row is beyond that means nothing, and may differ between kernels.
 */
export interface SoftmaxSums<F extends Floats> {
  /**
   * Adds a block's keys to `rows`, and writes the hits: visible keys whose x is at least log2 total + thresholds[query], rounded
   * to float32, with the total of all blocks up to their own. So no key is lost whose final weight is at least that
   * threshold, as totals only grow. With thresholds of 'logits' instead: x at least thresholds[query] - shift, rounded to float32.
   * Order: by blocks, then queries in fours, then query, then key.
   *
   * Stops where fewer than LEAST_HITS more would fit in the hits: `hits.progress` is then the step to go on with, by the same
   * call with the hits taken out; 0 where all is done, and at the first call. Returns the number of hits. Infinity as a
   * threshold: none. Throws ShapeMismatch where the room is below LEAST_HITS.
   */
  softmaxPairs(
    hits: SoftmaxHits<F>,
    rows: SoftmaxRows,
    thresholds: Float64Array,
    block: SoftmaxBlock<F>,
    thresholdsOf?: 'weights' | 'logits',
  ): number

  /**
   * Adds a block's keys to `rows`, and their weighted values to sums [queryCount, valueDim] += Σ w · values [keyCount, valueDim]:
   * per column products are added in float32 from 0, keys ascending, over VALUE_KEYS keys of a block, and these sums to `sums`.
   */
  softmaxValues(
    sums: Float64Array,
    rows: SoftmaxRows,
    block: SoftmaxBlock<F>,
    values: F,
    valueDim: number,
  ): void
}

/** What is known of each query so far: its keys' weights add up to total · 2^shift. Start at shift -Infinity, total 0. */
export interface SoftmaxRows {
  /** [queryCount], whole numbers; -Infinity where no key was visible. */
  readonly shifts: Float64Array
  /** [queryCount]; above .49 where a key was visible, else 0. */
  readonly totals: Float64Array
}

/** Queries, keys, and which of them see each other. */
export interface SoftmaxBlock<F extends Floats = Float32Array> {
  /** [queryCount, dim], times scale · log2 e. */
  readonly queries: F
  readonly queryCount: number
  /** [keyCount, dim] */
  readonly keys: F
  readonly keyCount: number
  readonly dim: number
  /** Query q sees keys starts[q] <= k < ends[q] of this block; [queryCount] each. Absent: all keys. */
  readonly ranges?: SoftmaxRanges | undefined
  /** [keyCount], 0 = seen by no query. Absent: none is hidden. */
  readonly keyMask?: Uint8Array | undefined
}

export interface SoftmaxRanges {
  readonly starts: Uint32Array
  readonly ends: Uint32Array
}

/** Room for hits, [capacity] each: hit i is (queries[i], keys[i]), both counted within the block, with its logit in octaves. */
export interface SoftmaxHits<F extends Floats = Float32Array> {
  readonly queries: Uint32Array
  readonly keys: Uint32Array
  readonly logits: F
  readonly capacity: number
  /** [1]: see SoftmaxSums.softmaxPairs. */
  readonly progress: Uint32Array
}
