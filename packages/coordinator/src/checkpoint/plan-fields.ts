import type { HeaderRecord, RowRange } from '@levattention/core/internal'

export const PLAN_VERSION = 3

/** Digests of rows, one behind the other in one string. */
export type ContentText = string

/** What a run folder is for. */
export type RunJob = 'run' | 'build' | 'scores' | 'sample'
export const RUN_JOBS: readonly RunJob[] = ['run', 'build', 'scores', 'sample']

/** A file that a run reads. */
export interface PlannedInput {
  readonly of: 'keys' | 'queries'
  /** Absolute. */
  readonly path: string
  /** Row of the whole matrix at which its own begin. */
  readonly firstRow: number
}

/**
 * How a run is cut, and of what: a pure function of its inputs and options. Neither workers, memory nor an engine are in
 * it: whoever works on the folder makes the same bytes.
 */
export interface RunPlan {
  readonly formatVersion: typeof PLAN_VERSION
  /** Digest of all that follows: parts carry it. */
  readonly runId: string
  readonly job: RunJob
  /** The job's options, by their names in the library. Paths are absolute. */
  readonly options: HeaderRecord
  readonly inputs: readonly PlannedInput[]
  /** What they hold, by `keyGrains` and `queryGrains`. */
  readonly content: { readonly keys: ContentText; readonly queries: ContentText }
  readonly rowCount: number // n
  readonly dim: number // d
  readonly shards: readonly RowRange[]
  readonly fanIn: number
  /** Levels of map steps at most: passes that the data do not need are over at once. */
  readonly mapLevels: number
  readonly queryBatches: readonly RowRange[]
}
