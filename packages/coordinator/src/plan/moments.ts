import type { ScoresMode } from '@levattention/core/internal'

/** Columns of which the fourth moments are summed at most: D = 528 products, a Gram of 2 MiB. */
const MOST_MOMENT_COLUMNS = 32

/** Nanoseconds on one core, roughly: of a key and a query in an exact pass, of a key in the pass of moments, of a query by them. */
function exactWork(cols: number): number {
  return 4 + cols / 4
}

function momentWork(cols: number): number {
  return products(cols) ** 2 / 10
}

function momentQueryWork(cols: number): number {
  return products(cols) ** 2 / 2
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
  return queryCount * exactWork(cols) * rows > momentWork(cols) * rows + queryCount * momentQueryWork(cols)
}
