import { LevError } from '../errors.ts'
import { cholesky } from '../linalg/index.ts'
import { gamma } from '../numeric.ts'
import { type GramStep, REGULAR_BELOW_SLACK } from './certificate.ts'
import type { Coordinates } from './coordinates.ts'

/** s of theory.md section 8: the share of a query's row sum that the ridge may hide. */
export const RIDGE_SHARE = 0.1
/** Computed ridge scores are kept from 0.7 of the threshold on: room for their own rounding. */
const RIDGE_MARGIN = 0.7

/**
 * Everything that scores a key and normalises a query: what the reduce broadcasts. Plain data.
 *
 * Keys: y = k̂ (no coordinates) or k̂ T; tau = |lower⁻¹ y|². Here k̂ are columns scaled by 2^-exponents.
 * Regular: `ridge` is 0 and tau is the leverage score up to `thresholdSlack`.
 * Otherwise tau is the ridge score k̂ᵀ(G + ridge D²)⁻¹k̂, and U covers the queries with ridge |D q̂|² <= s q̂ᵀGq̂.
 */
export interface Factor {
  readonly dim: number
  readonly exponents: Int32Array
  readonly columnNorms: Float64Array // D [dim]
  readonly live: Uint8Array
  /** Coordinates of `lower`'s keys; absent where the ridge serves or no refinement was needed. */
  readonly scoring: Coordinates | undefined
  readonly lower: Float64Array // [dim, dim], strict upper triangle zero
  readonly ridge: number
  /** The largest ridge that any drop used, this factor's included: 0, or the per-query test's delta. */
  readonly coverRidge: number
  /** Where q̂ᵀGq̂ is evaluated: coordinates, Gram in them, and its relative error against Σ D'²q'² . */
  readonly normalising: Coordinates | undefined
  readonly gram: Float64Array // [dim, dim], both triangles, in `normalising` coordinates
  readonly gramError: number
  /** Rᵀ [dim, dim], where the triangular form serves: the row sum is |R q̂|². */
  readonly root: Float64Array | undefined
  /** |‖R q‖ - ‖K q‖| <= rootError · |D q| beyond the Gram's own error: what the coordinates' rounding adds. */
  readonly rootError: number
  /** Lower bound of the smallest eigenvalue of the first H; <= 0 where it is not known to be positive. */
  readonly smallestEigenvalue: number
  readonly frobeniusSquared: number // Σ_a D_a² = |K̂|_F²
  readonly condition: number
  readonly rank: number
  readonly thresholdSlack: number
  readonly rowCount: number
}

/**
 * The factor that the last step supports: regular where its slack allows, else the ridge certificate.
 * `dropRidge`: the largest ridge by which keys were dropped before.
 */
export function factorOf(step: GramStep, rowCount: number, dropRidge = 0): Factor {
  const { first, coordinates } = step
  const { dim, columnNorms } = first
  const regular = step.slack < REGULAR_BELOW_SLACK
  const ridge = regular ? 0 : 4 * first.eta
  const lower = regular && coordinates ? decompose(step.matrix, dim) : scaledLower(first, ridge)
  const gram = coordinates ? step.matrix : first.gram
  return {
    dim,
    exponents: first.exponents,
    columnNorms,
    live: first.live,
    scoring: regular ? coordinates : undefined,
    lower,
    ridge,
    coverRidge: Math.max(ridge, dropRidge),
    normalising: coordinates,
    gram,
    root: undefined,
    gramError: dim * (gamma(step.depth + 1) + gamma(3 * dim + 15)),
    rootError: coordinates?.inverseError ?? 0,
    smallestEigenvalue: coordinates ? 0 : step.smallestEigenvalue,
    frobeniusSquared: columnNorms.reduce((sum, norm, a) => sum + (first.live[a] ? norm * norm : 0), 0),
    condition: first.condition,
    rank: step.rank,
    thresholdSlack: regular ? step.slack : Math.max(1e-12, (8 * dim) / 2 ** 53),
    rowCount,
  }
}

/** The certified bound of sigma_j that a computed tau gives; in U iff it is >= epsilon (1 - thresholdSlack). */
export function boundOf(factor: Pick<Factor, 'ridge'>, tau: number): number {
  return Math.min(1, factor.ridge === 0 ? tau : ((1 + RIDGE_SHARE) * tau) / RIDGE_MARGIN)
}

/** The smallest bound that keeps a key in U at `epsilon`. */
export function boundThreshold(factor: Pick<Factor, 'thresholdSlack'>, epsilon: number): number {
  return epsilon * (1 - factor.thresholdSlack)
}

/** D · chol(H + ridge I): its rows solve for unscaled keys. */
function scaledLower(first: GramStep['first'], ridge: number): Float64Array {
  const { dim, equilibrated, columnNorms } = first
  const shifted = equilibrated.slice()
  for (let a = 0; a < dim; a++) shifted[a * dim + a] += ridge
  const lower = decompose(shifted, dim)
  return lower.map((value, i) => value * columnNorms[Math.floor(i / dim)])
}

function decompose(matrix: Float64Array, dim: number): Float64Array {
  const result = cholesky(matrix, dim)
  if (result.ok) return result.lower
  throw new LevError(
    'Internal',
    `a Gram matrix that was certified positive definite failed to factor at pivot ${result.pivotIndex}; please report this`,
  )
}

/**
 * Bound of |<x_j, z_i> - <q̂_i, k̂_j>| / (|x_j||z_i|) beyond what a query's own relative error covers: forward substitution
 * moves x by gamma_{d+1} sqrt(d / lambda_min) and z by as much; the slack holds twice that where the factor is regular.
 */
export function whiteningErrorOf(factor: Pick<Factor, 'ridge' | 'thresholdSlack' | 'dim'>): number {
  if (factor.ridge === 0) return factor.thresholdSlack
  return 2 * gamma(factor.dim + 2) * Math.sqrt(factor.dim / factor.ridge)
}
