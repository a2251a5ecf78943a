import type { Floats } from '../kernels/softmax-kernels.ts'
import { lseOf } from '../softmax/settle-pairs.ts'
import type { PartialRows } from './partial-rows.ts'

/** Attention of some queries, in their order. */
export interface AttendedRows {
  /** [queries, dv]; zeros where no key has a weight. */
  readonly output: Floats
  /** [queries], natural; -Infinity where no key has a weight. */
  readonly lse: Float64Array
}

/** What partial rows over all keys are. */
export function finishRows(rows: PartialRows, element: 'f32' | 'f64'): AttendedRows {
  const { totals, sums } = rows
  const valueDim = sums.length / Math.max(1, totals.length)
  const output = element === 'f64' ? new Float64Array(sums.length) : new Float32Array(sums.length)
  totals.forEach((total, q) => {
    if (total === 0) return
    for (let i = q * valueDim; i < (q + 1) * valueDim; i++) output[i] = sums[i] / total
  })
  return { output, lse: Float64Array.from(totals, (_, q) => lseOf(rows, q)) }
}
