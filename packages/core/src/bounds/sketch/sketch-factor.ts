import type { Kernels } from '../../kernels/kernels.ts'
import { withScratch } from '../../kernels/with-scratch.ts'
import { qrColumnError } from '../../linalg/qr-error.ts'
import { qrUpdate, qrUpper } from '../../linalg/qr.ts'
import { smallestSingularValueBound } from '../../linalg/smallest-singular.ts'
import { transpose } from '../../linalg/transpose.ts'
import { gamma, UNIT_ROUNDOFF_F64 } from '../../arithmetic/numeric.ts'
import { NO_EXPONENT } from '../../arithmetic/column-exponents.ts'
import { GramAccumulator } from '../../sums/gram-accumulator.ts'
import { rootOfGram } from '../factor/gram-root.ts'
import type { GramSum } from '../../sums/gram-sum.ts'
import { firstStep } from '../factor/certificate.ts'
import type { Factor } from '../factor/factor.ts'
import type { SketchSum } from '../../sums/sketch-sum.ts'
import { SKETCH_RIDGE_SHARE } from '../../sums/sketch-terms.ts'

/** sqrt(ridge) is this times the error of R in columns of unit norm: then a ridge score is off by less than SCORE_MARGIN. */
const RIDGE_ROOM = 32
/** From this many times the error on, R's smallest singular value makes the ridge needless. */
const REGULAR_ROOM = 512
/** Computed scores are at least this part of the exact ones. */
const SCORE_MARGIN = 0.93
/** The norm filter may drop only what the scores drop: room for rounding of both. */
const FILTER_ROOM = 1.02

/** One sketch's R in scaled columns [dim, dim], and what scores by it. */
interface SketchRoot {
  readonly upper: Float64Array
  /** Certified smallest singular value of R D⁻¹, less R's error; may be <= 0. */
  readonly smallest: number
}

/**
 * The factor of r sketches (theory.md section 9): tau = max_i |R_i⁻ᵀ k|², whose bound makes good the stretch 1 + c, the
 * ridge and rounding. `gram`: the columns' squares. `rank` and `condition` are those of the first sketch.
 */
export function sketchFactor(kernels: Kernels, sum: SketchSum, gram: GramSum): Factor {
  const { dim, terms, filters } = sum
  const live = Uint8Array.from({ length: dim }, (_, a) => (gram.gram[a * (dim + 1)] > 0 ? 1 : 0))
  const columnNorms = Float64Array.from(live, (isLive, a) =>
    isLive ? Math.sqrt(gram.gram[a * (dim + 1)]) : 1,
  )
  const error = rootErrorOf(sum, gram.rowCount)
  const grams = Array.from({ length: terms.count }, (_, i) => gramOfSketch(kernels, sum, i))
  const roots = grams.map((one, i) => rootOf(sum, i, one, columnNorms, live, error))
  const ridge = (RIDGE_ROOM * error) ** 2
  const regular = roots.every(({ smallest }) => smallest >= REGULAR_ROOM * error)
  const inflation = ((1 + terms.distortion) * (1 + SKETCH_RIDGE_SHARE)) / SCORE_MARGIN
  const smallest = Math.min(...roots.map((root) => root.smallest))
  const lowers = roots.map((root) =>
    root.smallest >= REGULAR_ROOM * error
      ? transpose(root.upper, dim)
      : transpose(withRidge(root.upper, columnNorms, ridge), dim),
  )
  const { rank, first } = firstStep(grams[0])
  return {
    dim,
    exponents: gram.exponents.map((e) => (e === NO_EXPONENT ? 0 : e)),
    columnNorms,
    live,
    preconditioner: undefined,
    lower: lowers[0],
    ridge: regular ? 0 : ridge,
    dropRidge: 0,
    gram: gram.symmetric(),
    root: undefined,
    gramError: 0,
    rootError: error,
    smallestEigenvalue: regular ? smallest ** 2 / (FILTER_ROOM * inflation) : 0,
    condition: first.condition,
    rank,
    thresholdSlack: Math.max(1e-12, 8 * dim * UNIT_ROUNDOFF_F64),
    rowCount: gram.rowCount,
    sketch: { terms, filters, inflation, lowers, roots: roots.map(({ upper }) => transpose(upper, dim)) },
  }
}

/**
 * e: | ‖R_i q‖ - ‖S_i K̂ q‖ | <= e ‖D q‖ for every i, D the column norms of K̂. Worst cases over the signs and places, so
 * that the ridge made of it does not depend on them: ‖|S_i||K̂_a|‖ <= sqrt(n) D_a.
 */
function rootErrorOf({ dim, depth, terms }: SketchSum, rowCount: number): number {
  const sums = gamma(depth + 1)
  const triangular = qrColumnError(terms.rows, dim) + qrColumnError(dim, dim) + 2 * UNIT_ROUNDOFF_F64
  return 1.05 * Math.sqrt(dim * Math.max(1, rowCount)) * (sums + triangular)
}

function gramOfSketch(kernels: Kernels, { dim, terms, tables }: SketchSum, index: number): GramSum {
  return withScratch(kernels, () => {
    const rows = kernels.f64(terms.rows * dim)
    rows.set(tables.subarray(index * terms.rows * dim, (index + 1) * terms.rows * dim))
    const accumulator = new GramAccumulator(kernels, dim)
    accumulator.addUnscaled(rows, terms.rows)
    return accumulator.finish()
  })
}

/** R by Cholesky where that is as good as QR, else by QR; a column of zeros gets a diagonal of 1. */
function rootOf(
  { dim, terms, tables }: SketchSum,
  index: number,
  gram: GramSum,
  columnNorms: Float64Array,
  live: Uint8Array,
  error: number,
): SketchRoot {
  const table = tables.subarray(index * terms.rows * dim, (index + 1) * terms.rows * dim)
  const upper = rootOfGram(gram, qrColumnError(terms.rows, dim)) ?? qrUpper(table, terms.rows, dim)
  live.forEach((isLive, a) => {
    if (!isLive) upper[a * (dim + 1)] = 1
  })
  const unit = upper.map((value, i) => value / columnNorms[i % dim])
  return { upper, smallest: smallestSingularValueBound(unit, dim) - error }
}

/** R of [R; sqrt(ridge) D]. */
function withRidge(upper: Float64Array, columnNorms: Float64Array, ridge: number): Float64Array {
  const dim = columnNorms.length
  const appended = new Float64Array(dim * dim)
  columnNorms.forEach((norm, a) => {
    appended[a * (dim + 1)] = norm * Math.sqrt(ridge)
  })
  const both = upper.slice()
  qrUpdate(both, appended, dim, dim)
  return both
}
