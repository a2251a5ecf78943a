import { checkedKernels, type UncheckedKernels } from './checked.ts'
import type { Kernels } from './kernels.ts'
import { scalarDense } from './scalar-dense.ts'
import { compensatedDots, dotsAtLeastOne } from './scalar-dots.ts'
import { exp2Sums, rowTops } from './scalar-weights.ts'
import { atLeast, moveSum, rowDots, rowMaxima, rowNorms, scaleRows } from './scalar-norms.ts'
import { certifyQueries, filterFactors, powersOfTwo, scorePairs } from './scalar-queries.ts'
import type { Scratch } from './operands.ts'
import { scalarGradient } from './softmax-gradient-by.ts'
import { scalarSoftmax } from './scalar-softmax.ts'
import { scalarHeads } from './scalar-heads.ts'
import { addGram, addGrams, leverage, multiply, weightedNorms } from './scalar-rows.ts'

/** The reference: plain TypeScript, each sum written in the order that `Kernels` states. `onCall`: see checkedKernels. */
export function scalarKernels(onCall?: () => void): Kernels {
  const buffers = new WeakSet<ArrayBufferLike>()
  const remember = <T extends Scratch>(array: T): T => {
    buffers.add(array.buffer)
    return array
  }
  const raw: UncheckedKernels = {
    name: 'scalar',
    threads: 1,
    f32: (length) => remember(new Float32Array(length)),
    f64: (length) => remember(new Float64Array(length)),
    u32: (length) => remember(new Uint32Array(length)),
    u8: (length) => remember(new Uint8Array(length)),
    // The garbage collector frees what is no longer held.
    mark: () => 0,
    release: () => undefined,
    owns: (array) => buffers.has(array.buffer),
    sameMemory: (a, b) => a.buffer === b.buffer,
    addGram,
    addGrams,
    multiply,
    leverage,
    weightedNorms,
    rowNorms,
    atLeast,
    rowMaxima,
    rowTops,
    exp2Sums,
    scaleRows,
    rowDots,
    moveSum,
    powersOfTwo,
    certifyQueries,
    filterFactors,
    scorePairs,
    dotsAtLeastOne,
    compensatedDots,
    ...scalarDense,
    ...scalarSoftmax,
    ...scalarGradient,
    ...scalarHeads,
  }
  return checkedKernels(raw, onCall)
}
