import { attentionName, counted, type MatrixSource } from '@levattention/core/internal'
import type { JobSummary } from '../job/job-summary.ts'
import { fewRowsOf } from '../tasks/few-rows.ts'
import type { RunContext } from '../tasks/run-context.ts'

type KnownSummary = Partial<JobSummary> & Pick<Required<JobSummary>, 'rank' | 'thresholdSlack'>

/** Code of the warning that scores say nothing. */
export const FEW_ROWS = 'few-rows'

/**
 * What a summary says of `keys` [n, d] with n <= d whose rows are independent: each has leverage 1, and can take all attention of some
 * query, whatever p is (theory.md section 1). Found without factors. Undefined where they are not, or not so surely. Warns.
 * `withCondition`: the condition is to be told too, which takes n³ operations more.
 */
export async function independentRows(
  keys: MatrixSource,
  p: number,
  context: RunContext,
  { withCondition = false }: { readonly withCondition?: boolean } = {},
): Promise<KnownSummary | undefined> {
  const { rows: n, cols: d } = keys
  if (n === 0 || n > d) return undefined
  const { areIndependent, eigenvalues } = await fewRowsOf(keys, context, withCondition)
  if (!areIndependent) return undefined
  context.stats.warn(
    FEW_ROWS,
    `${counted(n, 'row')} of ${counted(d, 'column')} that do not depend on one another: every one has leverage 1, whatever it holds, so none stands ` +
      'out. Is the matrix the wrong way round? Rows are what is scored',
  )
  const condition = eigenvalues && { condition: Math.sqrt(eigenvalues[n - 1] / eigenvalues[0]) }
  return {
    attention: attentionName({ p }),
    n,
    d,
    p,
    method: 'exact',
    rank: n,
    ...condition,
    thresholdSlack: 0,
  }
}
