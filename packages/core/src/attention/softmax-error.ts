import { gamma, UNIT_ROUNDOFF_F32 } from '../arithmetic/numeric.ts'

// What float32 softmax rows (Kernels.softmaxPairs, softmaxValues) are off by at most; derived in kernels/NOTES.md "Softmax".

/** Rows whose logits may be further off go to float64 at once. */
export const MOST_LOGIT_ERROR = 0.05
/** Of a weight: exp2's 2.4e-7, and what is subnormal. */
const WEIGHT_ERROR = 3e-7
/** What a threshold is lowered by beside the logits' errors: the total's roundings, its logarithm's, its own. */
const THRESHOLD_ERROR = 8e-6

/**
 * mu: every float32 weight is its own exp(z) times exp(delta), |delta| <= mu, for z = scale <q, k> of `dim` columns with
 * `reach` = scale |q| max|k|. NaN and Infinity run through: hold it against MOST_LOGIT_ERROR as !(mu <= MOST_LOGIT_ERROR).
 */
export function logitError(dim: number, reach: number): number {
  return gamma(dim + 5, UNIT_ROUNDOFF_F32) * reach + WEIGHT_ERROR
}

/** Of the natural logarithm of a row's sum of weights. */
export function logSumError(mu: number): number {
  return mu + gamma(40, UNIT_ROUNDOFF_F32)
}

/** The threshold of Kernels.softmaxPairs, in octaves, at which no key with a softmax weight of `epsilon` or more is lost. */
export function heavyThreshold(epsilon: number, mu: number): number {
  return Math.log2(epsilon) - (2 * mu + THRESHOLD_ERROR) * Math.LOG2E
}

/** Of an output, sums / total of a column: so many times the average of |value| under the row's weights. Covers values rounded to float32. */
export function outputError(mu: number): number {
  return Math.expm1(2 * mu + gamma(106, UNIT_ROUNDOFF_F32))
}
