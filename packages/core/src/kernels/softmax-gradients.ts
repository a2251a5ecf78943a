import type { Floats, SoftmaxBlock, SoftmaxRows } from './softmax-kernels.ts'

/** Queries, and keys, whose products are added up in float32: a constant of the order of the sums. */
export const GRADIENT_ROWS = 64

/**
 * What a loss L wants of the rows of softmaxValues, from its slope dO = dL/dO at their outputs O = sums / total: NOTES.md
 * "Softmax gradients".
 *
 * Logits, shifts and weights w are those of SoftmaxSums, with the shift and the total that a row has in the end. Of a pair that sees
 * one another P = w · inverse, inverse = 1 / total rounded to float32; slope = P · (g - mean), g = <dO, value> from 0, the columns
 * ascending. Of others both are 0, whatever stands there, if it is finite. Each operation is rounded to float32, none fused.
 *
 * Keys go by in blocks of GRADIENT_ROWS, and under each block queries in groups of as many; a group of which no query sees a key of
 * the block by its range adds nothing. Each sum of a block and a group starts at 0 and is added up in float32: over the keys of
 * the block, ascending, for a query, over the queries of the group, ascending, for a key. It is then added to `into` in float64.
 *
 * That is said of F = Float32Array; in float64 (float64Gradient) nothing is rounded to float32, and exp2 is exp2Float64.
 */
export interface SoftmaxGradients<F extends Floats> {
  /** Adds to `into` what a block's keys are to its queries and these to them; `values` [keyCount, valueDim]. */
  softmaxGradient(
    into: SoftmaxGradientSums,
    rows: SoftmaxGradientRows<F>,
    block: SoftmaxBlock<F>,
    values: F,
    valueDim: number,
  ): void
}

/** Of finished rows; one with a total of 0 sees nothing. */
export interface SoftmaxGradientRows<F extends Floats = Float32Array> extends SoftmaxRows {
  /** [queryCount]: <dO, O>, the mean of <dO, value> under the row's weights. */
  readonly means: Float64Array
  /** dO [queryCount, valueDim] */
  readonly dOutputs: F
}

/** In the units of the block's own queries and keys: the caller multiplies by what they were scaled with. */
export interface SoftmaxGradientSums {
  /** [queryCount, dim] += Σ_k slope · key */
  readonly queries: Float64Array
  /** [keyCount, dim] += Σ_q slope · query */
  readonly keys: Float64Array
  /** [keyCount, valueDim] += Σ_q P · dO */
  readonly values: Float64Array
}
