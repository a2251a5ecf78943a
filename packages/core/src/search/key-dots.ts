import { copyIn, withScratch } from '../kernels/with-scratch.ts'
import type { Kernels } from '../kernels/kernels.ts'
import { scaleColumns } from '../arithmetic/column-exponents.ts'

const SLOT_BLOCK = 512
/** Dots held at a time. */
const HELD_DOTS = 2 ** 22

/** Keys [count, dim] as they were read, and the exponents of their columns. */
interface DottedKeys {
  readonly keys: Float32Array | Float64Array
  readonly exponents: Int32Array // [dim]
}

/** The dots of queries with every one of some keys, those of U or drawn ones, in float64: each is off by at most gamma_d Σ_a |q̂_a k̂_a|. */
export class KeyDots {
  /** Queries whose dots are to be asked for at once. */
  readonly queriesAtOnce: number
  readonly #kernels: Kernels
  readonly #dim: number
  readonly #slots: number
  readonly #blocks: Float64Array[] // k̂ᵀ [dim, slots of the block]
  /** What `of` returned last. */
  #held = new Float64Array(0)

  constructor(kernels: Kernels, { keys, exponents }: DottedKeys) {
    this.#kernels = kernels
    this.#dim = exponents.length
    this.#slots = keys.length / this.#dim
    this.#blocks = transposedBlocks(keys, exponents)
    this.queriesAtOnce = this.queriesFor(this.#slots)
  }

  /** Queries to ask for at once of the first `slots` keys. */
  queriesFor(slots: number): number {
    return Math.max(1, Math.min(256, Math.floor(HELD_DOTS / Math.max(1, slots))))
  }

  /**
   * [count, slots] of scaled `queries` [count, dim] in the kernels' memory with all keys, or the first `slots`: a multiple of
   * SLOT_BLOCK, or all. The result is outside that memory, and stands until the next call.
   */
  of(queries: Float64Array, count: number, slots = this.#slots): Float64Array {
    const kernels = this.#kernels
    if (this.#held.length < count * slots) this.#held = new Float64Array(count * slots)
    const all = this.#held.subarray(0, count * slots)
    return withScratch(kernels, () => {
      const out = kernels.f64(count * Math.min(SLOT_BLOCK, slots))
      this.#blocks.slice(0, Math.ceil(slots / SLOT_BLOCK)).forEach((block, b) => {
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

function transposedBlocks(keys: Float32Array | Float64Array, exponents: Int32Array): Float64Array[] {
  const dim = exponents.length
  const count = keys.length / dim
  return Array.from({ length: Math.ceil(count / SLOT_BLOCK) }, (_, b) => {
    const start = b * SLOT_BLOCK
    const width = Math.min(SLOT_BLOCK, count - start)
    // A block at a time: there may be hundreds of megabytes.
    const scaled = Float64Array.from(keys.subarray(start * dim, (start + width) * dim))
    if (keys instanceof Float64Array) scaleColumns(scaled, width, exponents)
    const block = new Float64Array(dim * width)
    for (let s = 0; s < width; s++) for (let a = 0; a < dim; a++) block[a * width + s] = scaled[s * dim + a]
    return block
  })
}
