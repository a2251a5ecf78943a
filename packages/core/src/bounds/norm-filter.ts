import { filterByNorms, type KeyThreshold, normThreshold } from './filter-keys.ts'
import type { Kernels } from '../kernels/kernels.ts'
import { REGULAR_BELOW_SLACK } from './factor/certificate.ts'
import type { Factor } from './factor/factor.ts'

/** Scales outside this range are left to the scores: no float32 under- or overflows decide. */
const LARGEST_SCALE = 2 ** 100
const SMALLEST_SCALE = 2 ** -100

/**
 * The scales s [dim] with tau_j <= Σ (s_a k_a)² / (1 + 2e-3), 0 for columns of zeros: tau_j <= |D⁻¹k_j|² / lambda_min(H)
 * (theory.md section 3, t = 0). Undefined where the factor has no such bound, or float32 cannot hold the scales.
 */
export function normScales(factor: Factor): Float64Array | undefined {
  const mu = factor.smallestEigenvalue
  if (factor.ridge !== 0 || factor.preconditioner !== undefined || !(mu > 0)) return undefined
  const root = Math.sqrt((1 + 2 * REGULAR_BELOW_SLACK) / mu)
  const scales = factor.columnNorms.map((norm, a) => (factor.live[a] ? root / norm : 0))
  return inRange(scales) ? scales : undefined
}

/** Whether float32 holds all `scales` as well as float64 does. */
export function inRange(scales: Float64Array): boolean {
  return scales.every((s) => s === 0 || (s > SMALLEST_SCALE && s < LARGEST_SCALE))
}

/** The cheapest way to exclude a row. It only saves work: a row that it drops has a computed tau below the threshold too. */
export class NormFilter {
  readonly #kernels: Kernels
  readonly #dim: number
  readonly #maxRows: number
  #threshold: KeyThreshold | undefined
  readonly #scales: Float32Array | Float64Array
  readonly #norms: Float32Array | Float64Array
  readonly #hits: Uint32Array
  #all: Uint32Array | undefined

  /** For rows of `element`, at most `maxRows` a call. Takes kernel scratch, which the caller releases. */
  constructor(
    kernels: Kernels,
    factor: Factor,
    threshold: KeyThreshold,
    element: 'f32' | 'f64',
    maxRows: number,
  ) {
    const { dim } = factor
    this.#kernels = kernels
    this.#dim = dim
    this.#maxRows = maxRows
    const scales = normScales(factor)
    this.#threshold = scales && normThreshold(threshold, dim, element)
    const scratch = (length: number) => (element === 'f32' ? kernels.f32(length) : kernels.f64(length))
    this.#scales = scratch(dim)
    if (scales) this.#scales.set(scales)
    this.#norms = scratch(maxRows)
    this.#hits = kernels.u32(maxRows, 'any')
  }

  /**
   * Moves the rows [rowCount, dim] that may reach the threshold to the front of `rows`; returns their local row numbers,
   * valid until the next call. Gives up for good where it excludes less than half of a block.
   */
  compact(rows: Float32Array | Float64Array, rowCount: number): Uint32Array {
    if (!this.#threshold) return this.#allRows(rowCount)
    const dim = this.#dim
    const hits = this.#hits
    this.#kernels.rowNorms(this.#norms, rows, this.#scales, rowCount, dim)
    const count = filterByNorms(this.#kernels, hits, this.#norms, this.#threshold, rowCount)
    if (count > rowCount / 2) this.#threshold = undefined
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
