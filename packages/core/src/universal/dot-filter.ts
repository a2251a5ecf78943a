import type { Kernels } from '../kernels/kernels.ts'
import { gamma, UNIT_ROUNDOFF_F32 } from '../numeric.ts'

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
const KEY_BLOCK = 1024
const QUERY_BLOCK = 128

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
  readonly #keys: Float32Array // x [|U|, dim], outside the kernels' memory
  readonly #whiteningError: number

  constructor(kernels: Kernels, dim: number, whitenedKeys: Float32Array, whiteningError: number) {
    this.#kernels = kernels
    this.#dim = dim
    this.#keys = whitenedKeys
    this.#whiteningError = whiteningError
  }

  /**
   * Calls `visit(query, slot)` for every pair of the queries whose row sum is `rowSums[q]` > 0 (others are skipped) that
   * may reach `epsilon`; `whitened` z [queryCount, dim]; `relativeErrors` of the row sums.
   */
  forEachCandidate(
    whitened: Float64Array,
    rowSums: ArrayLike<number>,
    relativeErrors: ArrayLike<number>,
    queryCount: number,
    epsilon: number,
    visit: (query: number, slot: number) => void,
  ): void {
    const kernels = this.#kernels
    const dim = this.#dim
    const slotCount = dim === 0 ? 0 : this.#keys.length / dim
    const mark = kernels.mark()
    const queryBlock = Math.min(QUERY_BLOCK, queryCount)
    const queries = kernels.f32(queryBlock * dim)
    const keys = kernels.f32(Math.min(KEY_BLOCK, Math.max(1, slotCount)) * dim)
    const hits = kernels.u32(2 * queryBlock * Math.min(KEY_BLOCK, Math.max(1, slotCount)))
    for (let qStart = 0; qStart < queryCount; qStart += QUERY_BLOCK) {
      const qCount = Math.min(QUERY_BLOCK, queryCount - qStart)
      this.#scale(queries, whitened, rowSums, relativeErrors, qStart, qCount, epsilon)
      for (let kStart = 0; kStart < slotCount; kStart += KEY_BLOCK) {
        const kCount = Math.min(KEY_BLOCK, slotCount - kStart)
        keys.set(this.#keys.subarray(kStart * dim, (kStart + kCount) * dim))
        const count = kernels.dotsAtLeastOne(hits, queries, qCount, keys, kCount, dim)
        for (let i = 0; i < count; i++) visit(qStart + hits[2 * i], kStart + hits[2 * i + 1])
      }
    }
    kernels.release(mark)
  }

  /** Writes z'' in float32; a query without a row sum becomes 0 (no hit), one that cannot be filtered NaN (all hits). */
  #scale(
    out: Float32Array,
    whitened: Float64Array,
    rowSums: ArrayLike<number>,
    relativeErrors: ArrayLike<number>,
    qStart: number,
    qCount: number,
    epsilon: number,
  ): void {
    const relative = gamma(this.#dim + 2, UNIT_ROUNDOFF_F32) + this.#whiteningError
    const mark = this.#kernels.mark()
    const factors = this.#kernels.f64(qCount)
    scaleFactors(factors, rowSums, relativeErrors, qStart, qCount, epsilon, relative, this.#dim * UNDERFLOW)
    const rows = this.#kernels.f64(qCount * this.#dim)
    rows.set(whitened.subarray(qStart * this.#dim, (qStart + qCount) * this.#dim))
    this.#kernels.scaleRows(out, rows, factors, qCount, this.#dim)
    this.#kernels.release(mark)
  }
}

/** 1 / (c (1 - e)) of each query. A loop by itself: V8 compiles it much sooner than within a method with calls. */
function scaleFactors(
  factors: Float64Array,
  rowSums: ArrayLike<number>,
  relativeErrors: ArrayLike<number>,
  qStart: number,
  qCount: number,
  epsilon: number,
  relative: number,
  underflow: number,
): void {
  for (let q = 0; q < qCount; q++) {
    const rowSum = rowSums[qStart + q]
    const c = ROOM * Math.sqrt(epsilon * rowSum)
    const lengths = LENGTHS * Math.sqrt(rowSum)
    const e = ((relative + relativeErrors[qStart + q]) * lengths) / c + underflow
    factors[q] = !(rowSum > 0) ? 0 : e < 0.5 ? 1 / (c * (1 - e)) : NaN
  }
}
