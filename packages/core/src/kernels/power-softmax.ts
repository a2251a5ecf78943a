import { dotsF64 } from './float64-softmax.ts'
import { type Floats, type SoftmaxSums } from './softmax-kernels.ts'
import { softmaxBy } from './softmax-by.ts'

/**
 * Rows of weights |<q, k>|^p in place of softmax's, in float64: the logit of a key is p log2 |<q, k>|, so no power over- or
 * underflows, and a dot of 0 is a weight of 0. Off by p times what the logarithm of a dot is off by, and 3 units of
 * roundoff of the logit.
 */
export function powerSoftmax(p: number): SoftmaxSums<Floats> {
  const octaves = p * Math.LOG2E
  return softmaxBy<Floats>({
    floats: (length) => new Float64Array(length),
    round: (value) => value,
    dots(out, queries, queryOffset, keys, keyOffset, dim) {
      dotsF64(out, queries, queryOffset, keys, keyOffset, dim)
      for (let k = 0; k < out.length; k++) out[k] = octaves * Math.log(Math.abs(out[k]))
    },
    exp2: (x) => Math.exp(x * Math.LN2),
  })
}
