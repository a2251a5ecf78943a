import { type Factor, LevError, type MatrixSource, rowNamingOf } from '@levattention/core/internal'
import { nextNames, type ScoredRows, scoresByRow, scoresKnown, warnOfRidge } from '../jobs/scores.ts'
import type { PlanOptions } from '../plan/plan.ts'
import { fewRowsKnown } from '../solve/few-rows.ts'
import { isLeverage } from '../tasks/near-rank.ts'
import { independentKeyFactorOf, scoreSlackOf, warnOfNearScores } from '../solve/key-factor.ts'
import type { RunContext, Warning } from '../tasks/run-context.ts'
import type { CallOptions } from './call-options.ts'
import type { DesignTerms } from './design-sources.ts'
import type { SeenKeys } from './seen-sources.ts'

/** What `scores` takes beside the keys. */
export interface ScoresOptions extends ScoringOptions {
  /**
   * Keys of a table (opened with `inflateInput`): the column, by name or number, that names the rows: batches have their `ids`. Default: the
   * `id` that they were opened with.
   */
  readonly id?: string | undefined
}

/** What the calls that score all keys have in common. */
export interface ScoringOptions
  extends CallOptions, SeenKeys, DesignTerms, Pick<PlanOptions, 'passes' | 'shards' | 'shardRows' | 'fanIn'> {
  /** Exponent of |q.k|^p, any above 0; default 2. */
  readonly p?: number
}

/**
 * What scores are: leverage scores (p = 2), certified bounds of the sensitivities (p other than 2), or `ridge` where float64 cannot tell
 * the rank of the keys: then they hold for every query but those that nearly vanish on all keys.
 */
export type ScoreKind = 'leverage' | 'bounds' | 'ridge'

/** What is known of keys [n, d] as a whole. */
export interface KeyFacts {
  /** Keys. */
  readonly n: number
  /** Columns. */
  readonly d: number
  /** Exponent of |q.k|^p. */
  readonly p: number
  /** What the scores are. */
  readonly kind: ScoreKind
  /** Numerical rank of the keys. */
  readonly rank: number
  /** Of the column-scaled keys on their numerical range; absent where independent rows n <= d told all scores at once. */
  readonly condition?: number
  /** Upper bound of the relative error of a score. */
  readonly thresholdSlack: number
  /** What the command would warn of: columns that depend on one another, or nearly; a matrix that seems the wrong way round. */
  readonly warnings: readonly Warning[]
}

/** The scores of consecutive rows; the array is the caller's. */
export interface ScoreBatch extends ScoredRows {
  /** [rows]: the name of each, where a column of the table names them. */
  readonly ids?: readonly string[]
  /** Of all keys; the same in every batch. */
  readonly keys: KeyFacts
}

/** All scores, in row order; a batch is what one task scores. `names`: of the rows. Throws as `LevAttention.scores`. */
export async function* scoresCall(
  source: MatrixSource,
  options: PlanOptions,
  context: RunContext,
  names?: AsyncGenerator<string, void, void>,
): AsyncGenerator<ScoreBatch, void, void> {
  try {
    for await (const batch of unnamed(source, options, context))
      yield names ? { ...batch, ids: await nextNames(names, batch.scores.length) } : batch
  } finally {
    await names?.return()
  }
}

async function* unnamed(
  source: MatrixSource,
  options: PlanOptions,
  context: RunContext,
): AsyncGenerator<ScoreBatch, void, void> {
  const { known, ...few } = await fewRowsKnown(source, options.p ?? 2, context)
  if (known) {
    const { zeroRows, summary } = known
    const { rows: n, cols: d } = source
    const { p = 2 } = options
    const keys: KeyFacts = {
      n,
      d,
      p,
      kind: p === 2 ? 'leverage' : 'bounds',
      rank: summary.rank,
      thresholdSlack: 0,
      warnings: context.stats.warnings,
    }
    yield { rowStart: 0, scores: scoresKnown(n, zeroRows), keys }
    return
  }
  const found = await independentKeyFactorOf(few.keys, options, few.context, source.cols)
  if (!isLeverage(found.factor)) warnOfRidge(context, found.factor)
  warnOfNearScores(found, context)
  const keys = { ...keyFactsOf(found.factor), d: found.dim, warnings: context.stats.warnings }
  for await (const { rowStart, scores } of scoresByRow(found, few.context)) yield { rowStart, scores, keys }
}

/** The names of the rows of `keys`, one by one; undefined where no column names them. Throws Option, InputChanged, NotFound. */
export function namesOf(
  keys: MatrixSource,
  id: string | undefined,
  signal: AbortSignal | undefined,
): AsyncGenerator<string, void, void> | undefined {
  const naming = rowNamingOf(keys)
  if (naming === undefined && id !== undefined) {
    const message =
      'scores: `id` names the rows of a table, and keys are of none that inflateInput made ready; leave it out'
    throw new LevError('Option', message, { option: 'id' })
  }
  const batches = naming?.(id, signal)
  return batches && eachOf(batches)
}

async function* eachOf(
  batches: AsyncGenerator<readonly string[], void, void>,
): AsyncGenerator<string, void, void> {
  for await (const batch of batches) yield* batch
}

export function keyFactsOf(factor: Factor): Omit<KeyFacts, 'warnings'> {
  const { rowCount: n, dim: d, rank, condition, power } = factor
  const kind = isLeverage(factor) ? (power ? 'bounds' : 'leverage') : 'ridge'
  return { n, d, p: power?.p ?? 2, kind, rank, condition, thresholdSlack: scoreSlackOf(factor) }
}
