import type { AttendProblem } from '@levattention/core/internal'

interface Shapes {
  readonly queries: { readonly rows: number }
  readonly keys: { readonly rows: number; readonly cols: number }
  readonly values: { readonly cols: number }
}

/** Keys that a set of a size that nobody knows yet is taken to have. */
const USUAL_KEEP = 1000

/** Seconds on one core for `headCount` heads of these shapes, roughly: it only decides whether threads are worth their start. */
export function attendSeconds(
  { queries, keys, values }: Shapes,
  headCount: number,
  { set, local }: Pick<AttendProblem, 'set' | 'local'>,
): number {
  const kept = 'full' in set ? keys.rows : Math.min(keys.rows, USUAL_KEEP + 2 * (local?.radius ?? 0))
  const weights = queries.rows * headCount * kept * 2 * (keys.cols + values.cols + 20)
  return (weights + keys.rows * keys.cols * (keys.cols + 40)) / 2e10
}
