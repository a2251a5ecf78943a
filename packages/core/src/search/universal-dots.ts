import { copyIn, withScratch } from '../kernels/with-scratch.ts'
import type { Kernels } from '../kernels/kernels.ts'
import { scaleColumns } from '../arithmetic/column-exponents.ts'
import type { UniversalSet } from '../universal/universal-set.ts'

const SLOT_BLOCK = 512
/** Dots held at a time. */
const HELD_DOTS = 2 ** 22

/** The dots of queries with every key of U, in float64: each is off by at most gamma_d Σ_a |q̂_a k̂_a|. */
export class UniversalDots {
  /** Queries whose dots are to be asked for at once. */
  readonly queriesAtOnce: number
  readonly #kernels: Kernels
  readonly #dim: number
  readonly #slots: number
  readonly #blocks: Float64Array[] // k̂ᵀ [dim, slots of the block]

  constructor(kernels: Kernels, universal: UniversalSet) {
    this.#kernels = kernels
    this.#dim = universal.dim
    this.#slots = universal.rowIds.length
    this.#blocks = transposedBlocks(universal)
    this.queriesAtOnce = Math.max(1, Math.min(256, Math.floor(HELD_DOTS / Math.max(1, this.#slots))))
  }

  /** [count, |U|] of scaled `queries` [count, dim] in the kernels' memory; the result is outside it. */
  of(queries: Float64Array, count: number): Float64Array {
    const kernels = this.#kernels
    const slots = this.#slots
    const all = new Float64Array(count * slots)
    return withScratch(kernels, () => {
      const out = kernels.f64(count * Math.min(SLOT_BLOCK, slots))
      this.#blocks.forEach((block, b) => {
        withScratch(kernels, () => {
          const width = block.length / this.#dim
          kernels.multiply(out, queries, copyIn(kernels, block), count, this.#dim, width)
          for (let i = 0; i < count; i++)
            all.set(out.subarray(i * width, (i + 1) * width), i * slots + b * SLOT_BLOCK)
        })
      })
      return all
    })
  }
}

function transposedBlocks({ keys, dim, rowIds, factor }: UniversalSet): Float64Array[] {
  const scaled = Float64Array.from(keys)
  if (keys instanceof Float64Array) scaleColumns(scaled, rowIds.length, factor.exponents)
  return Array.from({ length: Math.ceil(rowIds.length / SLOT_BLOCK) }, (_, b) => {
    const start = b * SLOT_BLOCK
    const width = Math.min(SLOT_BLOCK, rowIds.length - start)
    const block = new Float64Array(dim * width)
    for (let s = 0; s < width; s++)
      for (let a = 0; a < dim; a++) block[a * width + s] = scaled[(start + s) * dim + a]
    return block
  })
}
