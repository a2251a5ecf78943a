import { copyIn, withScratch } from '../kernels/with-scratch.ts'
import type { Kernels } from '../kernels/kernels.ts'
import { gamma, UNIT_ROUNDOFF_F32 } from '../arithmetic/numeric.ts'

/** A pair's score may differ from its exact value by this much and still be reported: the filter leaves that room. */
export const LARGEST_PAIR_SLACK = 1e-3
const ROOM = 1 - 1.2 * LARGEST_PAIR_SLACK
/** What underflow in a product may add. */
const UNDERFLOW = 2 ** -148
/**
 * |x||z| <= 1.3 sqrt(N): 1 + slack where the factor is regular. A ridge score may be computed up to 4/3 too large (the sum is
 * off by a quarter of the ridge), and |z|² = N + ridge |Dq|² <= 1.1 N up to the same: 1.16 and 1.1.
 */
const LENGTHS = 1.3
/** Slots of a block that the filter goes through at a time. */
export const SLOT_BLOCK = 1024
const QUERY_BLOCK = 128

/** Pairs that a filter lets pass: `hits` [2 count] holds query and slot of each, counted from the block's starts. Valid during a call. */
export interface FilterHits {
  readonly hits: Uint32Array
  readonly count: number
  readonly queryStart: number
  readonly queryCount: number
  readonly slotStart: number
  readonly slotCount: number
}

/**
 * Float32 filter over U in whitened coordinates (theory.md section 5): a pair it drops has
 * |<q, k>| < ROOM sqrt(epsilon N), so its float64 score cannot reach epsilon (1 - slack) with slack <= 1e-3.
 *
 * With c = ROOM sqrt(epsilon N), e = (gamma32_{d+2} + errors of x and z) |x||z| / c + d 2^-148 and z'' = z / (c (1 - e)):
 * |<x,z>| >= c implies |fl32 <x,z''>| >= 1/(1-e) - e/(1-e) = 1. Where e >= 1/2 nothing is filtered.
 */
export class DotFilter {
  readonly #kernels: Kernels
  readonly #dim: number
  readonly #keys: Float32Array // x [|U|, dim]
  /** The same in the kernels' memory, where they are one block. */
  readonly #resident: Float32Array | undefined
  readonly #whiteningError: number

  /** Takes kernel scratch, which the caller releases once the filter is not used any more. */
  constructor(kernels: Kernels, dim: number, whitenedKeys: Float32Array, whiteningError: number) {
    this.#kernels = kernels
    this.#dim = dim
    this.#keys = whitenedKeys
    if (whitenedKeys.length <= SLOT_BLOCK * dim) {
      this.#resident = kernels.f32(whitenedKeys.length)
      this.#resident.set(whitenedKeys)
    }
    this.#whiteningError = whiteningError
  }

  /**
   * Calls `visit` block by block with every pair of the queries whose row sum is `rowSums[q]` > 0 (others are skipped) that
   * may reach `epsilon`; `whitened` z [queryCount, dim]; `relativeErrors` of the row sums.
   */
  forEachHits(
    whitened: Float64Array,
    rowSums: Float64Array,
    relativeErrors: Float64Array,
    queryCount: number,
    epsilon: number,
    visit: (found: FilterHits) => void,
  ): void {
    const kernels = this.#kernels
    const dim = this.#dim
    const slotCount = dim === 0 ? 0 : this.#keys.length / dim
    withScratch(kernels, () => {
      const factors = this.#factors(rowSums, relativeErrors, queryCount, epsilon)
      const queryBlock = Math.min(QUERY_BLOCK, queryCount)
      const slotBlock = Math.min(SLOT_BLOCK, slotCount)
      const [rows, queries] = [kernels.f64(queryBlock * dim), kernels.f32(queryBlock * dim)]
      const keys = this.#resident ?? kernels.f32(slotBlock * dim)
      const hits = kernels.u32(2 * queryBlock * slotBlock, 'any')
      for (let slotStart = 0; slotStart < slotCount; slotStart += SLOT_BLOCK) {
        const keyCount = Math.min(SLOT_BLOCK, slotCount - slotStart)
        if (!this.#resident) keys.set(this.#keys.subarray(slotStart * dim, (slotStart + keyCount) * dim))
        for (let queryStart = 0; queryStart < queryCount; queryStart += QUERY_BLOCK) {
          const rowCount = Math.min(QUERY_BLOCK, queryCount - queryStart)
          rows.set(whitened.subarray(queryStart * dim, (queryStart + rowCount) * dim))
          kernels.scaleRows(queries, rows, factors.subarray(queryStart), rowCount, dim)
          const count = kernels.dotsAtLeastOne(hits, queries, rowCount, keys, keyCount, dim)
          if (count > 0)
            visit({ hits, count, queryStart, queryCount: rowCount, slotStart, slotCount: keyCount })
        }
      }
    })
  }

  /** What makes z'' of z: 0 for a query without a row sum (no hit), NaN for one that cannot be filtered (all hits). */
  #factors(
    rowSums: Float64Array,
    relativeErrors: Float64Array,
    queryCount: number,
    epsilon: number,
  ): Float64Array {
    const kernels = this.#kernels
    const factors = kernels.f64(queryCount)
    const [sums, errors] = [copyIn(kernels, rowSums), copyIn(kernels, relativeErrors)]
    kernels.filterFactors(factors, sums, errors, queryCount, {
      epsilon,
      room: ROOM,
      lengths: LENGTHS,
      relative: gamma(this.#dim + 2, UNIT_ROUNDOFF_F32) + this.#whiteningError,
      underflow: this.#dim * UNDERFLOW,
    })
    return factors
  }
}
