import type { MatrixSource } from '@levattention/core'
import type { Progress } from './pipeline/progress.ts'
import type { PlanOptions } from './plan.ts'
import type { SketchOptions } from './sketch-options.ts'

/** What every call over a matrix takes: a way to stop it, and a way to watch it. */
export interface CallOptions {
  readonly signal?: AbortSignal
  readonly onProgress?: (progress: Progress) => void
}

export interface UniversalSetOptions
  extends CallOptions, SketchOptions, Pick<PlanOptions, 'p' | 'passes' | 'shards' | 'shardRows' | 'fanIn'> {
  /** Attention threshold in (0, 1]; default 0.01. */
  readonly epsilon?: number
  /** Instead of epsilon: the N keys with the largest bounds. */
  readonly keep?: number
  /** For queries that see keys up to their own position alone: `heavyAttentions` then needs the keys. */
  readonly causal?: boolean
  /** p >= 1 other than 2: lower the bounds of at most 1000 keys by dual certificates, in up to 5 further passes. */
  readonly tighten?: boolean
}

export interface HeavyAttentionsOptions
  extends CallOptions, Pick<PlanOptions, 'shards' | 'shardRows' | 'fanIn' | 'queryBatches'> {
  /** The keys, if they can be read again: queries outside the certificate are then decided exactly, not only listed. */
  readonly keys?: MatrixSource
  /** Of a causal set: the key at which the first query stands; default 0, with as many queries as keys. */
  readonly queryStart?: number
  /** At least the universal set's epsilon, which is the default. */
  readonly epsilon?: number
  /**
   * p other than 2. exact (default where keys are given): every reported score is computed from all keys. interval: its
   * certified ends, from the universal set alone where they settle the pair.
   */
  readonly scores?: 'exact' | 'interval'
}

export interface RowSampleOptions extends CallOptions, Pick<PlanOptions, 'shards' | 'shardRows'> {
  /** Rows in expectation, a whole number of at least 1. */
  readonly rows: number
  /** Which rows; default 1. */
  readonly seed?: number
}
