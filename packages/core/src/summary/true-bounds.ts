import { scalarKernels } from '../kernels/scalar.ts'
import { equilibrate } from '../universal/certificate.ts'
import { scaledLower } from '../universal/factor.ts'
import { triedKeys } from '../universal/tried-keys.ts'
import { copyIn } from '../kernels/copy-in.ts'
import { whereOf } from './block-checks.ts'
import { scaleColumns } from './column-exponents.ts'
import type { SummaryState } from './summary-state.ts'
import { unusable } from './unusable.ts'

/** A leverage score by a ridge of this rounding is above the exact one by less. */
const ROOM = 1.1
const BLOCK_ROWS = 1024

/**
 * Throws Content where a bound is below what some query gives its key, p other than 2. With q = G⁻¹k and x_l = q.k_l:
 * Σ|x_l|^p <= (Σ x_l²)^(p/2), times n^(1-p/2) for p < 2, and x_j² / Σ x_l² is the leverage t of k: so a true bound is
 * t^(p/2) at least, for p < 2 t^(p/2) n^(p/2-1). A ridge only makes t smaller. A bound over a part of the rows is larger.
 */
export function requireTrueBounds(file: string, { gram, candidates, p }: SummaryState): void {
  const { dim } = candidates
  const { keys: tried, slotOf } = triedKeys(candidates, (dim * dim) / 2)
  const kernels = scalarKernels()
  const first = equilibrate(gram)
  const lower = copyIn(kernels, scaledLower(first, 4 * first.eta))
  const rows = tried.element === 'f64' ? kernels.f64(BLOCK_ROWS * dim) : kernels.f32(BLOCK_ROWS * dim)
  const scores = kernels.f64(BLOCK_ROWS)
  const rowShare = Math.min(1, gram.rowCount ** (p / 2 - 1))
  for (let start = 0; start < tried.count; start += BLOCK_ROWS) {
    const count = Math.min(BLOCK_ROWS, tried.count - start)
    rows.set(tried.keys.subarray(start * dim, (start + count) * dim))
    if (rows instanceof Float64Array) scaleColumns(rows, count, first.exponents)
    kernels.leverage(scores, rows, lower, count, dim)
    for (let r = 0; r < count; r++) {
      const bound = tried.bounds[start + r]
      const least = Math.min(1, scores[r] / ROOM) ** (p / 2) * rowShare * (1 - 1e-6)
      if (bound >= least || Number.isNaN(least)) continue
      const wanted = `${least} or more, by its key's leverage score`
      throw unusable(file, 'bounds', wanted, { where: whereOf(slotOf(start + r)), value: bound })
    }
  }
}
