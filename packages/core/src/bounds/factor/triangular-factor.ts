import { qrColumnError } from '../../linalg/qr-error.ts'
import { qrUpdate } from '../../linalg/qr.ts'
import { smallestSingularValueBound } from '../../linalg/smallest-singular.ts'
import { transpose } from '../../linalg/transpose.ts'
import { gamma, UNIT_ROUNDOFF_F64 } from '../../arithmetic/numeric.ts'
import type { GramSum } from '../../sums/gram-sum.ts'
import type { TriangularSum } from '../../sums/triangular-sum.ts'
import { firstStep, REGULAR_BELOW_SLACK } from './certificate.ts'
import type { Factor } from './factor.ts'

/**
 * The factor of the triangular form. With e = c sqrt(d), | ‖R̃y‖ - ‖K̃y‖ | <= e ‖y‖ in columns of unit norm (NOTES.md
 * "Triangular form"): tau is off by 2 e/sigma relative, sigma the certified smallest singular value less e. Where that is
 * no longer small the ridge serves, with sqrt(ridge) = 8 times e and the error of appending the ridge's rows to R: far
 * below what the Gram form needs. `regularBelow`: the slack from which on the ridge serves.
 */
export function triangularFactor(
  sum: TriangularSum,
  gram: GramSum,
  dropRidge = 0,
  regularBelow = REGULAR_BELOW_SLACK,
): Factor {
  const { dim } = sum
  const { first, rank } = firstStep(gram)
  const { columnNorms, live } = first
  const { upper, columnError } = sum.whole()
  appendDiagonal(
    upper,
    Float64Array.from(live, (isLive) => (isLive ? 0 : 1)),
    dim,
  )
  const errors = rootErrorsOf(columnError, dim)
  const slack = errors.slackOf(
    smallestSingularValueBound(scaleToUnit(upper, columnNorms), dim) - errors.error,
  )
  const regular = slack < regularBelow
  const ridge = regular ? 0 : errors.ridge
  const root = transpose(upper, dim)
  if (!regular)
    appendDiagonal(
      upper,
      columnNorms.map((norm) => norm * Math.sqrt(ridge)),
      dim,
    )
  const least = Math.max(1e-12, 8 * dim * UNIT_ROUNDOFF_F64)
  return {
    dim,
    exponents: first.exponents,
    columnNorms,
    live,
    preconditioner: undefined,
    lower: transpose(upper, dim),
    ridge,
    dropRidge,
    gram: first.gram,
    root,
    gramError: 0,
    rootError: errors.rootError,
    smallestEigenvalue: 0,
    condition: first.condition,
    rank: regular ? live.reduce((count, isLive) => count + isLive, 0) : rank,
    thresholdSlack: regular ? Math.max(least, slack) : least,
    rowCount: gram.rowCount,
  }
}

/** What an R whose columns are known to a relative c can be off by, in columns of unit norm. */
export interface RootErrors {
  /** e = c sqrt(d). */
  readonly error: number
  /** Of |R q| as it is computed. */
  readonly rootError: number
  /** The ridge that is far above e and what appending its rows adds. */
  readonly ridge: number
  /** Of an entry of RᵀR, against the norms of its columns, with the ridge's rows: twice the sum of both. */
  readonly ofProduct: number
  /** The slack, of `sigma`, a lower bound of the smallest singular value. */
  slackOf(sigma: number): number
}

export function rootErrorsOf(columnError: number, dim: number): RootErrors {
  const error = (columnError + 2 * UNIT_ROUNDOFF_F64) * Math.sqrt(dim)
  const appending = 1.01 * qrColumnError(dim, dim) * Math.sqrt(dim)
  return {
    error,
    rootError: error + gamma(dim + 2) * Math.sqrt(dim),
    ridge: 64 * (error + appending) ** 2,
    ofProduct: 6 * (columnError + 2 * qrColumnError(dim, dim) + 2 * UNIT_ROUNDOFF_F64),
    slackOf: (sigma) => {
      const solve = (gamma(dim + 1) * Math.sqrt(dim)) / sigma
      return sigma > 0 ? 1.1 * ((2 * error) / sigma + 2 * solve + gamma(dim + 1)) : Infinity
    },
  }
}

/** The c of the R of all levels, from theirs, as `TriangularSum.whole` joins them. */
export function wholeError(levelErrors: readonly number[], dim: number): number {
  const step = qrColumnError(dim, dim)
  return levelErrors.reduce((small, large) => {
    const before = Math.max(small, large)
    return before + step + before * step
  }, 0)
}

/** R of [R; diag(diagonal)], in place; nothing where the diagonal is zero. */
function appendDiagonal(upper: Float64Array, diagonal: Float64Array, dim: number): void {
  const rows = new Float64Array(dim * dim)
  diagonal.forEach((value, a) => {
    rows[a * dim + a] = value
  })
  if (diagonal.some((value) => value !== 0)) qrUpdate(upper, rows, dim, dim)
}

function scaleToUnit(upper: Float64Array, columnNorms: Float64Array): Float64Array {
  const dim = columnNorms.length
  return upper.map((value, i) => value / columnNorms[i % dim])
}
