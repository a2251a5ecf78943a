import type { Kernels } from '../kernels/kernels.ts'
import type { HeadInputs } from '../kernels/softmax-heads.ts'
import type { HeadViews } from './head-arrays.ts'
import type { WholeShape } from './heads-options.ts'

/** Forward and backward of a head that is easy for float32; `kept`: row ids, ascending, or all. */
export interface HeadSolver {
  forward(head: HeadViews, kept: Float64Array | undefined): void
  backward(head: HeadViews, kept: Float64Array | undefined): void
}

/** Of heads without local keys: one call of a kernel each way. Takes kernel scratch. */
export class KeptHeads implements HeadSolver {
  readonly #kernels: Kernels
  readonly #shape: WholeShape
  readonly #scale: number
  readonly #ids: Uint32Array

  constructor(kernels: Kernels, shape: WholeShape, scale: number) {
    this.#kernels = kernels
    this.#shape = shape
    this.#scale = scale
    this.#ids = kernels.u32(shape.rows)
  }

  forward(head: HeadViews, kept: Float64Array | undefined): void {
    this.#kernels.softmaxHead(head.output, head, this.#inputs(head, kept), this.#scale * Math.LOG2E)
  }

  backward(head: HeadViews, kept: Float64Array | undefined): void {
    const inputs = this.#inputs(head, kept)
    this.#kernels.softmaxHeadGradient(head, head.dOutput, head, inputs, this.#scale, 1 / Math.LOG2E)
  }

  #inputs({ queries, keys, values }: HeadViews, kept: Float64Array | undefined): HeadInputs {
    const { rows, dim, valueDim } = this.#shape
    if (kept === undefined) return { queries, keys, values, rows, keyCount: rows, dim, valueDim }
    this.#ids.set(kept)
    return { queries, keys, values, ids: this.#ids, rows, keyCount: kept.length, dim, valueDim }
  }
}
