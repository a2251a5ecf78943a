import { kindOf } from '../arguments/kind-of.ts'
import { LevError } from '../errors/errors.ts'
import { kernelSource, kernelsOf } from '../kernels/kernels-of.ts'
import type { Kernels } from '../kernels/kernels.ts'
import { findNative } from '../kernels/native-addon.ts'
import { compileKernels } from '../kernels/wasm.ts'
import { AttentionHeads as Heads } from './attention-heads.ts'
import type { HeadArrays } from './head-arrays.ts'
import type { HeadsOptions, HeadsShape } from './heads-options.ts'

/** Self-attention of many heads of one shape over selected keys, forward and back, in arrays that stay. */
export interface AttentionHeads {
  /** Where inputs are written and outputs read. */
  readonly arrays: HeadArrays
  /** Of each head the fixed set of the last forward: row ids, ascending. */
  readonly keyIds: readonly Float64Array[]
  /**
   * `arrays.output` of `queries`, `keys` and `values`. `draw`, a whole number below 2^32 / heads: which of the sets of 'random', another
   * for each head of each draw. Throws Content for a NaN or infinity.
   */
  forward(draw?: number): void
  /** `arrays.dQueries`, `dKeys`, `dValues` of `arrays.dOutput` and the last forward, whose arrays are as they were. Throws Content. */
  backward(): void
}

/** What heads that were opened share with others. */
const kernelsOfHeads = new WeakMap<AttentionHeads, Kernels>()

/**
 * `attendWithGradient` of `shape.heads` heads of at most 1,024 rows in one call each way, to the bit, without an array made by a call: what
 * a layer of a transformer takes. Layers of one model share compiled kernels and memory when each is opened `beside` the first.
 * Throws ShapeMismatch and Option.
 */
export async function openAttentionHeads(
  shape: HeadsShape,
  options: HeadsOptions,
  beside?: AttentionHeads,
): Promise<AttentionHeads> {
  const shared = beside === undefined ? undefined : kernelsBeside(beside)
  const kernels = shared ?? (await quickestKernels())
  const heads = new Heads(kernels, shape, options)
  kernelsOfHeads.set(heads, kernels)
  return heads
}

async function quickestKernels(): Promise<Kernels> {
  const found = await findNative()
  const native = found.state === 'built' ? found.choice : undefined
  return kernelsOf(kernelSource(await compileKernels(), undefined, native))
}

/** Throws Option where `beside` is no heads of this version. */
function kernelsBeside(beside: AttentionHeads): Kernels {
  const kernels = typeof beside === 'object' && beside !== null ? kernelsOfHeads.get(beside) : undefined
  if (kernels !== undefined) return kernels
  const message = `openAttentionHeads: beside is ${kindOf(beside)}; give heads that were opened before, or leave it out`
  throw new LevError('Option', message)
}
