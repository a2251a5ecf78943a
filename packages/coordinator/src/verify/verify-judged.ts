import { LevError } from '@levattention/core/internal'
import type { SoftmaxTrial } from './softmax-trial.ts'
import type { TrialResult } from './verify-trial.ts'

/** Throws Content where nothing was found of a trial that judged none of m > 0 queries: it would pass for right. */
export function requireJudged(
  { queriesVerified, queriesBeyondRange, difference }: TrialResult | SoftmaxTrial,
  queryCount: number,
  path: string,
): void {
  if (queriesVerified > 0 || queryCount === 0 || difference !== undefined) return
  const message = `${path}: nothing could be judged: float64 holds the products of none of the queries that were tried (${queriesBeyondRange})`
  throw new LevError('Content', message, { file: path })
}
