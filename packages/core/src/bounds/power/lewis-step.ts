import { type DenseAlgebra, plainDense } from '../../kernels/dense.ts'
import { gamma } from '../../arithmetic/numeric.ts'
import type { WeightedSum } from '../../sums/weighted-form.ts'
import { type CertifiedGram, REGULAR_BELOW_SLACK, refinedStep } from '../factor/certificate.ts'
import { type Preconditioner, measured, refineCoordinates, stepBy } from '../factor/preconditioner.ts'
import { type Factor, factorOf } from '../factor/factor.ts'
import { POWER_ROUNDINGS, powerSlack } from '../../arithmetic/power.ts'

/** Passes that weigh the keys at most, unless --passes says otherwise; most inputs stop earlier. */
export const MOST_WEIGHT_PASSES = 16
/** A pass that lowers the bounds by less than this, on average, is the last. */
const WORTHWHILE_GAIN = 0.01

/** T of one weighting pass and its inverse: weights are |k̂ T|^p, a function of this one matrix. */
export type WeightPreconditioner = Pick<Preconditioner, 'forward' | 'inverse'>

/** One weighting pass's knowledge. */
export interface LewisStep {
  readonly factor: Factor
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

/** The coordinates of the first pass: those in which G is the identity, so that the first weights are tau^(p/2). */
export function firstWeightPreconditioner(step: CertifiedGram, dense = plainDense): WeightPreconditioner {
  const eigen = dense.eigen(step.matrix, step.first.dim)
  return refineCoordinates(step.first.columnNorms, step.coordinates, eigen, dense)
}

/**
 * The step of a pass over the weighted keys in `coordinates` (theory.md section 2). N stands at the identity there, so
 * N <- M is T <- T V lambda^(-1/2) and the damped geometric mean T <- T V lambda^(-s/2), from M's eigenpairs.
 * `certified`: the certificate of G, for what does not depend on weights. `before`: the passes so far and their log det.
 */
export function lewisStep(
  p: number,
  certified: CertifiedGram,
  coordinates: WeightPreconditioner,
  sum: WeightedSum,
  before: Pick<LewisStep, 'passes' | 'nextLogDet'> = { passes: 0, nextLogDet: 0 },
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
  // Directions in which no key has a part but for rounding are left as they are: lifting them would lift the rounding.
  const noise = noiseOf(step, sum.gram.depth)
  const damping = p > 2 ? 4 / (p + 2) : 1
  const roots = values.map((value) => (value > noise ? value ** (damping / 2) : 1))
  const next = stepBy(columnNorms, coordinates, roots, vectors, dense)
  const factor = weightedFactor(p, step, certified, sum, live, dense)
  const logDet = before.nextLogDet
  return {
    factor,
    level: losesColumn(sum, live)
      ? Infinity
      : levelOf(
          p,
          values.filter((value) => value > noise),
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

function noiseOf({ matrix, first: { dim } }: CertifiedGram, depth: number): number {
  let trace = 0
  for (let a = 0; a < dim; a++) trace += matrix[a * dim + a]
  return 4 * trace * (gamma(depth + 1) + gamma(dim + 5))
}

/** Whether the rows that weigh something leave out a column of the keys: where T's columns nearly depend, rows may cancel to 0. */
function losesColumn({ columnSquares }: WeightedSum, live: Uint8Array): boolean {
  return columnSquares.some((square, a) => live[a] !== 0 && square === 0)
}

/** `values`: M's eigenvalues in T's coordinates, where M = T^-T M' T^-1. */
function levelOf(p: number, values: Float64Array, logDet: number, weightSum: number): number {
  if (values.length === 0) return Infinity
  const logDetM = values.reduce((sum, value) => sum + Math.log(value), -2 * logDet)
  const constant = p > 2 ? (p / 2 - 1) * Math.log(weightSum) : -(1 - p / 2) * Math.log(values[0])
  return constant - (p * logDetM) / (2 * values.length)
}

/** M's factor. C <= 1/lambda_min(M) where N is the identity, as w^(2/p) >= t_N: no further pass is needed to know it. */
function weightedFactor(
  p: number,
  step: CertifiedGram,
  certified: CertifiedGram,
  sum: WeightedSum,
  live: Uint8Array,
  dense: DenseAlgebra,
): Factor {
  const { rowCount } = sum.gram
  const slack = powerSlack(p, step.slack, rowCount)
  const regular = slack < REGULAR_BELOW_SLACK
  const base = factorOf(regular ? step : { ...step, slack: Infinity }, rowCount, 0, dense)
  const smallest = regular ? step.smallestEigenvalue : base.ridge
  return {
    ...base,
    live,
    rank: certified.rank,
    smallestEigenvalue: 0,
    thresholdSlack: regular
      ? Math.max(base.thresholdSlack, slack)
      : powerSlack(p, base.thresholdSlack, rowCount),
    power: { p, weightSum: sum.weightSum, weightRatio: (1 + 4 * base.thresholdSlack) / smallest },
  }
}
