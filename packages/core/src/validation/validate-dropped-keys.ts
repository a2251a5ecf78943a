import { scalarKernels } from '../kernels/scalar.ts'
import { whereOf, unusable } from './block-checks.ts'
import type { SummaryState } from '../summary/summary-state.ts'
import type { Factor } from '../bounds/factor/factor.ts'
import { tausOf } from '../bounds/select.ts'

/**
 * Throws Content where a sampled row of the rest contradicts what the file says of all of them: their leverage, and (p < 2) C.
 * Both were larger when the row was dropped, as scores fall with every further row. Rows that a ridge dropped were scored
 * lower than they are: nothing is known of these here.
 */
export function requireRest(
  file: string,
  factor: Factor,
  plain: Factor,
  { weighted, p, dropRidge }: SummaryState,
): void {
  const rest = weighted?.droppedKeys
  if (!rest?.sample) return
  const { rows } = rest.sample
  if (plain.ridge === 0 && rest.leverageRidge === 0) {
    const most = rest.leverage * (1 + 4 * plain.thresholdSlack + 1e-9)
    tausOf(scalarKernels(), plain, rows).forEach((tau, i) => {
      if (tau > most && rest.leverage < 1)
        throw unusable(
          file,
          'restLeverage',
          `${tau} or more, by the sampled row ${rows.rowIds[i]}`,
          rest.leverage,
        )
    })
  }
  if (p > 2 || factor.ridge > 0 || dropRidge > 0) return
  const most = rest.ratio * (1 + 4 * factor.thresholdSlack + 1e-9)
  tausOf(scalarKernels(), factor, rows).forEach((tau, i) => {
    const v = rows.entryScores[i] ** (2 / p)
    if (tau <= most * v || !(v > 0)) return
    throw unusable(
      file,
      'sampleKeys',
      `rows whose score is ${most * v} at most, as 'restRatio' says`,
      tau,
      `${whereOf(i)} (row ${rows.rowIds[i]})`,
    )
  })
}
