import { dotF32 } from './scalar-dots.ts'
import { type SoftmaxArithmetic, softmaxBy } from './softmax-by.ts'
import type { SoftmaxKernels } from './softmax-kernels.ts'

const { fround } = Math

/** Logits and weights in float32. */
export const FLOAT32_ARITHMETIC: SoftmaxArithmetic<Float32Array> = {
  floats: (length) => new Float32Array(length),
  round: fround,
  dots(out, queries, queryOffset, keys, keyOffset, dim) {
    for (let k = 0; k < out.length; k++) out[k] = dotF32(queries, queryOffset, keys, keyOffset + k * dim, dim)
  },
  addMultiple(out, factor, rows, offset, width) {
    const f = fround(factor)
    for (let c = 0; c < width; c++) out[c] = fround(out[c] + fround(f * rows[offset + c]))
  },
  exp2,
}

/** See SoftmaxKernels. */
export const scalarSoftmax: SoftmaxKernels = softmaxBy(FLOAT32_ARITHMETIC)

/** Ascending; minimax on [-1/2, 1/2]. */
const EXP2 = [
  1.0000001192092896, 0.6931469440460205, 0.24022120237350464, 0.05550713092088699, 0.009675540961325169,
  0.0013276472454890609,
]
/** Added and subtracted it rounds to an integer, ties to even: 1.5 2^23. */
const ROUNDER = 12_582_912
const floatView = new Float32Array(1)
const intView = new Int32Array(floatView.buffer)

/** 2^x for a float32 x <= 127 within 2.4e-7 of it; 0 below -126. */
function exp2(x: number): number {
  if (!(x >= -126)) return 0
  const n = fround(fround(x + ROUNDER) - ROUNDER)
  const f = fround(x - n)
  let p = EXP2[5]
  for (let i = 4; i >= 0; i--) p = fround(fround(p * f) + EXP2[i])
  floatView[0] = p
  intView[0] += n << 23
  return floatView[0]
}
