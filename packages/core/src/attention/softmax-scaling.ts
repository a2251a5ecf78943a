import { binaryExponent, powerOfTwo } from '../linalg/power-of-two.ts'

/** What keys and queries are multiplied with in float64, then rounded to float32, for the logits of Kernels.softmaxPairs. */
export interface SoftmaxScaling {
  readonly keys: number
  readonly queries: number
}

/** Keys in float32 whose largest entry is of a magnitude from 2^-EASY to 2^EASY are taken as they are. */
const EASY = 60

/**
 * `scale` is softmax's, `largestKey` = max |entry| of the keys. Keys by a power of two, so that in float32 nothing that counts
 * overflows or underflows where a row's logit error is at most MOST_LOGIT_ERROR (other rows may overflow: let them see nothing
 * and go to float64); queries by its inverse · scale · log2 e. Float32 keys of a usual size by 1: no copy is needed.
 */
export function softmaxScaling(scale: number, largestKey: number): SoftmaxScaling {
  const exponent = largestKey > 0 ? binaryExponent(largestKey) + 1 : 0
  const isEasy = Math.abs(exponent) <= EASY
  const keys = isEasy ? 1 : powerOfTwo(-exponent)
  return { keys, queries: (scale * Math.LOG2E) / keys }
}
