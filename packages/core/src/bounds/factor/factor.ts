import { LevError } from '../../errors/errors.ts'
import { type DenseAlgebra, plainDense } from '../../kernels/dense.ts'
import { gamma } from '../../arithmetic/numeric.ts'
import { type CertifiedGram, firstRidge, REGULAR_BELOW_SLACK } from './certificate.ts'
import { type Preconditioner, mapError } from './preconditioner.ts'
import { type Power, powerBound } from '../../arithmetic/power.ts'
import type { SketchTerms } from '../../sums/sketch-terms.ts'
import { rangeSlackOf } from './range-slack.ts'
import { ridgeInflation, type RidgeRule, TIGHT_RIDGE, WIDE_RIDGE, wideRidgeOf } from './ridge-rules.ts'

/**
 * In coordinates an ordinary query has q̂ᵀBq̂ about N: a ridge near s N would cover none. Its bound grows with d^4,
 * and gets there at d = 512 where there are fewer keys than columns.
 */
const LARGEST_SHARE_IN_COORDINATES = 1 / 2
/** Above this P is no inverse of T; never seen. */
const LARGEST_DEFECT = 1e-3

/**
 * p = 4 on K is p = 2 on phi(k) = (k_a k_b)_{a<=b}, off-diagonals times sqrt 2: |<q,k>|⁴ = <phi(q),phi(k)>². So the
 * leverage of phi(k) is a bound too; all of them sum to d(d+1)/2, those of Lewis weights to d² (theory.md section 2).
 */
export interface ProductFeatures {
  /** Columns of phi. */
  readonly columns: number
  readonly lower: Float64Array // [columns, columns]
  /** Of phi's columns: they are scaled by 2^-exponents. */
  readonly exponents: Int32Array
  /** Upper bound of the relative error of a computed score. */
  readonly slack: number
  /** Rows whose other bound is below this are not lifted: they are dropped, or not counted, anyway. */
  readonly leastBound: number
}

/**
 * Everything that scores a key and normalises a query: what the reduce broadcasts. Plain data.
 *
 * Keys: y = k̂ (no coordinates) or k̂ T; tau = |lower⁻¹ y|². Here k̂ are columns scaled by 2^-exponents.
 * Regular: `ridge` is 0 and tau is the leverage score up to `thresholdSlack`.
 * Otherwise tau is the ridge score k̂ᵀ(G + ridge B)⁻¹k̂, B = D² or, in coordinates, T⁻ᵀT⁻¹; U covers the queries with
 * ridge q̂ᵀBq̂ <= s q̂ᵀGq̂, s that of its rule (theory.md section 8, "Ridge certificate").
 */
export interface Factor {
  readonly dim: number
  readonly exponents: Int32Array
  readonly columnNorms: Float64Array // D [dim]
  readonly live: Uint8Array
  /** Coordinates of `lower` and `gram`; absent where no refinement was needed or possible. */
  readonly preconditioner: Preconditioner | undefined
  readonly lower: Float64Array // [dim, dim], strict upper triangle zero
  readonly ridge: number
  /** The ridge is by TIGHT_RIDGE: bounds are larger by .3 %, and it hides more. */
  readonly isTight?: boolean | undefined
  /** With a ridge: the relative error of tau as a leverage score, where the keys' rank is what it seems (`rangeSlackOf`). */
  readonly rangeSlack?: number | undefined
  /** The largest ridge, against D² and of WIDE_RIDGE's share, by which keys were dropped before this factor; 0 where none was. */
  readonly dropRidge: number
  readonly gram: Float64Array // [dim, dim], both triangles, in `coordinates`
  readonly gramError: number
  /** Rᵀ [dim, dim], where the triangular form serves: the row sum is |R q̂|². */
  readonly root: Float64Array | undefined
  /** |‖R q‖ - ‖K q‖| <= rootError · |D q| beyond the Gram's own error: what the coordinates' rounding adds. */
  readonly rootError: number
  /** Lower bound of the smallest eigenvalue of the first H; <= 0 where it is not known to be positive. */
  readonly smallestEigenvalue: number
  readonly condition: number
  readonly rank: number
  readonly thresholdSlack: number
  readonly rowCount: number
  /** p other than 2: the factor is of M = Σ w^(1-2/p) k̂k̂ᵀ, and this turns its t into a bound. */
  readonly power?: Power | undefined
  /** p = 4, while keys are chosen: a further bound of each. */
  readonly products?: ProductFeatures | undefined
  /** Found by sketches: tau is the largest by any of `sketch.lowers`. */
  readonly sketch?: SketchBounds | undefined
  /** p > 2: regular factors of other weights; a key's bound is the least of all (alternatives.ts). Not in U's own. */
  readonly alternatives?: readonly Factor[] | undefined
}

/** What r sketches know: tau = max_i |lower_i⁻¹ k̂|², and row sums N >= min_i |R_i q̂|²/(1+c) (theory.md section 9). */
export interface SketchBounds {
  readonly terms: SketchTerms
  /** Filters whose failure the kept keys rest on. */
  readonly filters: number
  /** A key's bound is this times its tau. */
  readonly inflation: number
  readonly lowers: readonly Float64Array[] // [dim, dim] each, the ridge within
  readonly roots: readonly Float64Array[] // R_iᵀ [dim, dim] each, without it
}

/**
 * The factor that the last step supports: regular where its slack allows, else the ridge certificate.
 * `dropRidge`: the largest ridge by which keys were dropped before.
 */
export function factorOf(step: CertifiedGram, rowCount: number, dropRidge = 0, dense = plainDense): Factor {
  const terms = { rowCount, dropRidge }
  if (step.slack < REGULAR_BELOW_SLACK) return factorBy(step, 0, terms, dense)
  if (step.coordinates === undefined) return factorBy(step, firstRidge(step.first.eta), terms, dense)
  return ridgeFactor(step, WIDE_RIDGE, terms, dense) ?? factorOf(unrefined(step), rowCount, dropRidge, dense)
}

/** As `factorOf`, for the last step of passes over all rows: where it is not regular, by the tight rule if that serves. */
export function tightFactorOf(
  step: CertifiedGram,
  rowCount: number,
  dropRidge = 0,
  dense = plainDense,
): Factor {
  const isSingular = step.coordinates !== undefined && !(step.slack < REGULAR_BELOW_SLACK)
  const tight = isSingular ? ridgeFactor(step, TIGHT_RIDGE, { rowCount, dropRidge }, dense) : undefined
  return tight ?? factorOf(step, rowCount, dropRidge, dense)
}

type FactorTerms = Pick<Factor, 'rowCount' | 'dropRidge'>

/** In coordinates; undefined where the rule's ridge would cover no ordinary query, or none at all if later rows go by it. */
export function ridgeFactor(
  step: CertifiedGram,
  rule: RidgeRule,
  terms: FactorTerms,
  dense: DenseAlgebra,
): Factor | undefined {
  const { ridge, rowError } = ridgeOf(step, rule)
  if (ridge > LARGEST_SHARE_IN_COORDINATES * rule.share) return undefined
  const rangeSlack = rangeSlackOf(step, ridge, rowError)
  const factor = { ...factorBy(step, ridge, terms, dense), isTight: rule === TIGHT_RIDGE, rangeSlack }
  // |Kq|² <= d |Dq|².
  return coverRidgeOf(factor) <= WIDE_RIDGE.share * step.first.dim ? factor : undefined
}

function factorBy(step: CertifiedGram, ridge: number, terms: FactorTerms, dense: DenseAlgebra): Factor {
  const { first, coordinates: preconditioner } = step
  const { dim, columnNorms } = first
  return {
    ...terms,
    dim,
    exponents: first.exponents,
    columnNorms,
    live: first.live,
    preconditioner,
    lower: preconditioner ? decompose(step.matrix, ridge, dim, dense) : scaledLower(first, ridge, dense),
    ridge,
    gram: preconditioner ? step.matrix : first.gram,
    root: undefined,
    gramError: gramErrorOf(dim, step.depth),
    rootError: preconditioner?.inverseError ?? 0,
    smallestEigenvalue: preconditioner ? 0 : step.smallestEigenvalue,
    condition: first.condition,
    rank: step.rank,
    thresholdSlack: ridge === 0 ? step.slack : Math.max(1e-12, (8 * dim) / 2 ** 53),
  }
}

/** What a row sum by the Gram may be off by, over |D q|². */
export function gramErrorOf(dim: number, depth: number): number {
  return dim * (gamma(depth + 1) + gamma(3 * dim + 15))
}

/** The step as if no pass in coordinates had been made; it is not regular. */
function unrefined(step: CertifiedGram): CertifiedGram {
  const { first } = step
  return { ...step, coordinates: undefined, matrix: first.equilibrated, depth: first.depth }
}

/**
 * Large enough that what rounding does to a ridge score stays well inside the rule's margin (theory.md section 8, "Ridge
 * certificate"), and r, what a row's rounding is of its own length at most, and what it does to the Gram.
 */
function ridgeOf(
  { first, coordinates, matrix, depth, eigenvalues }: CertifiedGram,
  { sumErrors, rowErrors }: RidgeRule,
): { ridge: number; rowError: number } {
  const { dim } = first
  if (!coordinates) return { ridge: Infinity, rowError: Infinity }
  let trace = 0
  for (let a = 0; a < dim; a++) trace += matrix[a * dim + a]
  const eta = trace * (gamma(depth + 1) + gamma(dim + 5))
  const { ofSize, ofValue } = mapError(coordinates, dim)
  // ‖F‖₂, and what a row loses of its own length: ‖D⁻¹k‖ <= ‖T⁻¹D⁻¹‖ ‖y‖.
  const ofGram = ofSize * Math.sqrt(dim) + ofValue * Math.sqrt(trace)
  const ofRow = 1.01 * ofSize * coordinates.inverseNorm + ofValue
  const rowError = Math.max(ofGram, ofRow * Math.max(1, Math.sqrt(1.1 * eigenvalues[dim - 1])))
  const ridge = Math.max(sumErrors * eta, (rowErrors * rowError) ** 2)
  return { ridge: coordinates.inverseError < LARGEST_DEFECT ? ridge : Infinity, rowError }
}

/**
 * What |P q̂| may fall short of |T⁻¹q̂|, over |Dq̂|: B is that of the exact inverse. P's defect I - TP counts once, times
 * ‖T⁻¹D⁻¹‖, and the rounding of P q̂.
 */
export function inverseShortfall({ preconditioner, dim }: Pick<Factor, 'preconditioner' | 'dim'>): number {
  if (!preconditioner) return 0
  return 1.02 * Math.max(1, preconditioner.inverseNorm / Math.sqrt(dim)) * preconditioner.inverseError
}

/** The largest ridge, against D² and of WIDE_RIDGE's share, of any drop up to this factor's: what a summary carries on. */
export function coverRidgeOf(
  factor: Pick<Factor, 'ridge' | 'isTight' | 'dropRidge' | 'preconditioner'>,
): number {
  const { dropRidge, preconditioner } = factor
  // |T⁻¹q̂| <= inverseNorm |Dq̂| but for P's defect.
  return Math.max(
    dropRidge,
    wideRidgeOf(factor) * (preconditioner ? 1.01 * preconditioner.inverseNorm ** 2 : 1),
  )
}

/** The certified bound of sigma_j that a computed tau gives; bounds/filter-keys.ts tells from where on it keeps a key. */
export function boundOf(
  factor: Pick<Factor, 'ridge' | 'isTight' | 'power'> & {
    readonly sketch?: Pick<SketchBounds, 'inflation'> | undefined
  },
  tau: number,
): number {
  if (factor.sketch) return Math.min(1, factor.sketch.inflation * tau)
  if (factor.power) return powerBound(factor.power, ridgeInflation(factor), tau)
  return Math.min(1, ridgeInflation(factor) * tau)
}

/** D · chol(H + ridge I): its rows solve for unscaled keys. */
export function scaledLower(
  first: Pick<CertifiedGram['first'], 'dim' | 'equilibrated' | 'columnNorms'>,
  ridge: number,
  dense = plainDense,
): Float64Array {
  const { dim, equilibrated, columnNorms } = first
  const lower = decompose(equilibrated, ridge, dim, dense)
  columnNorms.forEach((norm, a) => {
    for (let i = a * dim; i <= a * dim + a; i++) lower[i] *= norm
  })
  return lower
}

/** chol(matrix + ridge I), [dim, dim]. */
function decompose(matrix: Float64Array, ridge: number, dim: number, dense: DenseAlgebra): Float64Array {
  const shifted = matrix.slice()
  for (let a = 0; a < dim; a++) shifted[a * dim + a] += ridge
  const result = dense.cholesky(shifted, dim)
  if (result.ok) return result.lower
  const message = `a Gram matrix that was certified positive definite failed to factor at pivot ${result.pivotIndex}; please report this`
  throw new LevError('Internal', message)
}

/**
 * Bound of |<x_j, z_i> - <q̂_i, k̂_j>| / (|x_j||z_i|) beyond what a query's own relative error covers: forward substitution
 * moves x by gamma_{d+1} sqrt(d / lambda_min) and z by as much; the slack holds twice that where the factor is regular.
 */
export function whiteningErrorOf(
  factor: Pick<Factor, 'ridge' | 'thresholdSlack' | 'dim' | 'preconditioner'>,
): number {
  if (factor.ridge === 0) return factor.thresholdSlack
  const solve = 2 * gamma(factor.dim + 2) * Math.sqrt(factor.dim / factor.ridge)
  // In coordinates the rounding of k T, amplified by the ridge, is at most 1/64: see ridgeOf, WIDE_RIDGE.
  return factor.preconditioner ? solve + 1 / 64 : solve
}
