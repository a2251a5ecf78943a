import type { AttendProblem } from '@levattention/core/internal'
import { type Outline, secondsOf } from '../problem/outline.ts'
import { clusterSeconds, ruleSeconds } from './rule-seconds.ts'

interface Shapes {
  readonly queries: { readonly rows: number }
  readonly keys: { readonly rows: number; readonly cols: number }
  readonly values: { readonly cols: number }
}

/** Keys that a set of a size that nobody knows yet is taken to have. */
const USUAL_KEEP = 1000
/** Leverage of p other than 2 takes several passes of weights. */
const WEIGHINGS = 12

type Weighed = Pick<AttendProblem, 'set' | 'local' | 'restClusters' | 'p'>

/** Seconds on one core for `headCount` heads of these shapes, roughly: it only decides whether threads are worth their start. */
export function attendSeconds(shapes: Shapes, headCount: number, problem: Weighed): number {
  return secondsOf(attendOutline(shapes, headCount, problem))
}

/** The same stage by stage. */
export function attendOutline(
  { queries, keys, values }: Shapes,
  headCount: number,
  { set, local, restClusters = 0, p = 2 }: Weighed,
): Outline {
  const kept = 'full' in set ? keys.rows : Math.min(keys.rows, USUAL_KEEP + 2 * (local?.radius ?? 0))
  const weights = queries.rows * headCount * (kept + restClusters) * 2 * (keys.cols + values.cols + 20)
  const shape = { rows: keys.rows, cols: keys.cols, queryRows: queries.rows }
  const ranking = 'rule' in set ? ruleSeconds(set.rule, shape, 'keep' in set ? set.keep : USUAL_KEEP) : 0
  const passes = headCount * ranking * (p === 2 ? 1 : WEIGHINGS)
  return { select: passes + headCount * clusterSeconds(shape, restClusters), query: weights / 2e10 }
}
