import { scalarKernels } from '../kernels/scalar.ts'
import { whereOf, unusable } from './block-checks.ts'
import type { SummaryState } from '../summary/summary-state.ts'
import type { Factor } from '../bounds/factor/factor.ts'
import { tausOf } from '../bounds/selector.ts'

/**
 * Throws Content where a sampled row of the rest contradicts what the file says of all of them: their leverage, and (p < 2) C.
 * Both were larger when the row was dropped, as scores fall with every further row. Rows that a ridge dropped were scored
 * lower than they are: nothing is known of these here.
 */
export function requireDroppedKeys(
  file: string,
  factor: Factor,
  gramFactor: Factor,
  { weighted, p, dropRidge }: SummaryState,
): void {
  const droppedKeys = weighted?.droppedKeys
  if (!droppedKeys?.sample) return
  const { rows } = droppedKeys.sample
  if (gramFactor.ridge === 0 && droppedKeys.leverageRidge === 0) {
    const most = droppedKeys.leverage * (1 + 4 * gramFactor.thresholdSlack + 1e-9)
    tausOf(scalarKernels(), gramFactor, rows).forEach((tau, i) => {
      if (tau > most && droppedKeys.leverage < 1)
        throw unusable(
          file,
          'restLeverage',
          `${tau} or more, by the sampled row ${rows.rowIds[i]}`,
          droppedKeys.leverage,
        )
    })
  }
  if (p > 2 || factor.ridge > 0 || dropRidge > 0) return
  const most = droppedKeys.ratio * (1 + 4 * factor.thresholdSlack + 1e-9)
  tausOf(scalarKernels(), factor, rows).forEach((tau, i) => {
    const v = rows.entryScores[i] ** (2 / p)
    if (tau <= most * v || !(v > 0)) return
    const wanted = `rows whose score is ${most * v} at most, as 'restRatio' says`
    throw unusable(file, 'sampleKeys', wanted, tau, `${whereOf(i)} (row ${rows.rowIds[i]})`)
  })
}
