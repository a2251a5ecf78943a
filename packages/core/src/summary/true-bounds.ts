import { scalarKernels } from '../kernels/scalar.ts'
import { equilibrate } from '../universal/certificate.ts'
import { scaledLower } from '../universal/factor.ts'
import { copyIn } from '../kernels/copy-in.ts'
import { whereOf } from './block-checks.ts'
import { scaleColumns } from './column-exponents.ts'
import type { SummaryState } from './summary-state.ts'
import { unusable } from './unusable.ts'

/** A leverage score by a ridge of this rounding is above the exact one by less. */
const ROOM = 1.1
const BLOCK_ROWS = 1024
/** Multiply-adds: about a tenth of a second; of more keys evenly spaced ones are tried. */
const MOST_WORK = 2 ** 26

/**
 * Throws Content where a bound is below what some query gives its key, p other than 2. With q = G⁻¹k and x_l = q.k_l:
 * Σ|x_l|^p <= (Σ x_l²)^(p/2), times n^(1-p/2) for p < 2, and x_j² / Σ x_l² is the leverage t of k: so a true bound is
 * t^(p/2) at least, for p < 2 t^(p/2) n^(p/2-1). A ridge only makes t smaller. A bound over a part of the rows is larger.
 */
export function requireTrueBounds(file: string, { gram, candidates, p }: SummaryState): void {
  const { count, dim, keys, bounds, element } = candidates
  const step = Math.max(1, Math.ceil((count * dim * dim) / 2 / MOST_WORK))
  const kernels = scalarKernels()
  const first = equilibrate(gram)
  const lower = copyIn(kernels, scaledLower(first, 4 * first.eta))
  const block = element === 'f64' ? kernels.f64(BLOCK_ROWS * dim) : kernels.f32(BLOCK_ROWS * dim)
  const scores = kernels.f64(BLOCK_ROWS)
  const rowShare = Math.min(1, gram.rowCount ** (p / 2 - 1))
  for (let start = 0; start < count; start += BLOCK_ROWS * step) {
    let rows = 0
    for (let slot = start; slot < count && rows < BLOCK_ROWS; slot += step)
      block.set(keys.subarray(slot * dim, (slot + 1) * dim), rows++ * dim)
    if (block instanceof Float64Array) scaleColumns(block, rows, first.exponents)
    kernels.leverage(scores, block, lower, rows, dim)
    for (let r = 0; r < rows; r++) {
      const slot = start + r * step
      const least = Math.min(1, scores[r] / ROOM) ** (p / 2) * rowShare * (1 - 1e-6)
      if (bounds[slot] >= least || Number.isNaN(least)) continue
      const wanted = `${least} or more, by its key's leverage score`
      throw unusable(file, 'bounds', wanted, { where: whereOf(slot), value: bounds[slot] })
    }
  }
}
