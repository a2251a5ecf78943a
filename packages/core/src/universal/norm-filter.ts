import type { Kernels } from '../kernels/kernels.ts'
import { gamma, UNIT_ROUNDOFF_F32, UNIT_ROUNDOFF_F64 } from '../numeric.ts'
import { REGULAR_BELOW_SLACK } from './certificate.ts'
import type { Factor } from './factor.ts'

/** Scales outside this range, and thresholds below it, are left to the scores: no float32 under- or overflows decide. */
const LARGEST_SCALE = 2 ** 100
const SMALLEST_SCALE = 2 ** -100
const SMALLEST_THRESHOLD = 2 ** -60

/**
 * The scales s [dim] with tau_j <= Σ (s_a k_a)² / (1 + 2e-3), 0 for columns of zeros: tau_j <= |D⁻¹k_j|² / lambda_min(H)
 * (theory.md section 3, t = 0). Undefined where the factor has no such bound, or float32 cannot hold the scales.
 */
export function normScales(factor: Factor): Float64Array | undefined {
  const mu = factor.smallestEigenvalue
  if (factor.ridge !== 0 || factor.coordinates !== undefined || !(mu > 0)) return undefined
  const root = Math.sqrt((1 + 2 * REGULAR_BELOW_SLACK) / mu)
  const scales = factor.columnNorms.map((norm, a) => (factor.live[a] ? root / norm : 0))
  return inRange(scales) ? scales : undefined
}

/** Whether float32 holds all `scales` as well as float64 does. */
export function inRange(scales: Float64Array): boolean {
  return scales.every((s) => s === 0 || (s > SMALLEST_SCALE && s < LARGEST_SCALE))
}

/**
 * The limit for a sum c that `rowNorms` computed for N = Σ (s_a k_a)²: where c < limit, a computed tau that N / (1 + 2e-3)
 * bounds is below `threshold`. -Infinity where nothing can be said.
 *
 * A computed tau is at most (1 + slack) <= 1.001 times the true one, so N < threshold is enough. With unit roundoff v the
 * kernel's sum is at least (1 - gamma_{d+10}(v)) N - d 2^-120: s_a has at most 4 roundings and its product 1, squared 10
 * factors with the d - 1 additions and the square's own; where s_a k_a is subnormal it is off by 2^-150 and its square by
 * less than 2^-120. So c < threshold (1 - 2 gamma_{d+10}(v)) - d 2^-119, itself rounded to v, gives N < threshold.
 */
export function normLimit(threshold: number, dim: number, element: 'f32' | 'f64'): number {
  if (!(threshold > SMALLEST_THRESHOLD)) return -Infinity
  const rounding = gamma(dim + 10, element === 'f32' ? UNIT_ROUNDOFF_F32 : UNIT_ROUNDOFF_F64)
  return threshold * (1 - 2 * rounding) - dim * 2 ** -119
}

/** The cheapest way to exclude a row. It only saves work: a row that it drops has a computed tau below the threshold too. */
export class NormFilter {
  readonly #kernels: Kernels
  readonly #dim: number
  readonly #maxRows: number
  readonly #limit: number
  readonly #scales: Float32Array | Float64Array
  readonly #norms: Float32Array | Float64Array
  readonly #hits: Uint32Array
  #all: Uint32Array | undefined
  #worthwhile: boolean

  /** For rows of `element`, at most `maxRows` a call. Takes kernel scratch, which the caller releases. */
  constructor(kernels: Kernels, factor: Factor, threshold: number, element: 'f32' | 'f64', maxRows: number) {
    const { dim } = factor
    this.#kernels = kernels
    this.#dim = dim
    this.#maxRows = maxRows
    const scales = normScales(factor)
    this.#limit = normLimit(threshold, dim, element)
    this.#worthwhile = scales !== undefined && this.#limit > 0
    const scratch = (length: number) => (element === 'f32' ? kernels.f32(length) : kernels.f64(length))
    this.#scales = scratch(dim)
    if (scales) this.#scales.set(scales)
    this.#norms = scratch(maxRows)
    this.#hits = kernels.u32(maxRows)
  }

  /**
   * Moves the rows [rowCount, dim] that may reach the threshold to the front of `rows`; returns their local row numbers,
   * valid until the next call. Gives up for good where it excludes less than half of a block.
   */
  compact(rows: Float32Array | Float64Array, rowCount: number): Uint32Array {
    if (!this.#worthwhile) return this.#allRows(rowCount)
    const dim = this.#dim
    const hits = this.#hits
    this.#kernels.rowNorms(this.#norms, rows, this.#scales, rowCount, dim)
    const count = this.#kernels.atLeast(hits, this.#norms, this.#limit, rowCount)
    if (count > rowCount / 2) this.#worthwhile = false
    for (let i = 0; i < count; i++) {
      if (hits[i] !== i) rows.copyWithin(i * dim, hits[i] * dim, (hits[i] + 1) * dim)
    }
    return hits.subarray(0, count)
  }

  #allRows(rowCount: number): Uint32Array {
    this.#all ??= Uint32Array.from({ length: this.#maxRows }, (_, r) => r)
    return this.#all.subarray(0, rowCount)
  }
}
