import type { DenseKernels } from './dense-kernels.ts'
import type { SoftmaxGradients } from './softmax-gradients.ts'
import type { SoftmaxHeads } from './softmax-heads.ts'
import type { SoftmaxKernels } from './softmax-kernels.ts'

/** Of new scratch; default: zeros. */
export type ScratchContent = 'zeros' | 'any'

/**
 * The arithmetic that runs over every row. Three implementations, one result: every float64 kernel sums in the
 * order that is stated here, without FMA, so the scalar reference, WASM and native ones agree bit for bit.
 *
 * All arrays that are passed to a kernel must come from the same instance's `f32` / `f64` / `u32` / `u8`: a WASM kernel
 * works in its own memory. Matrices are row-major; an array may be longer than its shape, the rest is not touched;
 * an output must not overlap another array. Work space of a kernel lies above the scratch and moves no mark.
 *
 * Every method throws LevError: `ShapeMismatch` for an array shorter than its shape or a count that is not a whole
 * number, `Internal` for an array of another instance, a released or an overlapping one, or where memory runs out.
 * Nothing is thrown for values: infinities and NaN run through as IEEE 754 says (the bits of a NaN are not fixed).
 */
export interface Kernels extends DenseKernels, SoftmaxKernels, SoftmaxGradients<Float32Array>, SoftmaxHeads {
  readonly name: 'scalar' | 'wasm' | 'native'
  /** That share the work of one call: 1, but for native kernels that were asked for more. No bit depends on it. */
  readonly threads: number

  /**
   * Scratch of `length` elements, 64-byte aligned, valid until `release` of an earlier `mark`: zeros, or 'any' numbers, for what is
   * written before it is read; large arrays then cost nothing where they are not touched.
   */
  f32(length: number, content?: ScratchContent): Float32Array
  f64(length: number, content?: ScratchContent): Float64Array
  u32(length: number, content?: ScratchContent): Uint32Array
  u8(length: number): Uint8Array
  /** The present end of the scratch; `release(mark())` later frees all that was taken in between. */
  mark(): number
  release(mark: number): void

  /**
   * gram [dim, dim] += rowsᵀ rows, the upper triangle (a <= b) only. `rows` [rowCount, dim].
   * Order: within a panel of PANEL_ROWS rows, counted from rows[0], products are added row by row to 0;
   * panel sums are added to `gram` in panel order.
   */
  addGram(gram: Float64Array, rows: Float32Array | Float64Array, rowCount: number, dim: number): void

  /** As addGram for each of `count` blocks: grams [count, dim, dim], rows [count, rowCount, dim]. */
  addGrams(
    grams: Float64Array,
    rows: Float32Array | Float64Array,
    rowCount: number,
    count: number,
    dim: number,
  ): void

  /** out [rowCount, outDim] = rows [rowCount, dim] · matrix [dim, outDim]; each sum starts at 0 and runs over a = 0 .. dim-1. */
  multiply(
    out: Float64Array,
    rows: Float32Array | Float64Array,
    matrix: Float64Array,
    rowCount: number,
    dim: number,
    outDim: number,
  ): void

  /**
   * Forward substitution lower · x = row for every row; tau[r] = |x|². `lower` [dim, dim], its strict upper part is not read.
   * x_i = (row_i - Σ_{b<i} lower_ib x_b) / lower_ii, tau = Σ_i x_i²: each sum from 0, ascending.
   * `whitened` [rowCount, dim], where given, receives x.
   */
  leverage(
    tau: Float64Array,
    rows: Float32Array | Float64Array,
    lower: Float64Array,
    rowCount: number,
    dim: number,
    whitened?: Float64Array,
  ): void

  /** out[r] = Σ_a (rows_ra · rows_ra) · weights_a, a ascending from 0, in float64. */
  weightedNorms(
    out: Float64Array,
    rows: Float32Array | Float64Array,
    weights: Float64Array,
    rowCount: number,
    dim: number,
  ): void

  /**
   * out[r] = Σ_a (rows_ra scales_a)² in the precision that all three arrays share, float32 or float64, in any order: for
   * filters with an error bound.
   */
  rowNorms<T extends Float32Array | Float64Array>(
    out: T,
    rows: T,
    scales: T,
    rowCount: number,
    dim: number,
  ): void

  /**
   * The places i < count with !(values[i] < threshold), the threshold rounded to the values' precision; a NaN is one.
   * Writes them, ascending, to `hits` [count]; returns how many there are.
   */
  atLeast(hits: Uint32Array, values: Float32Array | Float64Array, threshold: number, count: number): number

  /** out[r] = max_a |rows_ra|, 0 without columns; NaN where the row has one. */
  rowMaxima(out: Float64Array, rows: Float32Array | Float64Array, rowCount: number, dim: number): void

  /** out[r] = max_a rows_ra, -Infinity without columns; of zeros either may be it. Needs numbers: no NaN. */
  rowTops(out: Float64Array, rows: Float64Array, rowCount: number, dim: number): void

  /**
   * out[r] = Σ_a 2^(rows_ra - shifts_r), each by `exp2Float64`: 0 below 2^-1021. Order: four lanes from 0, columns ascending, lane i of 4 takes
   * the sum of columns 8j + i and 8j + 4 + i (0 behind the last); then the lanes, 0 first. Needs rows_ra - shifts_r < 1023, and no NaN.
   * `weights` [rowCount, dim], where given, receives the powers.
   */
  exp2Sums(
    out: Float64Array,
    rows: Float64Array,
    shifts: Float64Array,
    rowCount: number,
    dim: number,
    weights?: Float64Array,
  ): void

  /** out_ra = rows_ra · factors_r in float64, then rounded to `out`'s precision. */
  scaleRows(
    out: Float32Array | Float64Array,
    rows: Float64Array,
    factors: Float64Array,
    rowCount: number,
    dim: number,
  ): void
  scaleRows(
    out: Float64Array,
    rows: Float32Array | Float64Array,
    factors: Float64Array,
    rowCount: number,
    dim: number,
  ): void

  /** out[r] = Σ_a left_ra right_ra, a ascending from 0. */
  rowDots(out: Float64Array, left: Float64Array, right: Float64Array, rowCount: number, dim: number): void

  /** into += from, element by element; from = 0. Both [length]. */
  moveSum(into: Float64Array, from: Float64Array, length: number): void

  /**
   * Float32 filter: every pair (q, k) with !(|<query_q, key_k>| < 1) by float32 arithmetic in any order (a NaN passes).
   * Writes pairs (q, k) into hits[2i], hits[2i+1], order unspecified; returns their number.
   * `hits` must hold 2 · queryCount · keyCount numbers.
   */
  dotsAtLeastOne(
    hits: Uint32Array,
    queries: Float32Array,
    queryCount: number,
    keys: Float32Array,
    keyCount: number,
    dim: number,
  ): number

  /**
   * out [queryCount, keyCount] = <query, key> as if computed in twice the working precision and then rounded
   * (Dot2 of Ogita, Rump, Oishi 2005: TwoProduct by Dekker splitting, TwoSum; error <= u |dot| + gamma_d² Σ|q_a k_a|,
   * plus 5 dim 2^-1074 where products are subnormal). Needs every |value| < 2^995, where splitting cannot overflow,
   * and Σ|q_a k_a| < 2^1022; beyond that a result may be NaN or infinite, never a wrong finite number.
   */
  compensatedDots(
    out: Float64Array,
    queries: Float64Array,
    queryCount: number,
    keys: Float32Array | Float64Array,
    keyCount: number,
    dim: number,
  ): void

  /**
   * For maxima m >= 0 with 2^(e-1) <= m < 2^e: factors = 2^-e, and shifts = -e in the bits of an int32; 1 and 0 where m is 0.
   * Stops at the first m that is not finite or whose |e| is LARGEST_SHIFT or more; returns how many come before it.
   */
  powersOfTwo(factors: Float64Array, shifts: Uint32Array, maxima: Float64Array, count: number): number

  /**
   * How well each query's row sum is known, errors = gramError gramSizes / rowSums + rootError sqrt(columnSizes / rowSums)
   * (Infinity where the row sum is not positive), and whether the certificate covers it: errors <= trustedBelow and
   * max(ridge (sqrt(ridgeSizes) + shortfall sqrt(columnSizes))², dropRidge columnSizes) <= ridgeShare rowSums (1 - errors).
   * searched = the row sum where that holds, else 0. All arrays [queryCount]. Returns how many are covered.
   */
  certifyQueries(
    errors: Float64Array,
    searched: Float64Array,
    rowSums: Float64Array,
    columnSizes: Float64Array,
    gramSizes: Float64Array,
    ridgeSizes: Float64Array,
    queryCount: number,
    terms: CertificateTerms,
  ): number

  /**
   * What the float32 filter multiplies each query with: 1 / (c (1 - e)) with c = room sqrt(epsilon rowSums) and
   * e = (relative + errors) lengths sqrt(rowSums) / c + underflow; 0 without a row sum, NaN where e is not below 1/2. All
   * arrays [queryCount].
   */
  filterFactors(
    factors: Float64Array,
    rowSums: Float64Array,
    errors: Float64Array,
    queryCount: number,
    terms: FilterTerms,
  ): void

  /**
   * Scores the pairs (q, k) = (hits[2i], hits[2i+1]), i < pairCount: dot = Σ_a q_a k_a and size = Σ_a |q_a k_a|, a ascending
   * from 0; own = rounding size / |dot|, score = min(1, dot² / rowSums[q]), slack = own + errors[q]. Keeps, in their order, those
   * with score >= epsilon (1 - slack), and those whose own is not at most `limit`, with NaN for the slack. `queryStart` and
   * `slotStart` are added to the numbers of what is kept. Returns how many are. Throws ShapeMismatch where a pair is of a
   * query or key that is not there.
   */
  scorePairs(
    kept: PairColumnsOut,
    hits: Uint32Array,
    pairCount: number,
    queries: Float64Array,
    queryCount: number,
    keys: Float64Array,
    keyCount: number,
    rowSums: Float64Array,
    errors: Float64Array,
    dim: number,
    terms: PairTerms,
  ): number
}

/** See Kernels.certifyQueries. */
export interface CertificateTerms {
  readonly gramError: number
  readonly rootError: number
  readonly ridge: number
  readonly dropRidge: number
  readonly shortfall: number
  readonly ridgeShare: number
  readonly trustedBelow: number
}

/** See Kernels.filterFactors. */
export interface FilterTerms {
  readonly epsilon: number
  readonly room: number
  readonly lengths: number
  readonly relative: number
  readonly underflow: number
}

/** See Kernels.scorePairs. */
export interface PairTerms {
  readonly rounding: number
  readonly limit: number
  readonly epsilon: number
  readonly queryStart: number
  readonly slotStart: number
}

/** Room for the pairs that Kernels.scorePairs keeps: all [pairCount]. */
export interface PairColumnsOut {
  readonly queries: Uint32Array
  readonly slots: Uint32Array
  readonly dots: Float64Array
  readonly scores: Float64Array
  readonly slacks: Float64Array
}

/** Shifts that one factor 2^shift, and its inverse, hold with room. */
export const LARGEST_SHIFT = 900
/** Rows of a summation panel: a constant of the format (NOTES.md "Canonical order"), not of a cache. */
export const PANEL_ROWS = 128
/** Rows of a summation chunk, a multiple of PANEL_ROWS; a shard's Gram is the sum of its chunks in order. */
export const CHUNK_ROWS = 4096
