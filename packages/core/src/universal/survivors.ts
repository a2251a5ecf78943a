import type { Kernels } from '../kernels/kernels.ts'
import type { BoundedDot } from './query-block.ts'

const PAIRS_A_CALL = 256

/** Gathers the pairs that a filter lets pass and has their float64 dots computed many at a time. */
export class Survivors {
  readonly #kernels: Kernels
  readonly #queries: Float64Array
  readonly #queryCount: number
  readonly #keys: Float64Array
  readonly #dim: number
  readonly #visit: (query: number, slot: number, dot: BoundedDot) => void
  readonly #queryOf: Uint32Array
  readonly #slots = new Uint32Array(PAIRS_A_CALL)
  readonly #pairKeys: Float64Array
  readonly #dots: Float64Array
  readonly #sizes: Float64Array
  #count = 0

  /**
   * `queries` [queryCount, dim] in the kernels' memory, `keys` [slots, dim] anywhere. `visit` sees every pair once, with its
   * plain dot; the object is used again. Takes kernel scratch, which the caller releases.
   */
  constructor(
    kernels: Kernels,
    queries: Float64Array,
    queryCount: number,
    keys: Float64Array,
    dim: number,
    visit: (query: number, slot: number, dot: BoundedDot) => void,
  ) {
    this.#kernels = kernels
    this.#queries = queries
    this.#queryCount = queryCount
    this.#keys = keys
    this.#dim = dim
    this.#visit = visit
    this.#queryOf = kernels.u32(PAIRS_A_CALL)
    this.#pairKeys = kernels.f64(PAIRS_A_CALL * dim)
    this.#dots = kernels.f64(PAIRS_A_CALL)
    this.#sizes = kernels.f64(PAIRS_A_CALL)
  }

  push(query: number, slot: number): void {
    const dim = this.#dim
    this.#queryOf[this.#count] = query
    this.#slots[this.#count] = slot
    this.#pairKeys.set(this.#keys.subarray(slot * dim, (slot + 1) * dim), this.#count * dim)
    if (++this.#count === PAIRS_A_CALL) this.flush()
  }

  /** Visits what is left. */
  flush(): void {
    const count = this.#count
    this.#count = 0
    this.#kernels.pairDots(
      this.#dots,
      this.#sizes,
      this.#queries,
      this.#queryCount,
      this.#queryOf,
      this.#pairKeys,
      count,
      this.#dim,
    )
    const dot: BoundedDot = { value: 0, absolute: 0 }
    for (let i = 0; i < count; i++) {
      dot.value = this.#dots[i]
      dot.absolute = this.#sizes[i]
      this.#visit(this.#queryOf[i], this.#slots[i], dot)
    }
  }
}
