import { exp2Float64 } from './exp2-float64.ts'
import type { Floats, SoftmaxSums } from './softmax-kernels.ts'
import { type SoftmaxArithmetic, softmaxBy } from './softmax-by.ts'

/** Logits and weights in float64. */
export const FLOAT64_ARITHMETIC: SoftmaxArithmetic<Floats> = {
  floats: (length) => new Float64Array(length),
  round: (value) => value,
  dots: dotsF64,
  addMultiple(out, factor, rows, offset, width) {
    for (let c = 0; c < width; c++) out[c] += factor * rows[offset + c]
  },
  exp2: exp2Float64,
}

/**
 * Softmax rows in float64, for those that float32 is not enough for; off by float64Error at most. Arrays of any memory: queries,
 * keys and values of either precision, hits with Float64Array logits.
 */
export const float64Softmax: SoftmaxSums<Floats> = softmaxBy(FLOAT64_ARITHMETIC)

/** Four keys at a time: their sums hide each other's latency. */
function dotsF64(
  out: Floats,
  queries: Floats,
  queryOffset: number,
  keys: Floats,
  keyOffset: number,
  dim: number,
): void {
  const fours = out.length - (out.length % 4)
  for (let k = 0; k < fours; k += 4) {
    const at = keyOffset + k * dim
    let [s0, s1, s2, s3] = [0, 0, 0, 0]
    for (let a = 0; a < dim; a++) {
      const x = queries[queryOffset + a]
      s0 += x * keys[at + a]
      s1 += x * keys[at + dim + a]
      s2 += x * keys[at + 2 * dim + a]
      s3 += x * keys[at + 3 * dim + a]
    }
    out[k] = s0
    out[k + 1] = s1
    out[k + 2] = s2
    out[k + 3] = s3
  }
  for (let k = fours; k < out.length; k++) {
    let sum = 0
    for (let a = 0; a < dim; a++) sum += queries[queryOffset + a] * keys[keyOffset + k * dim + a]
    out[k] = sum
  }
}
