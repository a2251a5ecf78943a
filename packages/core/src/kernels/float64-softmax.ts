import type { Floats, SoftmaxSums } from './softmax-kernels.ts'
import { softmaxBy } from './softmax-by.ts'

/**
 * Softmax rows in float64, for those that float32 is not enough for; off by float64Error at most. Arrays of any memory: queries,
 * keys and values of either precision, hits with Float64Array logits.
 */
export const float64Softmax: SoftmaxSums<Floats> = softmaxBy<Floats>({
  floats: (length) => new Float64Array(length),
  round: (value) => value,
  dot: dotF64,
  exp2: (x) => Math.exp(x * Math.LN2),
})

function dotF64(queries: Floats, queryOffset: number, keys: Floats, keyOffset: number, dim: number): number {
  let sum = 0
  for (let a = 0; a < dim; a++) sum += queries[queryOffset + a] * keys[keyOffset + a]
  return sum
}
