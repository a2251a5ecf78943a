import { qrColumnError, qrUpdate, smallestSingularValueBound, transpose } from '../linalg/index.ts'
import { gamma, UNIT_ROUNDOFF_F64 } from '../numeric.ts'
import type { GramSum } from '../summary/gram-sum.ts'
import type { TriangularSum } from '../summary/triangular-sum.ts'
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
  const error = (columnError + 2 * UNIT_ROUNDOFF_F64) * Math.sqrt(dim)
  const appending = 1.01 * qrColumnError(dim, dim) * Math.sqrt(dim)
  const sigma = smallestSingularValueBound(scaleToUnit(upper, columnNorms), dim) - error
  const solve = (gamma(dim + 1) * Math.sqrt(dim)) / sigma
  const slack = sigma > 0 ? 1.1 * ((2 * error) / sigma + 2 * solve + gamma(dim + 1)) : Infinity
  const regular = slack < regularBelow
  const ridge = regular ? 0 : 64 * (error + appending) ** 2
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
    coordinates: undefined,
    lower: transpose(upper, dim),
    ridge,
    dropRidge,
    gram: first.gram,
    root,
    gramError: 0,
    rootError: error + gamma(dim + 2) * Math.sqrt(dim),
    smallestEigenvalue: 0,
    condition: first.condition,
    rank: regular ? live.reduce((count, isLive) => count + isLive, 0) : rank,
    thresholdSlack: regular ? Math.max(least, slack) : least,
    rowCount: gram.rowCount,
  }
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
