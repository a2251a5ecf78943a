import type { Factor, MatrixSource } from '@levattention/core/internal'
import { type ScoredRows, scoresByRow } from '../jobs/scores.ts'
import type { PlanOptions } from '../plan/plan.ts'
import { independentRows } from '../solve/independent-rows.ts'
import { independentKeyFactorOf, isLeverage, scoreSlackOf } from '../solve/key-factor.ts'
import type { RunContext } from '../tasks/run-context.ts'
import type { CallOptions } from './call-options.ts'
import type { SeenKeys } from './seen-sources.ts'

/** What `scores` takes beside the keys. */
export interface ScoresOptions
  extends CallOptions, SeenKeys, Pick<PlanOptions, 'passes' | 'shards' | 'shardRows' | 'fanIn'> {
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
}

/** The scores of consecutive rows; the array is the caller's. */
export interface ScoreBatch extends ScoredRows {
  /** Of all keys; the same in every batch. */
  readonly keys: KeyFacts
}

/** All scores, in row order; a batch is what one task scores. Throws as `LevAttention.scores`. */
export async function* scoresCall(
  source: MatrixSource,
  options: PlanOptions,
  context: RunContext,
): AsyncGenerator<ScoreBatch, void, void> {
  const known = await independentRows(source, options.p ?? 2, context)
  if (known) {
    const keys = independentFacts(source, options)
    yield { rowStart: 0, scores: new Float64Array(source.rows).fill(1), keys }
    return
  }
  const found = await independentKeyFactorOf(source, options, context)
  const keys = { ...keyFactsOf(found.factor), d: found.dim }
  for await (const { rowStart, scores } of scoresByRow(found, context)) yield { rowStart, scores, keys }
}

/** Of independent rows, n <= d: each can take all attention of some query. */
export function independentFacts({ rows: n, cols: d }: MatrixSource, { p = 2 }: PlanOptions): KeyFacts {
  return { n, d, p, kind: p === 2 ? 'leverage' : 'bounds', rank: n, thresholdSlack: 0 }
}

export function keyFactsOf(factor: Factor): KeyFacts {
  const { rowCount: n, dim: d, rank, condition, power } = factor
  const kind = isLeverage(factor) ? (power ? 'bounds' : 'leverage') : 'ridge'
  return { n, d, p: power?.p ?? 2, kind, rank, condition, thresholdSlack: scoreSlackOf(factor) }
}
