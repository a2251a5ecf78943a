import { copyIn } from '../kernels/with-scratch.ts'
import type { Kernels } from '../kernels/kernels.ts'
import { gamma } from '../arithmetic/numeric.ts'
import type { Factor } from '../bounds/factor/factor.ts'
import { WIDE_RIDGE, wideRidgeOf } from '../bounds/factor/ridge-rules.ts'

/** A row sum with a larger relative error bound is left to the exact pass: no pass in better coordinates mends it here. */
const PREFIX_SUM_TRUSTED_BELOW = 1e-7

/** Row sums of one block of queries, and what they need beside. [queryCount] or [queryCount, dim]. */
export interface PrefixSums {
  /** N_i where the certificate of the prefix covers the query and N_i is good enough, else 0. */
  readonly certifiedRowSums: Float64Array
  readonly relativeErrors: Float64Array // of N_i
  /** Dots with the block's own rows [queryCount, rowCount]. */
  readonly ownDots: Float64Array
  /** z with <x_j, z> = <q̂, k̂_j> for keys of the prefix. */
  readonly whitened: Float64Array
  /** Σ_a |q̂_a| D_a, D of the block's rows and all before. */
  readonly sizes: Float64Array
}

/** What the row sums of a block's queries are made from. */
interface PrefixParts {
  readonly dim: number
  /** Of the prefix; none where it has no rows. */
  readonly factor: Factor | undefined
  /** k̂ of the block's own rows [rows, dim]. */
  readonly own: Float64Array
  /** D of the block's rows and all before [dim]; 0 for a zero column. */
  readonly columnNorms: Float64Array
  /** The largest ridge by which keys of the prefix were dropped. */
  readonly dropRidge: number
}

/**
 * Causal row sums N_i = q̂ᵀGq̂ + Σ <q̂,k̂_l>² over the block's rows up to the query's own, G of the prefix, with bounds and the
 * certificate's test (theory.md section 6; NOTES.md "Causal").
 */
export class PrefixNormaliser {
  readonly #kernels: Kernels
  readonly #dim: number
  readonly #factor: Factor | undefined
  readonly #own: Float64Array
  readonly #columnNorms: Float64Array
  readonly #dropRidge: number

  constructor(kernels: Kernels, { dim, factor, own, columnNorms, dropRidge }: PrefixParts) {
    this.#kernels = kernels
    this.#dim = dim
    this.#factor = factor
    this.#own = own
    this.#columnNorms = columnNorms
    this.#dropRidge = dropRidge
  }

  /** `scaled` [queryCount, dim]: queries in the columns of the keys; the first stands at row `position` of the block. */
  normalise(scaled: Float64Array, queryCount: number, position: number): PrefixSums {
    const kernels = this.#kernels
    const dim = this.#dim
    const factor = this.#factor
    const rowCount = this.#own.length / dim
    const ownDots = kernels.f64(queryCount * rowCount)
    kernels.multiply(
      ownDots,
      scaled,
      copyIn(kernels, transposeRows(this.#own, rowCount, dim)),
      queryCount,
      dim,
      rowCount,
    )
    const rowSums = factor ? this.#quadraticForm(scaled, factor, queryCount) : new Float64Array(queryCount)
    const prefixSizes = factor ? this.#squaredSizes(scaled, factor, queryCount) : new Float64Array(queryCount)
    const sizes = this.#sizes(scaled, queryCount)
    const relativeErrors = new Float64Array(queryCount)
    const certifiedRowSums = new Float64Array(queryCount)
    const hiding = Math.max(factor ? wideRidgeOf(factor) : 0, this.#dropRidge)
    for (let q = 0; q < queryCount; q++) {
      let ownSum = 0
      for (let r = 0; r <= position + q; r++) ownSum += ownDots[q * rowCount + r] ** 2
      // The quadratic form may be negative by its error.
      const rowSum = Math.max(0, rowSums[q]) + ownSum
      const root = Math.sqrt(rowSum)
      const error =
        (factor ? factor.gramError : 0) * prefixSizes[q] +
        2.1 * gamma(dim + 2) * sizes[q] * root +
        gamma(rowCount + 8) * rowSum
      relativeErrors[q] = rowSum > 0 ? (1.01 * error) / rowSum : Infinity
      const isCovered = hiding * prefixSizes[q] <= WIDE_RIDGE.share * rowSum * (1 - relativeErrors[q])
      certifiedRowSums[q] = relativeErrors[q] <= PREFIX_SUM_TRUSTED_BELOW && isCovered ? rowSum : 0
    }
    const whitened = factor ? this.#whitenedQueries(scaled, factor, queryCount) : scaled
    return { certifiedRowSums, relativeErrors, ownDots, whitened, sizes }
  }

  /** q̂ᵀGq̂ [queryCount], G of the prefix. */
  #quadraticForm(scaled: Float64Array, { gram }: Factor, queryCount: number): Float64Array {
    const dim = this.#dim
    const product = this.#kernels.f64(queryCount * dim)
    this.#kernels.multiply(product, scaled, copyIn(this.#kernels, gram), queryCount, dim, dim)
    return Float64Array.from({ length: queryCount }, (_, q) => {
      let sum = 0
      for (let i = q * dim; i < (q + 1) * dim; i++) sum += product[i] * scaled[i]
      return sum
    })
  }

  /** |D q̂|² [queryCount], D of the prefix. */
  #squaredSizes(scaled: Float64Array, { columnNorms, live }: Factor, queryCount: number): Float64Array {
    const weights = columnNorms.map((norm, a) => (live[a] ? norm * norm : 0))
    const out = this.#kernels.f64(queryCount)
    this.#kernels.weightedNorms(out, scaled, copyIn(this.#kernels, weights), queryCount, this.#dim)
    return out
  }

  /** z = q̂ D L: columns in which the prefix is zero take no part. */
  #whitenedQueries(scaled: Float64Array, { lower, live }: Factor, queryCount: number): Float64Array {
    const dim = this.#dim
    const rows = lower.map((value, i) => (live[Math.floor(i / dim)] ? value : 0))
    const out = this.#kernels.f64(queryCount * dim)
    this.#kernels.multiply(out, scaled, copyIn(this.#kernels, rows), queryCount, dim, dim)
    return out
  }

  #sizes(scaled: Float64Array, queryCount: number): Float64Array {
    const dim = this.#dim
    return Float64Array.from({ length: queryCount }, (_, q) => {
      let size = 0
      for (let a = 0; a < dim; a++) size += Math.abs(scaled[q * dim + a]) * this.#columnNorms[a]
      return size
    })
  }
}

/** rowsᵀ [dim, rowCount]. */
function transposeRows(rows: Float64Array, rowCount: number, dim: number): Float64Array {
  const out = new Float64Array(rows.length)
  for (let r = 0; r < rowCount; r++) for (let a = 0; a < dim; a++) out[a * rowCount + r] = rows[r * dim + a]
  return out
}
