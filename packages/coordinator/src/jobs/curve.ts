import { boundSlackOf, type MatrixSource, seenCount, surveyPass } from '@levattention/core/internal'
import type { RunContext } from '../tasks/run-context.ts'
import type { PlanOptions } from '../plan/plan.ts'
import { requireNoSketch } from '../plan/sketch-options.ts'
import { CERTAIN, guaranteeOf } from '../problem/guarantee.ts'
import type { Job } from '../job/job.ts'
import type { JobSummary, KeyHeadsSummary } from '../job/job-summary.ts'
import {
  summaryOfFactor,
  type KeyFactor,
  independentKeyFactorOf,
  keyFactorOf,
  warnOfNearScores,
  type KeysOptions,
  overKeys,
} from '../solve/key-factor.ts'
import { isLeverage } from '../tasks/near-rank.ts'
import { type KeyHeadsOptions, overHeads } from '../solve/over-heads.ts'
import { fewRowsKnown } from '../solve/few-rows.ts'
import { passOver } from '../tasks/reduce-pass.ts'

/** The dozen that is tried, the largest first. */
export const CURVE_EPSILONS = [0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 5e-3, 2e-3, 1e-3, 5e-4, 2e-4, 1e-4] as const

/** Code of the warning that the bounds do not hold for every query. */
export const RIDGE_BOUNDS = 'ridge-bounds'

/** |U| at one epsilon. */
export interface CurvePoint {
  /** Attention threshold. */
  readonly epsilon: number
  /** |U|: keys that can take epsilon. */
  readonly universalSize: number
  /** |U| / n; 0 where n = 0. */
  readonly universalFraction: number
}

export interface CurveSummary extends JobSummary {
  /** Epsilon descending. */
  readonly curve: readonly CurvePoint[]
}

export type CurvesSummary = KeyHeadsSummary<Pick<CurveSummary, 'curve' | 'maxBound' | 'rank'>>

/** `out`: what the caller is to write of the summary, tried before the work. */
type CurveOptions = KeysOptions & { readonly out?: string; readonly force?: boolean }

/**
 * How large the universal set of K [n, d] is at a dozen epsilons, and what the largest bound is; writes nothing.
 * Throws Option, Content, NotFound, CannotWrite, InputChanged, WorkerLost, Aborted.
 */
export async function curve(options: CurveOptions, job: Job): Promise<CurveSummary> {
  return await overKeys('curve', options, job, async (keys, context, { requireUnchanged }) => {
    const measured = await curveOf(keys, options, context)
    await requireUnchanged()
    return measured
  })
}

/** As `curve`, of each head of the keys by itself. */
export async function curveOfHeads(options: KeysOptions & KeyHeadsOptions, job: Job): Promise<CurvesSummary> {
  requireNoSketch(options.method, '--heads')
  return await overHeads('curve', options, job, (keys, context) => curveOf(keys, options, context))
}

/** The curve of `keys` [n, d], and what a summary says of them. */
export async function curveOf(
  keys: MatrixSource,
  options: PlanOptions,
  context: RunContext,
): Promise<Partial<JobSummary> & { curve: CurvePoint[] }> {
  const least = CURVE_EPSILONS[CURVE_EPSILONS.length - 1]
  // Of rows that depend on one another a curve is of the sets that are made of them.
  const known =
    options.method === 'sketch'
      ? undefined
      : (await fewRowsKnown(keys, options.p ?? 2, context, { combines: false })).known
  if (known) {
    const count = keys.rows - known.zeroRows.size
    return { ...known.summary, ...CERTAIN, maxBound: Math.min(1, count), curve: pointsOf(keys, () => count) }
  }
  // Of keys as they stand, as of the sets that are built of them; of a design, which is only scored, by its scores.
  const use = { epsilon: least, mayBeTight: true }
  const found = keys.spec.design
    ? await independentKeyFactorOf(keys, options, context, keys.cols, use)
    : await keyFactorOf(keys, options, context, use)
  if (!isLeverage(found.factor)) warnOfRidge(context)
  warnOfNearScores(found, context)
  const { counts, maxBound } = await surveyAll(found, context)
  return {
    ...summaryOfFactor(found),
    thresholdSlack: boundSlackOf(found.factor),
    ...(maxBound === undefined ? {} : { maxBound }),
    ...guaranteeOf(found.factor, least),
    curve: pointsOf(keys, (i) => counts[i]),
  }
}

function pointsOf({ rows: n, spec }: MatrixSource, countAt: (index: number) => number): CurvePoint[] {
  const rows = seenCount(spec, n)
  return CURVE_EPSILONS.map((epsilon, i) => ({
    epsilon,
    universalSize: countAt(i),
    universalFraction: rows === 0 ? 0 : countAt(i) / rows,
  }))
}

async function surveyAll(
  { factor, plan, keys }: KeyFactor,
  context: RunContext,
): Promise<{ counts: Float64Array; maxBound: number | undefined }> {
  const question = { factor, epsilons: CURVE_EPSILONS, topCount: 1 }
  const planned = { source: keys, plan, context }
  const { counts, topBounds } = await passOver(planned, surveyPass, question, 'select', { told: 'score' })
  return { counts, maxBound: topBounds.at(0) }
}

function warnOfRidge({ stats }: RunContext): void {
  stats.warn(
    RIDGE_BOUNDS,
    'the columns of the keys depend on one another, or so nearly that float64 cannot tell. The bounds hold for every query ' +
      'but those that nearly vanish on all keys: where queries are answered these are found, and the keys are read again for them',
  )
}
