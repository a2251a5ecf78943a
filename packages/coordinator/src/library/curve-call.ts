import { LevError, type MatrixSource } from '@levattention/core/internal'
import { curveOf, type CurvePoint, RIDGE_BOUNDS } from '../jobs/curve.ts'
import type { PlanOptions } from '../plan/plan.ts'
import type { SketchOptions } from '../plan/sketch-options.ts'
import type { RunContext } from '../tasks/run-context.ts'
import type { KeyFacts, ScoringOptions } from './scores-call.ts'

/** What `curve` takes beside the keys. */
export interface CurveOptions extends ScoringOptions, SketchOptions {}

/** How large the universal set of some keys is, and the largest bound of all. */
export interface Curve extends KeyFacts {
  /** Epsilon descending. */
  readonly points: readonly CurvePoint[]
  /** No query that `kind` covers gives any key more; absent where there are no keys. */
  readonly maxBound?: number
  /** How sure it is: for certain, or but for probability `delta` over seeds (`method: 'sketch'`). */
  readonly guarantee: {
    /** For certain, or but for probability `delta`. */
    readonly kind: 'deterministic' | 'probabilistic'
    /** Probability, over seeds, that something is missed. */
    readonly delta?: number
  }
}

export async function curveCall(
  keys: MatrixSource,
  options: PlanOptions,
  context: RunContext,
): Promise<Curve> {
  const { curve: points, maxBound, guarantee, ...facts } = await curveOf(keys, options, context)
  const { rank, condition, thresholdSlack, p = 2 } = facts
  const isRidge = context.stats.warnings.some(({ code }) => code === RIDGE_BOUNDS)
  if (rank === undefined || thresholdSlack === undefined || !guarantee)
    throw new LevError('Internal', 'a curve without its factor')
  return {
    n: keys.rows,
    d: keys.cols,
    p,
    kind: isRidge ? 'ridge' : p === 2 && guarantee.kind === 'deterministic' ? 'leverage' : 'bounds',
    rank,
    thresholdSlack,
    guarantee,
    points,
    warnings: context.stats.warnings,
    ...(condition === undefined ? {} : { condition }),
    ...(maxBound === undefined ? {} : { maxBound }),
  }
}
