import { copyIn } from '../kernels/with-scratch.ts'
import type { CertificateTerms, Kernels } from '../kernels/kernels.ts'
import { transpose } from '../linalg/transpose.ts'
import { type Factor, inverseShortfall } from '../bounds/factor/factor.ts'
import { WIDE_RIDGE, wideRidgeOf } from '../bounds/factor/ridge-rules.ts'

/** Above this relative error bound a row normaliser is not used: the query gets an exact pass. */
export const NORMALISER_TRUSTED_BELOW = 1e-5

/** What one block of scaled queries needs before any key is looked at. All arrays [queryCount] or [queryCount, dim]. */
export interface NormalisedQueries {
  /** z with <x_j, z_i> = <q̂_i, k̂_j>, x_j = lower⁻¹ y_j. */
  readonly whitened: Float64Array
  readonly rowSums: Float64Array // N_i
  readonly relativeErrors: Float64Array // of N_i
  /** N_i where the certificate covers the query and N_i is good enough; 0 asks for the exact pass. */
  readonly certifiedRowSums: Float64Array
  readonly certifiedCount: number
}

/** Row normalisers N_i = Σ_l <q̂_i, k̂_l>² with bounds, and the certificate's per-query test (theory.md sections 4, 8). */
export class Normaliser {
  readonly #kernels: Kernels
  readonly #factor: Factor
  readonly #toWhitened: Float64Array // q̂ · this = z
  readonly #toGramSide: Float64Array | undefined // q̂ · this = q' (coordinates of the Gram)
  readonly #quadratic: Float64Array | undefined // Gram, where N is a quadratic form
  readonly #root: Float64Array | undefined // Rᵀ, where N is |R q̂|²
  readonly #squaredNorms: Float64Array // D² of the first columns, 0 for zero columns
  readonly #gramDiagonal: Float64Array
  readonly #ones: Float64Array
  readonly #terms: CertificateTerms

  /** Takes kernel scratch, which the caller releases. */
  constructor(kernels: Kernels, factor: Factor) {
    const { dim, preconditioner, lower, gram, columnNorms, live } = factor
    this.#kernels = kernels
    this.#factor = factor
    this.#toWhitened = copyIn(kernels, lower)
    if (preconditioner) this.#toGramSide = copyIn(kernels, transpose(preconditioner.inverse, dim))
    if (factor.root) this.#root = copyIn(kernels, factor.root)
    else if (factor.ridge > 0) this.#quadratic = copyIn(kernels, gram)
    this.#squaredNorms = copyIn(
      kernels,
      columnNorms.map((norm, a) => (live[a] ? norm * norm : 0)),
    )
    this.#gramDiagonal = copyIn(
      kernels,
      Float64Array.from({ length: dim }, (_, a) => gram[a * dim + a]),
    )
    this.#ones = copyIn(kernels, new Float64Array(dim).fill(1))
    this.#terms = certificateTerms(factor)
  }

  /** `queries` [queryCount, dim] scaled by scaleQueries, in the kernels' memory. The result lives in kernel scratch. */
  normalise(queries: Float64Array, queryCount: number): NormalisedQueries {
    const { ridge, preconditioner } = this.#factor
    const gramSide = this.#toGramSide ? this.#times(queries, this.#toGramSide, queryCount) : queries
    const whitened = this.#times(preconditioner ? gramSide : queries, this.#toWhitened, queryCount)
    const rowSums = this.#rowSums(queries, gramSide, whitened, queryCount)
    const columnSizes = this.#norms(queries, this.#squaredNorms, queryCount) // |D q̂|²
    const gramSizes = this.#norms(gramSide, this.#gramDiagonal, queryCount) // |D' q'|²
    const ridgeSizes =
      preconditioner && ridge > 0 ? this.#norms(gramSide, this.#ones, queryCount) : columnSizes
    const [relativeErrors, certifiedRowSums] = [this.#kernels.f64(queryCount), this.#kernels.f64(queryCount)]
    const certifiedCount = this.#kernels.certifyQueries(
      relativeErrors,
      certifiedRowSums,
      rowSums,
      columnSizes,
      gramSizes,
      ridgeSizes,
      queryCount,
      this.#terms,
    )
    return { whitened, rowSums, relativeErrors, certifiedRowSums, certifiedCount }
  }

  #rowSums(
    queries: Float64Array,
    gramSide: Float64Array,
    whitened: Float64Array,
    queryCount: number,
  ): Float64Array {
    if (this.#quadratic) return this.#quadraticForm(gramSide, this.#quadratic, queryCount)
    const roots = this.#root ? this.#times(queries, this.#root, queryCount) : whitened
    return this.#norms(roots, this.#ones, queryCount)
  }

  #times(rows: Float64Array, matrix: Float64Array, queryCount: number): Float64Array {
    const { dim } = this.#factor
    const out = this.#kernels.f64(queryCount * dim)
    this.#kernels.multiply(out, rows, matrix, queryCount, dim, dim)
    return out
  }

  #norms(rows: Float64Array, weights: Float64Array, queryCount: number): Float64Array {
    const out = this.#kernels.f64(queryCount)
    this.#kernels.weightedNorms(out, rows, weights, queryCount, this.#factor.dim)
    return out
  }

  #quadraticForm(rows: Float64Array, matrix: Float64Array, queryCount: number): Float64Array {
    const { dim } = this.#factor
    const product = this.#times(rows, matrix, queryCount)
    const out = this.#kernels.f64(queryCount)
    this.#kernels.rowDots(out, product, rows, queryCount, dim)
    return out
  }
}

/**
 * The error of N: the Gram's summation error, and what the coordinates' rounding adds (NOTES.md "Normalisers"). Covered is a
 * query of whose row sum the ridge hides at most its share, where that is well known.
 */
function certificateTerms(factor: Factor): CertificateTerms {
  const { gramError, rootError, dropRidge } = factor
  return {
    gramError,
    rootError: 2.1 * rootError,
    ridge: wideRidgeOf(factor),
    dropRidge,
    shortfall: inverseShortfall(factor),
    ridgeShare: WIDE_RIDGE.share,
    trustedBelow: NORMALISER_TRUSTED_BELOW,
  }
}
