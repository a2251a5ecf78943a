import { scalarKernels } from '../kernels/scalar.ts'
import { solveLower } from '../linalg/triangular.ts'
import { equilibrate } from '../bounds/factor/certificate.ts'
import { scaledLower } from '../bounds/factor/factor.ts'
import { type TriedKeys, triedKeys } from './tried-keys.ts'
import { copyIn, scratchRows } from '../kernels/with-scratch.ts'
import { whereOf, unusable } from './block-checks.ts'
import { scaleColumns } from '../arithmetic/column-exponents.ts'
import type { SummaryState } from '../summary/summary-state.ts'
import { requireTrueWeights } from './true-weights.ts'

/** A leverage score by a ridge of this rounding is above the exact one by less. */
const ROOM = 1.1
const BLOCK_ROWS = 1024
/** Keys of the largest scores that the weights are held against, and the multiply-adds for all of them. */
const MOST_LEADING = 64
const MOST_WORK = 2 ** 26

/**
 * Throws Content where a bound is below what some query gives its key, p other than 2. With q = G⁻¹k and x_l = q.k_l:
 * Σ|x_l|^p <= (Σ x_l²)^(p/2), times n^(1-p/2) for p < 2, and x_j² / Σ x_l² is the leverage t of k: so a true bound is
 * t^(p/2) at least, for p < 2 t^(p/2) n^(p/2-1). A ridge only makes t smaller. A bound over a part of the rows is larger.
 * p > 2: the sum of the weights, which bounds are made of later, is held against the same queries.
 */
export function requireTrueBounds(file: string, state: SummaryState): void {
  const { gram, candidates, p, dim, weighted } = state
  const tried = triedKeys(candidates, (dim * dim) / 2)
  const first = equilibrate(gram)
  const lower = scaledLower(first, 4 * first.eta)
  const scores = scoresOf(tried, lower, first.exponents)
  const rowShare = Math.min(1, gram.rowCount ** (p / 2 - 1))
  tried.keys.bounds.forEach((bound, i) => {
    const least = Math.min(1, scores[i] / ROOM) ** (p / 2) * rowShare * (1 - 1e-6)
    if (bound >= least || Number.isNaN(least)) return
    const wanted = `${least} or more, by its key's leverage score`
    throw unusable(file, 'bounds', wanted, bound, whereOf(tried.slotOf(i)))
  })
  if (!weighted || p < 2) return
  const most = Math.min(MOST_LEADING, Math.ceil(MOST_WORK / (candidates.keys.length + dim * dim)))
  const leading = Uint32Array.from(scores.keys())
    .filter((slot) => scores[slot] > 0)
    .sort((a, b) => scores[b] - scores[a])
    .subarray(0, most)
  const whitened = Array.from(leading, (slot) => {
    const row = Float64Array.from(tried.keys.keys.subarray(slot * dim, (slot + 1) * dim))
    if (candidates.element === 'f64') scaleColumns(row, 1, first.exponents)
    return solveLower(lower, row, dim)
  })
  requireTrueWeights(file, weighted, state, lower, whitened)
}

/** Leverage scores by `lower` [dim, dim]. */
function scoresOf({ keys }: TriedKeys, lower: Float64Array, exponents: Int32Array): Float64Array {
  const { dim, count } = keys
  const kernels = scalarKernels()
  const copy = copyIn(kernels, lower)
  const rows = scratchRows(kernels, keys.element, BLOCK_ROWS * dim)
  const block = kernels.f64(BLOCK_ROWS)
  const scores = new Float64Array(count)
  for (let start = 0; start < count; start += BLOCK_ROWS) {
    const blockRows = Math.min(BLOCK_ROWS, count - start)
    rows.set(keys.keys.subarray(start * dim, (start + blockRows) * dim))
    if (rows instanceof Float64Array) scaleColumns(rows, blockRows, exponents)
    kernels.leverage(block, rows, copy, blockRows, dim)
    scores.set(block.subarray(0, blockRows), start)
  }
  return scores
}
