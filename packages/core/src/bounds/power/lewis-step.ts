import { type DenseAlgebra, plainDense } from '../../kernels/dense.ts'
import { gamma } from '../../arithmetic/numeric.ts'
import type { WeightedSum } from '../../sums/weighted-form.ts'
import { type CertifiedGram, REGULAR_BELOW_SLACK, refinedStep } from '../factor/certificate.ts'
import { columnSquares, type Preconditioner, measured, scaledRows, stepBy } from '../factor/preconditioner.ts'
import { type Factor, factorOf, ridgeFactor } from '../factor/factor.ts'
import { type RidgeRule, TIGHT_RIDGE, WIDE_RIDGE } from '../factor/ridge-rules.ts'
import type { SymmetricEigen } from '../../linalg/symmetric-eigen.ts'
import { POWER_ROUNDINGS, powerSlack } from '../../arithmetic/power.ts'

/** Passes that weigh the keys at most, unless --passes says otherwise; most inputs stop earlier. */
export const MOST_WEIGHT_PASSES = 16
/** A pass that lowers the bounds by less than this, on average, is the last. */
const WORTHWHILE_GAIN = 0.01

/** Of a rule's share: a larger ridge hides more than shorter columns of T would cost. */
const LARGEST_RIDGE_SHARE = 1 / 4

/** T of one weighting pass and its inverse: weights are |k̂ T|^p, a function of this one matrix. */
export type WeightPreconditioner = Pick<Preconditioner, 'forward' | 'inverse'>

/** One weighting pass's knowledge. */
export interface LewisStep {
  /** Undefined where in these coordinates no ridge is large enough for rounding and small enough to cover a query. */
  readonly factor: Factor | undefined
  /**
   * Logarithm of the bound that M gives on average over directions, (p/2-1) log S - p/(2d) log det M (p > 2; p < 2:
   * (1-p/2) log C), but for a constant of the keys: Lewis weights are where it is least.
   */
  readonly level: number
  /** Where the next pass would take its weights. */
  readonly next: WeightPreconditioner
  /** log |det T| of `next`, against that of the first pass. */
  readonly nextLogDet: number
  readonly passes: number
}

/**
 * The coordinates of the first pass: those in which G is the identity, but for directions in which no key has a part, so that the
 * first weights are tau^(p/2).
 */
export function firstWeightPreconditioner(step: CertifiedGram, dense = plainDense): WeightPreconditioner {
  const { columnNorms, dim } = step.first
  const eigen = dense.eigen(step.matrix, dim)
  const isReal = realDirections(
    step,
    step.depth,
    columnNorms,
    step.coordinates ?? unliftedPreconditioner(step.first),
    eigen,
  )
  const roots = eigen.values.map((value, e) => (isReal[e] ? Math.sqrt(value) : 1))
  return stepBy(columnNorms, step.coordinates, roots, eigen.vectors, dense)
}

/** T = D⁻¹, the coordinates in which nothing is lifted. */
function unliftedPreconditioner({ dim, columnNorms }: CertifiedGram['first']): WeightPreconditioner {
  const diagonal = (entry: (a: number) => number) =>
    Float64Array.from({ length: dim * dim }, (_, i) => (i % (dim + 1) === 0 ? entry(i % dim) : 0))
  return { forward: diagonal((a) => 1 / columnNorms[a]), inverse: diagonal((a) => columnNorms[a]) }
}

/**
 * T = D⁻¹ / sqrt(d): nothing is lifted, so that its ridge is a rounding's square, and serves whatever the keys are. |k̂ T|² <= 1, since a
 * number of k̂ is at most its column's length: weights are at most 1 whatever p is. They are worse.
 */
export function plainWeightPreconditioner({ first }: CertifiedGram): WeightPreconditioner {
  const { forward, inverse } = unliftedPreconditioner(first)
  const root = Math.sqrt(first.dim)
  return { forward: forward.map((x) => x / root), inverse: inverse.map((x) => x * root) }
}

/**
 * Of a column of D T: what plain dots lose of rows weighted in such columns, gamma_{d+1} d of their length, counts some 4.4 p/2 times
 * in a bound's slack (`refinedStep`, `powerSlack`), which is then a third of what a regular factor may have.
 */
export function longestColumn(dim: number, p: number): number {
  return 2 ** -14 / (Math.max(1, p / 2) * dim * gamma(dim + 1))
}

/** `roots` [dim], raised where T V diag(roots)⁻¹ would have a column of D T longer than `longest`. */
function withinLength(
  roots: Float64Array,
  longest: number,
  columnNorms: Float64Array,
  { forward }: Pick<WeightPreconditioner, 'forward'>,
  vectors: Float64Array,
  { multiply }: DenseAlgebra,
): Float64Array {
  const dim = columnNorms.length
  const squares = columnSquares(scaledRows(multiply(forward, vectors, dim), columnNorms), dim)
  return roots.map((root, e) => Math.max(root, Math.sqrt(squares[e]) / longest))
}

/**
 * The step of a pass over the weighted keys in `coordinates` (theory.md section 2). N stands at the identity there, so
 * N <- M is T <- T V lambda^(-1/2) and the damped geometric mean T <- T V lambda^(-s/2), from M's eigenpairs.
 * `certified`: the certificate of G, for what does not depend on weights. `before`: the passes so far and their log det.
 * `mayBeTight`: a ridge may be by TIGHT_RIDGE, as all rows are read here.
 */
export function lewisStep(
  p: number,
  certified: CertifiedGram,
  coordinates: WeightPreconditioner,
  sum: WeightedSum,
  before: Pick<LewisStep, 'passes' | 'nextLogDet'> = { passes: 0, nextLogDet: 0 },
  mayBeTight = false,
  dense = plainDense,
): LewisStep {
  const { dim, live, condition } = certified.first
  const columnNorms = sum.columnSquares.map((square) => (square > 0 ? Math.sqrt(square) : 1))
  const first = { ...certified.first, columnNorms, condition }
  const step = refinedStep(
    { first, passes: 0 },
    measured(columnNorms, coordinates, dense),
    sum.gram,
    POWER_ROUNDINGS,
    dense,
  )
  const { values, vectors } = dense.eigen(step.matrix, dim)
  const isReal = realDirections(step, sum.gram.depth, columnNorms, coordinates, { values, vectors })
  // Directions in which no key has a part but for rounding are left as they are: lifting them would lift the rounding.
  const damping = p > 2 ? 4 / (p + 2) : 1
  const wanted = values.map((value, e) => (isReal[e] ? value ** (damping / 2) : 1))
  const factor = weightedFactor(
    p,
    step,
    certified,
    sum,
    mayBeTight ? [TIGHT_RIDGE, WIDE_RIDGE] : [WIDE_RIDGE],
    dense,
  )
  // Columns too long for plain dots are shortened, which makes weights worse and their bounds known.
  const roots = factor
    ? wanted
    : withinLength(wanted, longestColumn(dim, p), columnNorms, coordinates, vectors, dense)
  const next = stepBy(columnNorms, coordinates, roots, vectors, dense)
  const logDet = before.nextLogDet
  return {
    factor,
    level:
      factor === undefined || losesColumn(sum, live)
        ? Infinity
        : levelOf(
            p,
            values.filter((_, e) => isReal[e]),
            logDet,
            sum.weightSum,
          ),
    next,
    nextLogDet: roots.reduce((log, root) => log - Math.log(root), logDet),
    passes: before.passes + 1,
  }
}

/** Whether another pass is to follow those with these `levels`: a function of the data alone. `most`: --passes. */
export function wantsAnother(levels: readonly number[], most: number): boolean {
  if (levels.length >= most) return false
  if (levels.length < 2) return true
  return Math.abs(levels[levels.length - 2] - levels[levels.length - 1]) >= WORTHWHILE_GAIN
}

/**
 * Per eigenpair of M', whether it is more than rounding can make: of the sum, and of y = fl(k̂T), whose column b is off by at most
 * gamma_{d+1} sqrt(d) |DT_b| over all rows ("Slack" of theory.md section 8, by columns), so that along v it is Σ_b |v_b| of that.
 */
function realDirections(
  { matrix, first: { dim } }: CertifiedGram,
  depth: number,
  columnNorms: Float64Array,
  { forward }: WeightPreconditioner,
  { values, vectors }: SymmetricEigen,
): Uint8Array {
  let trace = 0
  for (let a = 0; a < dim; a++) trace += matrix[a * dim + a]
  const ofSum = 4 * trace * (gamma(depth + 1) + gamma(dim + 5))
  const squares = columnSquares(scaledRows(forward, columnNorms), dim)
  const ofRows = new Float64Array(dim)
  vectors.forEach(
    (value, i) => (ofRows[i % dim] += Math.abs(value) * Math.sqrt(squares[Math.floor(i / dim)])),
  )
  const rounding = gamma(dim + 1) * Math.sqrt(dim)
  return Uint8Array.from(values, (value, e) => (value > Math.max(ofSum, (rounding * ofRows[e]) ** 2) ? 1 : 0))
}

/** Whether the rows that weigh something leave out a column of the keys: where T's columns nearly depend, rows may cancel to 0. */
function losesColumn(sum: WeightedSum, live: Uint8Array): boolean {
  return sum.columnSquares.some((square, a) => live[a] !== 0 && square === 0)
}

/** `values`: M's eigenvalues in T's coordinates, where M = T^-T M' T^-1. */
function levelOf(p: number, values: Float64Array, logDet: number, weightSum: number): number {
  if (values.length === 0) return Infinity
  const logDetM = values.reduce((sum, value) => sum + Math.log(value), -2 * logDet)
  const constant = p > 2 ? (p / 2 - 1) * Math.log(weightSum) : -(1 - p / 2) * Math.log(values[0])
  return constant - (p * logDetM) / (2 * values.length)
}

/** By the first of `rules` whose ridge hides little; undefined where none does. */
function ridgeFactorBy(
  rules: readonly RidgeRule[],
  step: CertifiedGram,
  rowCount: number,
  dense: DenseAlgebra,
): Factor | undefined {
  const terms = { rowCount, dropRidge: 0 }
  for (const rule of rules) {
    const factor = ridgeFactor(step, rule, terms, dense)
    if (factor !== undefined && factor.ridge <= LARGEST_RIDGE_SHARE * rule.share) return factor
  }
  return undefined
}

/**
 * M's factor, in the coordinates of `step` alone: what is known without them is G's. C <= 1/lambda_min(M) where N is the identity, as
 * w^(2/p) >= t_N: no further pass is needed to know it.
 */
function weightedFactor(
  p: number,
  step: CertifiedGram,
  certified: CertifiedGram,
  sum: WeightedSum,
  rules: readonly RidgeRule[],
  dense: DenseAlgebra,
): Factor | undefined {
  const { rowCount } = sum.gram
  const slack = powerSlack(p, step.slack, rowCount)
  const regular = slack < REGULAR_BELOW_SLACK
  const base = regular ? factorOf(step, rowCount, 0, dense) : ridgeFactorBy(rules, step, rowCount, dense)
  if (base === undefined) return undefined
  const smallest = regular ? step.smallestEigenvalue : base.ridge
  return {
    ...base,
    live: certified.first.live,
    rank: certified.rank,
    smallestEigenvalue: 0,
    thresholdSlack: regular
      ? Math.max(base.thresholdSlack, slack)
      : powerSlack(p, base.thresholdSlack, rowCount),
    power: { p, weightSum: sum.weightSum, weightRatio: (1 + 4 * base.thresholdSlack) / smallest },
  }
}
