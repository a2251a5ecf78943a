import { gamma, UNIT_ROUNDOFF_F32 } from '../arithmetic/numeric.ts'

/** What softmax rows of one precision are off by at most; derived in kernels/NOTES.md "Softmax rows". */
export interface SoftmaxError {
  /**
   * mu: every weight is its own exp(z) times exp(delta), |delta| <= mu, for z = scale <q, k> of `dim` columns with
   * `reach` = scale |q| max|k|. NaN and Infinity run through.
   */
  logit(dim: number, reach: number): number
  /** Of the natural logarithm of a row's sum of weights. */
  logSum(mu: number): number
  /** Of an output, sums / total of a column: so many times the average of |value| under the row's weights. */
  output(mu: number): number
  /** The threshold of softmaxPairs, in octaves, at which no key with a softmax weight of `epsilon` or more is lost. */
  threshold(epsilon: number, mu: number): number
}

/** Rows of which float32 cannot say that its mu is at most this, NaN included, go to float64 at once. */
export const MOST_LOGIT_ERROR = 0.05

/** Of Kernels.softmaxPairs and softmaxValues; values may have been rounded to float32. */
export const FLOAT32_ERROR: SoftmaxError = {
  logit: (dim, reach) => gamma(dim + 5, UNIT_ROUNDOFF_F32) * reach + 3e-7,
  logSum: (mu) => mu + gamma(40, UNIT_ROUNDOFF_F32),
  output: (mu) => Math.expm1(2 * mu + gamma(106, UNIT_ROUNDOFF_F32)),
  threshold: (epsilon, mu) => Math.log2(epsilon) - (2 * mu + 8e-6) * Math.LOG2E,
}

/** Of float64Softmax over `keyCount` keys in all. */
export function float64Error(keyCount: number): SoftmaxError {
  const sum = gamma(keyCount / 256 + 40)
  return {
    logit: (dim, reach) => gamma(dim + 10) * reach + 1e-15,
    logSum: (mu) => mu + sum,
    output: (mu) => Math.expm1(2 * mu + 2 * sum + gamma(66)),
    threshold: (epsilon, mu) => Math.log2(epsilon) - (2 * mu + sum + 2e-12) * Math.LOG2E,
  }
}
