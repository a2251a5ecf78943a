import {
  areIndependent,
  attentionName,
  counted,
  type MatrixSource,
  newRows,
} from '@levattention/core/internal'
import type { JobSummary } from '../job/job-summary.ts'
import type { RunContext } from '../tasks/run-context.ts'

/** Code of the warning that scores say nothing. */
export const FEW_ROWS = 'few-rows'

/**
 * What a summary says of `keys` [n, d] with n <= d whose rows are independent: each has leverage 1, and can take all attention of some
 * query, whatever p is (theory.md section 1). Found without factors. Undefined where they are not, or not so surely. Warns.
 */
export function independentRows(
  keys: MatrixSource,
  p: number,
  { kernels, stats }: RunContext,
): Partial<JobSummary> | undefined {
  const { rows: n, cols: d, element } = keys
  if (n === 0 || n > d) return undefined
  const rows = newRows(element, n * d)
  keys.readRows(0, n, rows)
  if (!areIndependent(kernels, rows, n, d)) return undefined
  stats.warn(
    FEW_ROWS,
    `${counted(n, 'row')} of ${counted(d, 'column')} that do not depend on one another: every one has leverage 1, whatever it holds, so none stands ` +
      'out. Is the matrix the wrong way round? Rows are what is scored',
  )
  return { attention: attentionName({ p }), n, d, p, method: 'exact', rank: n, thresholdSlack: 0 }
}
