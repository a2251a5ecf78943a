import type { Kernels } from '../kernels/kernels.ts'
import { cholesky } from '../linalg/cholesky.ts'
import { transpose } from '../linalg/transpose.ts'
import { solveLower, solveLowerTranspose } from '../linalg/triangular.ts'
import { gamma, UNIT_ROUNDOFF_F64 } from '../arithmetic/numeric.ts'
import { scaleColumns } from '../arithmetic/column-exponents.ts'
import { type DualSums, dualNorms } from '../bounds/power/dual-sums.ts'
import type { Factor } from '../bounds/factor/factor.ts'
import { type Power, powerRoot } from '../arithmetic/power.ts'
import { copyIn, withScratch } from '../kernels/with-scratch.ts'
import { Scorer } from '../bounds/scorer.ts'
import type { UniversalSet } from './universal-set.ts'

/** What tightening needs of a universal set of p >= 1 other than 2, whose factor is regular. */
export interface Tightening {
  readonly factor: Factor
  readonly power: Power
  /** U's keys in scaled columns [count, dim]. */
  readonly keys: Float64Array
  /** Norms of all keys' columns [dim]. */
  readonly columnNorms: Float64Array
}

/** Undefined where the factor leaves queries to a test, or p has no such dual. */
export function tighteningOf({ factor, gramFactor, keys, rowIds, p }: UniversalSet): Tightening | undefined {
  const { power } = factor
  if (power === undefined || gramFactor === undefined || factor.ridge > 0 || p < 1) return undefined
  const scaled = Float64Array.from(keys)
  if (keys instanceof Float64Array) scaleColumns(scaled, rowIds.length, factor.exponents)
  return { factor, power, keys: scaled, columnNorms: gramFactor.columnNorms }
}

/** y_j = M⁻¹ k_j for every key, with <k_j, y_j> = 1 [count, dim]: what would be best if p were 2. */
export function firstTrials({ factor, keys }: Tightening): Float64Array {
  const { dim, lower, preconditioner } = factor
  return eachKey(keys, dim, (key) => {
    const mapped = preconditioner ? times(transpose(preconditioner.forward, dim), key, dim) : key
    const solved = solveLowerTranspose(lower, solveLower(lower, mapped, dim), dim)
    return preconditioner ? times(preconditioner.forward, solved, dim) : solved
  })
}

/** A step of reweighted least squares from `trials`, damped as Newton's for p > 2; a trial whose Gram does not factor stays. */
export function nextTrials(
  { factor: { dim }, keys, power: { p } }: Tightening,
  trials: Float64Array,
  { grams }: DualSums,
): Float64Array {
  const step = Math.min(1, 1 / (p - 1))
  return eachKey(keys, dim, (key, i) => {
    const trial = trials.subarray(i * dim, (i + 1) * dim)
    const gram = grams.slice(i * dim * dim, (i + 1) * dim * dim)
    for (let a = 0; a < dim; a++) {
      if (gram[a * (dim + 1)] === 0) gram[a * (dim + 1)] = 1
      for (let b = 0; b < a; b++) gram[a * dim + b] = gram[b * dim + a]
    }
    const result = cholesky(gram, dim)
    if (!result.ok) return trial
    const solved = normalised(key, solveLowerTranspose(result.lower, solveLower(result.lower, key, dim), dim))
    return trial.map((value, a) => value + step * (solved[a] - value))
  })
}

/**
 * Certified bounds [count] from `sums` over all keys at some trials: sigma_j^(1/p) <= c |λ|_q + b(k_j - c Kᵀλ)^(1/p) for any
 * c >= 0 (theory.md section 2; rounding: NOTES.md "Dual certificates"). May be above 1, or NaN where powers overflowed.
 */
export function dualBounds(kernels: Kernels, tightening: Tightening, sums: DualSums): Float64Array {
  const { factor, power, keys, columnNorms } = tightening
  const { dim, thresholdSlack } = factor
  const norms = dualNorms(sums, power.p)
  const root = powerRoot(power) * (1 + thresholdSlack)
  const count = keys.length / dim
  const whiteKeys = whiten(kernels, factor, keys)
  const whiteSums = whiten(kernels, factor, sums.combined)
  const unitSizes = scoresOf(kernels, factor, unitVectors(dim)).map(Math.sqrt)
  const residuals = new Float64Array(count * dim)
  const errors = new Float64Array(count)
  const scales = Float64Array.from({ length: count }, (_, i) => {
    const part = (rows: Float64Array) => rows.subarray(i * dim, (i + 1) * dim)
    const c = bestScale(norms[i], root, part(whiteKeys), part(whiteSums))
    const lambda = Math.sqrt(sums.squares[i]) * gamma(sums.depth + 4)
    for (let a = 0; a < dim; a++) {
      const at = i * dim + a
      residuals[at] = keys[at] - c * sums.combined[at]
      const rounding = 4 * UNIT_ROUNDOFF_F64 * (Math.abs(keys[at]) + Math.abs(c * sums.combined[at]))
      errors[i] += 1.01 * (rounding + c * lambda * columnNorms[a]) * unitSizes[a]
    }
    return c
  })
  const scores = scoresOf(kernels, factor, residuals)
  return scales.map(
    (c, i) => (c * norms[i] + root * (Math.sqrt(scores[i]) + errors[i])) ** power.p * (1 + 1e-12 * power.p),
  )
}

/** The c >= 0 at which c A + B |x - c v| is least: a square root's and a line's. */
function bestScale(slope: number, root: number, x: Float64Array, v: Float64Array): number {
  const vv = dot(v, v)
  const xv = dot(x, v)
  const rest = root * root * vv - slope * slope
  if (!(vv > 0 && xv > 0 && rest > 0)) return 0
  const centre = xv / vv
  const height = Math.sqrt(Math.max(0, dot(x, x) - xv * centre))
  return Math.max(0, centre - (slope * height) / Math.sqrt(vv * rest))
}

function eachKey(
  keys: Float64Array,
  dim: number,
  trialOf: (key: Float64Array, index: number) => Float64Array,
): Float64Array {
  const trials = new Float64Array(keys.length)
  for (let i = 0; i < keys.length / dim; i++) {
    const key = keys.subarray(i * dim, (i + 1) * dim)
    trials.set(normalised(key, trialOf(key, i)), i * dim)
  }
  return trials
}

/** `trial` scaled to <key, trial> = 1. */
function normalised(key: Float64Array, trial: Float64Array): Float64Array {
  const scale = dot(key, trial)
  return trial.map((value) => value / scale)
}

/** x with |x|² the score by M [count, dim]. */
function whiten(kernels: Kernels, factor: Factor, rows: Float64Array): Float64Array {
  return scored(kernels, factor, rows).whitened
}

function scoresOf(kernels: Kernels, factor: Factor, rows: Float64Array): Float64Array {
  return scored(kernels, factor, rows).scores
}

/** `rows` [count, dim] are in scaled columns already. */
function scored(kernels: Kernels, factor: Factor, rows: Float64Array) {
  const count = rows.length / factor.dim
  return withScratch(kernels, () => {
    const scorer = new Scorer(kernels, factor, count)
    const scores = kernels.f64(count)
    const whitened = kernels.f64(rows.length)
    scorer.score(scores, copyIn(kernels, rows), count, whitened)
    return { scores: Float64Array.from(scores), whitened: Float64Array.from(whitened) }
  })
}

function unitVectors(dim: number): Float64Array {
  return Float64Array.from({ length: dim * dim }, (_, i) => (i % (dim + 1) === 0 ? 1 : 0))
}

function times(matrix: Float64Array, vector: Float64Array, dim: number): Float64Array {
  return Float64Array.from({ length: dim }, (_, a) => dot(matrix.subarray(a * dim, (a + 1) * dim), vector))
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i]
  return sum
}
