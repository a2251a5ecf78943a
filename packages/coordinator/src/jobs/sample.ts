import {
  type Factor,
  type HeaderRecord,
  LevError,
  type MatrixSource,
  type OutputOptions,
  rowStream,
  type SampleBatch,
  SampleNpz,
  shown,
  widenedFactor,
} from '@levattention/core/internal'
import type { RunContext } from '../tasks/run-context.ts'
import { type SampleFacts, sampleRows } from '../keys/sample.ts'
import { planKeys, type PlanOptions } from '../plan/plan.ts'
import { keyRecordOf } from '../problem/seen-rows.ts'
import type { Job } from '../job/job.ts'
import type { JobSummary, KeyHeadsSummary } from '../job/job-summary.ts'
import {
  summaryOfFactor,
  independentKeyFactorOf,
  type KeysOptions,
  overKeys,
  warnOfNearScores,
} from '../solve/key-factor.ts'
import { isLeverage } from '../tasks/near-rank.ts'
import { independentRows } from '../solve/few-rows.ts'
import { intoHeads, type KeyHeadsOptions } from '../solve/over-heads.ts'

export const SAMPLE_NPZ_VERSION = 1
const DEFAULT_SEED = 1
/** Shapes the cuts only: no key is chosen here. */
const PLAN_EPSILON = 0.01

/** What is drawn. */
export interface RowsOptions extends Pick<PlanOptions, 'shards' | 'shardRows'> {
  /** Rows in expectation, S. */
  readonly rows: number
  /** Default 1. */
  readonly seed?: number | undefined
}

interface SampleOptions extends RowsOptions, Omit<KeysOptions, 'seed'> {
  /** A .npz. */
  readonly out: string
  readonly force?: boolean | undefined
}

export interface SampleSummary extends JobSummary, Omit<SampleFacts, 'scale'> {}

/** A sample as `sampleOf` leaves it: what a summary says of it, and what its file's meta says. */
interface Sampled {
  readonly facts: Partial<JobSummary> & Omit<SampleFacts, 'scale'>
  readonly meta: HeaderRecord
  /** What the probabilities are proportional to. */
  readonly scores: 'leverage' | 'ridge'
}

/**
 * Draws rows of K [n, d] by their leverage and writes them to `out` (docs/formats.md): the same bytes for any workers,
 * shards and cuts of K into files. Throws Option, Content, NotFound, CannotWrite, InputChanged, WorkerLost, Aborted.
 */
export async function sample(options: SampleOptions, job: Job): Promise<SampleSummary> {
  const { out: path, force = false } = options
  return await overKeys('sample', options, job, (keys, context, { requireUnchanged }) =>
    sampleFile(keys, options, context, { path, force }, requireUnchanged),
  )
}

/** As `sample`, of each head of the keys as if it were alone, into the folder `out`. */
export async function sampleOfHeads(
  options: SampleOptions & KeyHeadsOptions,
  job: Job,
): Promise<KeyHeadsSummary> {
  return await intoHeads('sample', options, '.npz', job, (keys, output, context) =>
    sampleFile(keys, options, context, output),
  )
}

async function sampleFile(
  keys: MatrixSource,
  options: RowsOptions & Pick<SampleOptions, 'tmp'>,
  context: RunContext,
  { path, ...output }: { readonly path: string } & OutputOptions,
  requireUnchanged?: () => Promise<void>,
): Promise<Sampled['facts']> {
  const { cols: dim, element } = keys
  const file = new SampleNpz(path, { dim, element, tmp: options.tmp, ...output })
  try {
    const sampled = await sampleOf(keys, options, context, (batch) => file.add(batch))
    await requireUnchanged?.()
    await context.stats.time('write', () => file.finish(sampled.meta))
    return sampled.facts
  } catch (error) {
    file.abort()
    throw error
  }
}

/**
 * A sample of `keys` [n, d], batch after batch in ascending order of row id. The factor's passes are cut by the shape of
 * K alone, so that no option changes a probability. Throws Option, Content (NaN, infinity), and as the passes.
 */
export async function sampleOf(
  keys: MatrixSource,
  { rows, seed = DEFAULT_SEED, shards, shardRows }: RowsOptions,
  context: RunContext,
  onBatch: (batch: SampleBatch) => void,
): Promise<Sampled> {
  requireRows(rows)
  rowStream(seed) // Refuses what is no seed before the work.
  const cut = planKeys(keys, PLAN_EPSILON, { shards, shardRows })
  const { summary, factor, source, scores } = await importancesOf(keys, context)
  const { rank = 0, condition = 1, thresholdSlack = 0 } = summary
  const request = { rows, seed, shards: cut.shards }
  const { scale, ...facts } = await sampleRows(source, factor, request, context, onBatch)
  const meta = {
    formatVersion: SAMPLE_NPZ_VERSION,
    p: 2,
    scores,
    n: keys.rows,
    d: keys.cols,
    ...keyRecordOf(keys),
    seed,
    rows,
    rowsExpected: facts.rowsExpected,
    rowsCertain: facts.rowsCertain,
    probabilitySum: facts.probabilitySum,
    ...(Number.isFinite(scale) ? { scale } : {}),
    rank,
    condition,
    thresholdSlack,
  }
  return { facts: { ...summary, ...facts }, meta, scores }
}

/** What rows are drawn by: their factor, or none where each has leverage 1. */
interface Importances {
  readonly summary: Partial<JobSummary>
  readonly factor: Factor | undefined
  readonly source: MatrixSource
  readonly scores: Sampled['scores']
}

async function importancesOf(keys: MatrixSource, context: RunContext): Promise<Importances> {
  const known = await independentRows(keys, context)
  if (known) return { summary: known, factor: undefined, source: keys, scores: 'leverage' }
  const found = await independentKeyFactorOf(keys, {}, context)
  const { reducedFrom: all } = found
  // Rows are drawn whole.
  const factor = all ? widenedFactor(found.factor, all.kept, all.factor) : found.factor
  const source = all ? all.keys : found.keys
  if (!isLeverage(factor)) warnOfRidge(context)
  warnOfNearScores(found, context)
  const scores = isLeverage(factor) ? 'leverage' : 'ridge'
  return { summary: summaryOfFactor({ factor: found.factor, dim: keys.cols }), factor, source, scores }
}

/** Throws Option unless `rows` is a whole number of at least 1. */
function requireRows(rows: number): void {
  if (Number.isSafeInteger(rows) && rows >= 1) return
  const message = `rows is ${shown(rows)}; it must be a whole number of at least 1`
  throw new LevError('Option', message, { option: 'rows' })
}

function warnOfRidge({ stats }: RunContext): void {
  stats.warn(
    'ridge-scores',
    'the columns of the keys depend on one another, or so nearly that float64 cannot tell: rows were drawn by their ridge ' +
      'scores. Weighted sums are unbiased all the same, but rows that stand out where the others nearly vanish are drawn ' +
      'less often than by their leverage',
  )
}
