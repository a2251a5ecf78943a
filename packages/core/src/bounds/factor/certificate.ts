import { type DenseAlgebra, plainDense } from '../../kernels/dense.ts'
import { smallestEigenvalueBound } from '../../linalg/smallest-eigenvalue.ts'
import { gamma, UNIT_ROUNDOFF_F64 } from '../../arithmetic/numeric.ts'
import type { GramSum } from '../../sums/gram-sum.ts'
import { NO_EXPONENT } from '../../arithmetic/column-exponents.ts'
import { type Preconditioner, eigenvalueFloor, mapError, refineCoordinates } from './preconditioner.ts'

/** Above this slack a file is read once more in better coordinates (theory.md section 8). */
export const REFINE_ABOVE_SLACK = 1e-6
/**
 * Scores are to be good to 1e-9, and the slack, a bound, says too little of what they are: seen was up to 10 u / lambda_min
 * (NOTES.md "When to refine"). Below this lambda_min a file is read once more as well.
 */
const REFINE_BELOW_EIGENVALUE = (10 * UNIT_ROUNDOFF_F64) / 1e-9
/** Below this slack every tau is certified and every query covered. */
export const REGULAR_BELOW_SLACK = 1e-3
/** Gram passes, the first included. */
export const MOST_GRAM_PASSES = 3

/** What the plain column-scaled Gram H = D⁻¹ G D⁻¹ [dim, dim] of the keys tells; the ridge certificate rests on it alone. */
interface Equilibrated {
  readonly dim: number
  readonly exponents: Int32Array
  /** D [dim]: root of G's diagonal; 1 for a column of zeros. */
  readonly columnNorms: Float64Array
  /** 1 where the column has a nonzero. */
  readonly live: Uint8Array
  readonly gram: Float64Array // G [dim, dim], both triangles
  readonly equilibrated: Float64Array // H [dim, dim]; a zero column's diagonal is 1
  readonly depth: number
  /** ||H_computed - H|| <= eta, with the error of its Cholesky factor included. */
  readonly eta: number
  /** root of the ratio of H's extreme eigenvalues on its numerical range. */
  readonly condition: number
}

/** One pass's knowledge of the keys, and whether another is wanted. */
export interface CertifiedGram {
  readonly first: Equilibrated
  /** The coordinates of this step's Gram; absent for the first pass. */
  readonly coordinates: Preconditioner | undefined
  /** Gram [dim, dim] in this step's coordinates: H for the first pass, that of K T afterwards. */
  readonly matrix: Float64Array
  readonly depth: number
  readonly eigenvalues: Float64Array
  /** Lower bound of the true smallest eigenvalue of `matrix`'s exact counterpart; may be <= 0. */
  readonly smallestEigenvalue: number
  readonly rank: number
  /** Eigenvalues at most this may be of rounding alone. */
  readonly noise: number
  /** Bound of the relative error of every tau; Infinity where there is none. */
  readonly slack: number
  readonly passes: number
}

/** The first pass's step, from the sum over all keys (theory.md section 8, "Equilibrate"). */
export function firstStep(sum: GramSum, dense = plainDense): CertifiedGram {
  const first = equilibrate(sum, dense)
  const { dim, eta } = first
  const values = dense.eigenvalues(first.equilibrated, dim)
  const mu = lowerEigenvalue(first.equilibrated, values, eta, dim, dense)
  return {
    first: { ...first, condition: conditionOf(values, dim) },
    coordinates: undefined,
    matrix: first.equilibrated,
    depth: sum.depth,
    eigenvalues: values,
    smallestEigenvalue: mu,
    rank: rankOf(values, noiseOf(eta, dim), first.live),
    noise: noiseOf(eta, dim),
    slack: slackOf(mu > 0 ? eta / mu + 2 * solveError(mu, dim) : Infinity, dim),
    passes: 1,
  }
}

/** Beside a ridge this many times smaller a ridge score is the leverage score to a thousandth. */
const FAR_ABOVE_RIDGE = 1000

/**
 * As `firstStep` for fewer keys than columns that are independent, from the eigenvalues [n] of their own Gram in columns of length 1
 * (`eigenvaluesOfRows`): H has these and zeros. Each key's leverage is 1, and so is its ridge score but for ridge/eigenvalue: better
 * coordinates would tell nothing new, so this step is the last. Undefined where an eigenvalue is near the ridge.
 */
export function fewRowsStep(
  sum: GramSum,
  eigenvalues: Float64Array,
  dense = plainDense,
): CertifiedGram | undefined {
  const first = equilibrate(sum, dense)
  const { dim, eta, equilibrated, live } = first
  const rank = eigenvalues.length
  if (!(eigenvalues[0] >= FAR_ABOVE_RIDGE * firstRidge(eta))) return undefined
  // A column of zeros has 1 on the diagonal of H.
  const zeroColumns = live.reduce((count, isLive) => count + 1 - isLive, 0)
  const nonzero = Float64Array.of(...eigenvalues, ...new Float64Array(zeroColumns).fill(1)).sort()
  const values = new Float64Array(dim)
  values.set(nonzero, dim - nonzero.length)
  return {
    first: { ...first, condition: Math.sqrt(values[dim - 1] / nonzero[0]) },
    coordinates: undefined,
    matrix: equilibrated,
    depth: sum.depth,
    eigenvalues: values,
    smallestEigenvalue: -eta,
    rank,
    noise: noiseOf(eta, dim),
    slack: Infinity,
    passes: MOST_GRAM_PASSES,
  }
}

/** The ridge against D² that makes up for `eta` (theory.md section 8, "Ridge certificate"). */
export function firstRidge(eta: number): number {
  return 4 * eta
}

/**
 * As `firstStep` for a part of the keys, which needs a factor only where that is regular; undefined elsewhere. Without
 * the eigenvalues: mu is certified a little below an estimate by inverse iteration, so `condition` is a bound.
 */
export function regularStep(sum: GramSum, dense = plainDense): CertifiedGram | undefined {
  const first = equilibrate(sum, dense)
  const { dim, eta, equilibrated, live } = first
  const mu = roughSmallestEigenvalue(equilibrated, dim, dense) - eta
  const slack = slackOf(mu > 0 ? eta / mu + 2 * solveError(mu, dim) : Infinity, dim)
  if (!(slack < REGULAR_BELOW_SLACK)) return undefined
  return {
    first: { ...first, condition: Math.sqrt(dim / mu) },
    coordinates: undefined,
    matrix: equilibrated,
    depth: sum.depth,
    eigenvalues: new Float64Array(0),
    smallestEigenvalue: mu,
    rank: live.reduce((count, isLive) => count + isLive, 0),
    noise: noiseOf(eta, dim),
    slack,
    passes: 1,
  }
}

/**
 * The step after a pass over K T in `coordinates`, from that pass's sum (theory.md section 8, "Refine").
 * `rowRoundings`: roundings of each entry of K T beyond its computation: a weight's.
 */
export function refinedStep(
  previous: Pick<CertifiedGram, 'first' | 'passes'>,
  coordinates: Preconditioner,
  sum: GramSum,
  rowRoundings = 0,
  dense = plainDense,
): CertifiedGram {
  const { first } = previous
  const { dim } = first
  const matrix = withZeroColumns(sum.symmetric(), first.live, coordinates.forward)
  const trace = traceOf(matrix, dim)
  const eta = trace * (gamma(sum.depth + 1 + 2 * rowRoundings) + gamma(dim + 5))
  const values = dense.eigenvalues(matrix, dim)
  const mu = lowerEigenvalue(matrix, values, eta, dim, dense)
  // theory.md section 8, "Slack": rounding of k T moves a row and the Gram by at most rho each; solving adds its own part.
  const { ofSize, ofValue } = mapError(coordinates, dim)
  const rho = mu > 0 ? (ofSize * Math.sqrt(dim) + ofValue * Math.sqrt(trace)) / Math.sqrt(mu) : Infinity
  const solve = mu > 0 ? (gamma(dim + 1) * Math.sqrt(trace)) / Math.sqrt(mu) : Infinity
  return {
    first,
    coordinates,
    matrix,
    depth: sum.depth,
    eigenvalues: values,
    smallestEigenvalue: mu,
    rank: rankOf(values, noiseOf(eta, dim), first.live),
    noise: noiseOf(eta, dim),
    slack: slackOf(mu > 0 ? eta / mu + 4 * rho + 2 * solve : Infinity, dim),
    passes: previous.passes + 1,
  }
}

/** Whether the scores of this step's Gram are as good as they are wanted. */
export function isAccurate(step: Pick<CertifiedGram, 'slack' | 'smallestEigenvalue'>): boolean {
  return step.slack <= REFINE_ABOVE_SLACK && step.smallestEigenvalue >= REFINE_BELOW_EIGENVALUE
}

/** Coordinates in which another pass over the keys would help, or undefined where this step is the last. */
export function wantedCoordinates(step: CertifiedGram, dense = plainDense): Preconditioner | undefined {
  if (isAccurate(step) || step.passes >= MOST_GRAM_PASSES) return undefined
  const { values, vectors } = dense.eigen(step.matrix, step.first.dim)
  // Where one pass was not enough, what T lifts is near the rounding of plain dots, or below it.
  const mayCompensate = step.passes > 1
  return refineCoordinates(
    step.first.columnNorms,
    step.coordinates,
    { values, vectors },
    dense,
    mayCompensate,
  )
}

/** H and what it says of itself; a column of zeros has D = 1 and a diagonal of 1. */
export function equilibrate(sum: GramSum, dense = plainDense): Omit<Equilibrated, 'condition'> {
  const { dim, depth } = sum
  const gram = sum.symmetric()
  const live = Uint8Array.from({ length: dim }, (_, a) => (gram[a * dim + a] > 0 ? 1 : 0))
  const columnNorms = Float64Array.from({ length: dim }, (_, a) =>
    live[a] ? Math.sqrt(gram[a * dim + a]) : 1,
  )
  const equilibrated = dense.equilibrate(gram, columnNorms, dim)
  const exponents = sum.exponents.map((e) => (e === NO_EXPONENT ? 0 : e))
  const eta = dim * (gamma(depth + 1) + gamma(dim + 5))
  return { dim, exponents, columnNorms, live, gram, equilibrated, depth, eta }
}

/** A column of zeros counts as one unit key of its own (H's diagonal 1), here in T's coordinates: TᵀeeᵀT is added. */
function withZeroColumns(matrix: Float64Array, live: Uint8Array, forward: Float64Array): Float64Array {
  const dim = live.length
  for (let a = 0; a < dim; a++) {
    if (live[a]) continue
    const row = forward.subarray(a * dim, (a + 1) * dim)
    for (let i = 0; i < dim; i++) for (let j = 0; j < dim; j++) matrix[i * dim + j] += row[i] * row[j]
  }
  return matrix
}

function traceOf(matrix: Float64Array, dim: number): number {
  let trace = 0
  for (let a = 0; a < dim; a++) trace += matrix[a * dim + a]
  return trace
}

/** Certified: the eigenvalue solver only proposes, a Cholesky factorisation disposes; eta is what the sum may be off. */
function lowerEigenvalue(
  matrix: Float64Array,
  values: Float64Array,
  eta: number,
  dim: number,
  { cholesky }: DenseAlgebra,
): number {
  return dim === 0 ? 1 : smallestEigenvalueBound(matrix, dim, values[0], cholesky) - eta
}

/** Forward substitution with D L: |dx| <= gamma_{d+1} ||L||_F / sqrt(mu) |x|, and ||L||_F^2 = trace(H) = d. */
export function solveError(mu: number, dim: number): number {
  return (gamma(dim + 1) * Math.sqrt(dim)) / Math.sqrt(mu)
}

const INVERSE_ITERATIONS = 8
/** Shares of the estimate, which may be above the smallest eigenvalue, that are tried as its lower bound. */
const ESTIMATE_SHARES = [0.8, 0.4, 0.1]

/** A certified lower bound of the smallest eigenvalue that may be a tenth of it; -Infinity where there is none. */
function roughSmallestEigenvalue(matrix: Float64Array, dim: number, dense: DenseAlgebra): number {
  const factor = dense.cholesky(matrix, dim)
  if (!factor.ok) return -Infinity
  let vector: Float64Array = Float64Array.from({ length: dim }, (_, a) => 1 + ((a * 7) % 11) / 11)
  let estimate = 0
  for (let i = 0; i < INVERSE_ITERATIONS; i++) {
    const size = Math.hypot(...vector)
    vector = dense.solve(factor.lower, vector, dim)
    const grown = Math.hypot(...vector)
    estimate = size / grown
    vector = vector.map((value) => value / grown)
  }
  for (const share of ESTIMATE_SHARES) {
    const bound = smallestEigenvalueBound(matrix, dim, share * estimate, dense.cholesky)
    if (bound > 0) return bound
  }
  return -Infinity
}

/** What a sum of relative errors of tau makes the slack. */
export function slackOf(sumOfErrors: number, dim: number): number {
  return Math.max(1e-12, 8 * dim * UNIT_ROUNDOFF_F64, 1.1 * (sumOfErrors + gamma(dim + 1)))
}

/** Of H by its eigenvalues, ascending; those that rounding alone may have made do not count. */
export function conditionOf(values: Float64Array, dim: number): number {
  if (dim === 0) return 1
  const floor = eigenvalueFloor(values)
  const smallest = values.find((value) => value > floor) ?? values[dim - 1]
  return Math.sqrt(values[dim - 1] / smallest)
}

/** Eta, and what the eigenvalue solver adds. */
function noiseOf(eta: number, dim: number): number {
  return eta + 4 * dim * UNIT_ROUNDOFF_F64
}

function rankOf(values: Float64Array, noise: number, live: Uint8Array): number {
  const dead = live.reduce((count, isLive) => count + 1 - isLive, 0)
  return values.reduce((count, value) => count + (value > noise ? 1 : 0), 0) - dead
}
