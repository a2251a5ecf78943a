import type { Kernels } from '../../kernels/kernels.ts'
import { withScratch } from '../../kernels/with-scratch.ts'
import { gamma } from '../../arithmetic/numeric.ts'
import { equilibrate } from '../factor/certificate.ts'
import { scaledLower } from '../factor/factor.ts'
import { WIDE_RIDGE } from '../factor/ridge-rules.ts'
import { POWER_ROUNDINGS } from '../../arithmetic/power.ts'
import { GramAccumulator } from '../../sums/gram-accumulator.ts'
import { GramSum } from '../../sums/gram-sum.ts'
import { scaledPart } from './part-scale.ts'
import { LEAST_SQUARE, type RowWeight, weighRow } from './row-weights.ts'

/** Rounds end where what the first guess was off by, as a logarithm, is down to this. */
const LEFT_OVER = 0.02
const MOST_ROUNDS = 12
/** The past is left as it is where a factor nearer to 1 is wanted. */
const LEAST_CHANGE = 0.03

/** What came before a block: M and S of it. */
interface WeightedPast {
  readonly gram: GramSum
  readonly weightSum: number
}

/** A block of rows, weighed. */
export interface WeighedBlock {
  /** v_j [rowCount]: w_j = v_j^(p/2); below LEAST_SQUARE the row stays out. */
  readonly entryScores: Float64Array
  /** M of the block, in the exponents of `keysGram`. */
  readonly gram: GramSum
  readonly weightSum: number
  /** c: what the past's weights are to be multiplied by (p > 2; else 1). */
  readonly pastScale: number
}

/**
 * Weights of arriving rows [rowCount, dim] (scaled to the exponents of `keysGram`, which counts them already), by theory.md
 * section 2: from their leverage a few damped rounds of t = kᵀN⁻¹k, v <- v^(1-s) t^s, N = c^(1-2/p) M_past + M_block; for
 * p > 2 the past's scale c goes the same way. Any weights are valid, so nothing here needs a certificate.
 * `weighted` [rowCount, dim] of the kernels' memory receives the weighted rows. `ridge`: what a certificate may hide.
 */
export function weighBlock(
  kernels: Kernels,
  p: number,
  past: WeightedPast,
  keysGram: GramSum,
  rows: Float64Array,
  rowCount: number,
  weighted: Float64Array,
  ridge: number,
): WeighedBlock {
  const { dim } = keysGram
  return withScratch(kernels, () => {
    const lower = kernels.f64(dim * dim)
    const scores = kernels.f64(rowCount)
    const measure = (gram: GramSum) => {
      lower.set(metricOf(gram))
      kernels.leverage(scores, rows, lower, rowCount, dim)
    }
    const damping = p > 2 ? 4 / (p + 2) : 1
    const least = p > 2 ? 0 : leastArrival(p, ridge, keysGram.rowCount)
    const weigh = (entryScores: Float64Array) =>
      weighRows(kernels, p, keysGram, entryScores, rows, rowCount, weighted)
    measure(keysGram)
    const entryScores = scores.map((t) => clampedArrival(t, least))
    let pastScale = 1
    for (let round = roundsFor(p); round > 0; round--) {
      const block = weigh(entryScores)
      measure(joined(p, past, pastScale, block.gram))
      if (p > 2 && past.weightSum > 0)
        pastScale = nextScale(pastScale, damping, past, keysGram, block.squares, scores)
      entryScores.forEach((v, r) => {
        entryScores[r] = v === 0 ? 0 : clampedArrival(v ** (1 - damping) * scores[r] ** damping, least)
      })
    }
    const { gram, weightSum } = weigh(entryScores)
    const near = Math.abs(pastScale - 1) < LEAST_CHANGE
    return { entryScores, gram, weightSum, pastScale: near ? 1 : pastScale }
  })
}

/** A round multiplies the logarithm of an error by 1 - p/2 (p < 2), or by (p-2)/(p+2) at most where damped (p > 2). */
function roundsFor(p: number): number {
  const contraction = p > 2 ? (p - 2) / (p + 2) : 1 - p / 2
  return Math.min(MOST_ROUNDS, Math.ceil(Math.log(LEFT_OVER) / Math.log(contraction)))
}

/** Writes the weighted rows, and sums their Gram and weights; `squares` are w^(1-2/p). */
function weighRows(
  kernels: Kernels,
  p: number,
  keysGram: GramSum,
  entryScores: Float64Array,
  rows: Float64Array,
  rowCount: number,
  weighted: Float64Array,
): { gram: GramSum; weightSum: number; squares: Float64Array } {
  const { dim } = keysGram
  const row: RowWeight = { weight: 0, scale: 0 }
  const squares = new Float64Array(rowCount)
  let weightSum = 0
  for (let r = 0, i = 0; r < rowCount; r++) {
    weighRow(row, p, entryScores[r])
    weightSum += row.weight
    squares[r] = row.scale * row.scale
    for (const end = i + dim; i < end; i++) weighted[i] = rows[i] * row.scale
  }
  return withScratch(kernels, () => {
    const accumulator = new GramAccumulator(kernels, dim)
    accumulator.addUnscaled(weighted, rowCount)
    const { gram, depth } = accumulator.finish()
    const sum = { gram, exponents: keysGram.exponents.slice(), rowCount, depth: depth + 2 * POWER_ROUNDINGS }
    return { gram: new GramSum(dim, sum), weightSum, squares }
  })
}

/** N of the past, scaled, and the block. */
function joined(p: number, past: WeightedPast, pastScale: number, block: GramSum): GramSum {
  return scaledPart(p, past.gram, pastScale).merge(block)
}

/** c <- c^(1-s) (trace(N⁻¹ M_past) / S_past)^s: what is left of the trace, which is the rank, by the block's rows. */
function nextScale(
  scale: number,
  damping: number,
  past: WeightedPast,
  { gram, dim }: GramSum,
  squares: Float64Array,
  scores: Float64Array,
): number {
  let trace = 0
  for (let a = 0; a < dim; a++) if (gram[a * dim + a] > 0) trace++
  squares.forEach((square, r) => (trace -= square * scores[r]))
  const share = Math.max(trace, 2 ** -20) / past.weightSum
  return scale ** (1 - damping) * share ** damping
}

/** D chol(H + ridge I) of N. */
function metricOf(gram: GramSum): Float64Array {
  const first = equilibrate(gram)
  return scaledLower(first, 4 * first.eta)
}

/**
 * p < 2: w >= X^(-p/(2-p)), X = s/(ridge n) (theory.md section 2): a row of tiny weight weighs w^(1-2/p) in M, and would
 * hide a direction that one other row has to itself, whose w is 1.
 */
function leastArrival(p: number, ridge: number, rowCount: number): number {
  const room = WIDE_RIDGE.share / (ridge * rowCount)
  return room > 1 ? room ** (-2 / (2 - p)) : 1
}

function clampedArrival(t: number, least: number): number {
  return t >= LEAST_SQUARE ? Math.max(t, least) : 0
}

/** The ridge that a summary in Gram form falls back on, against D². */
export function gramRidge(dim: number, depth: number): number {
  return 4 * dim * (gamma(depth + 1) + gamma(dim + 5))
}
