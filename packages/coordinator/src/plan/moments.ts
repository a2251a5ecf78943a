import type { ScoresMode } from '@levattention/core/internal'
import type { Plan } from './plan.ts'

/** Columns of which the fourth moments are summed at most: D = 528 products, a Gram of 2 MiB. */
export const MOST_MOMENT_COLUMNS = 32

/** Queries whose exact scores take as long as the moments of all keys pay twice: half of them may have no pair that needs any. */
const MARGIN = 2

/** Nanoseconds on one core, roughly (scripts/measure-moments.mjs): of a key and a query in a pass over the keys. */
function exactWork(cols: number): number {
  return 4.5 + cols / 8
}

/** Of a key in the pass that sums the moments. */
function momentWork(cols: number): number {
  return 150 + products(cols) ** 2 / 17
}

/** Of a query's row sum by them. */
function momentQueryWork(cols: number): number {
  return 2000 + products(cols) ** 2 / 5
}

function products(cols: number): number {
  return (cols * (cols + 1)) / 2
}

/** What decides whether exact scores come from the keys' fourth moments. */
export interface MomentTerms {
  readonly p?: number | undefined
  readonly scores?: ScoresMode | undefined
  readonly causal?: boolean | undefined
  readonly queryCount: number
}

/**
 * Whether exact scores of p = 4 come from the fourth moments of all keys [rows, cols], one more pass that does rows D²/2
 * products, D = cols (cols + 1)/2, in place of a pass over the keys for each query, and D² products a query. A function of
 * shapes and options alone.
 */
export function usesFourthMoments(
  { rows, cols }: { readonly rows: number; readonly cols: number },
  { p, scores = 'exact', causal = false, queryCount }: MomentTerms,
): boolean {
  if (p !== 4 || scores !== 'exact' || causal || cols > MOST_MOMENT_COLUMNS) return false
  const taken = momentWork(cols) * rows + momentQueryWork(cols) * queryCount
  return exactWork(cols) * rows * queryCount > MARGIN * taken
}

/** The same of the keys and the attention of a plan. */
export function planUsesMoments(
  { rowCount: rows, dim: cols, attention: { p } }: Pick<Plan, 'rowCount' | 'dim' | 'attention'>,
  terms: Omit<MomentTerms, 'p'>,
): boolean {
  return usesFourthMoments({ rows, cols }, { ...terms, p })
}

/** The pass that sums the moments of `rows` keys and the row sums of `queryCount` queries by them, in units of a key and a query in an exact pass. */
export function momentUnits(
  { rows, cols }: { readonly rows: number; readonly cols: number },
  queryCount: number,
): { readonly summing: number; readonly querying: number } {
  const unit = exactWork(cols)
  return {
    summing: (rows * momentWork(cols)) / unit,
    querying: (queryCount * momentQueryWork(cols)) / unit,
  }
}
