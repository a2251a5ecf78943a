import {
  answeredRows,
  attendProblem,
  DEFAULT_SEED,
  isEpsilon,
  LevError,
  type LocalKeys,
  optionText,
  rowsIn,
  type TokenGrid,
  type Visibility,
  type VisibilityOptions,
} from '@levattention/core/internal'
import { requireNamed } from '../problem/selection-of.ts'
import { type CoveredSelect, DEFAULT_SELECT, keepsOf, parseSelections } from '../problem/covered-select.ts'
import { columnsOf, type CoveredColumn } from './covered-columns.ts'

/** What is measured of selections; the names are those of the options. */
export interface CoverageOptions extends VisibilityOptions {
  /** What is measured; the one that there is. */
  readonly attention?: 'softmax' | undefined
  /** Rules, each with +local, +sinks, +rest as it needs them; local, sinks and local+sinks alone; `best`. */
  readonly select?: readonly string[] | undefined
  /** Numbers of keys; default 8, 16, 32, 64, those of them that there are. */
  readonly keep?: readonly number[] | undefined
  /** A pair is heavy from this A_ij on; default 0.01. */
  readonly heavy?: number | undefined
  /** Rules read even queries, and all are judged by odd ones. */
  readonly holdout?: boolean | undefined
  /** Judge so many queries, drawn by `seed` without replacement. */
  readonly sample?: number | undefined
  /** Of `sample`, of rules that draw and of clusters; default 1. */
  readonly seed?: number | undefined
  /** z = scale <q, k>; default 1/sqrt(d). */
  readonly scale?: number | undefined
  /** Radius of the local keys that join selections: |i - j| <= local. */
  readonly local?: number | undefined
  /** How many first keys join selections. */
  readonly sinkTokens?: number | undefined
  /** As how many clusters of each segment the keys left out stand in. */
  readonly restClusters?: number | undefined
  /** Keys are cells in row-major order: local keys by Manhattan distance. */
  readonly grid?: TokenGrid | undefined
}

/** Coverage as it is asked for, every default filled in. */
export interface CoverageProblem {
  readonly visibility: Visibility
  readonly scale: number
  readonly heavy: number
  readonly holdout: boolean
  readonly sample?: number
  readonly seed: number
  readonly local?: LocalKeys
  readonly sinkTokens: number
  readonly restClusters?: number
  readonly columns: readonly CoveredColumn[]
}

interface Shape {
  readonly keyCount: number
  readonly queryCount: number
  readonly dim: number
  /** Rules read other queries than those that are judged. */
  readonly hasFitQueries: boolean
  /** Names of scores that selections may go by. */
  readonly scores?: readonly string[]
}

/** Throws Option where options exclude one another, say less than is needed, or do not fit the shapes. */
export function coverageProblem(options: CoverageOptions, shape: Shape): CoverageProblem {
  const {
    local,
    sinkTokens,
    restClusters,
    grid,
    heavy = 0.01,
    holdout = false,
    seed = DEFAULT_SEED,
  } = options
  const selects = parseSelections(options.select ?? DEFAULT_SELECT, shape.scores)
  for (const select of selects) {
    requireNamed({ select, local, sinkTokens, restClusters })
    requireScores(select, shape.scores ?? [])
  }
  const keeps = keepsOf(options.keep, shape.keyCount)
  if (!isEpsilon(heavy))
    throw refused('heavy', `${optionText('heavy')} is ${heavy}; it must be above 0 and at most 1`)
  // Which keys are fixed is asked column by column.
  const selection = { ids: [], local, sinkTokens, restClusters, grid }
  const base = attendProblem({ ...visibilityIn(options), scale: options.scale, selection }, shape)
  requireHoldout(holdout, base.visibility, shape.queryCount)
  const { causal, segment, slidingWindow } = base.visibility
  const judging = {
    heldOut: holdout || shape.hasFitQueries,
    seeAlike: !causal && segment === undefined && slidingWindow === undefined,
  }
  return {
    visibility: base.visibility,
    scale: base.scale,
    heavy,
    holdout,
    seed,
    ...(options.sample !== undefined && { sample: requireSample(options.sample) }),
    ...(base.local && { local: base.local }),
    sinkTokens: base.sinkTokens,
    ...(restClusters !== undefined && { restClusters }),
    columns: selects.flatMap((select) => columnsOf(select, selects, keeps, judging, options)),
  }
}

function visibilityIn(options: CoverageOptions): VisibilityOptions {
  const { causal, queryStart, segment, slidingWindow, keyRows, queryRows, keyMask, queryMask } = options
  return { causal, queryStart, segment, slidingWindow, keyRows, queryRows, keyMask, queryMask }
}

function requireHoldout(holdout: boolean, visibility: Visibility, queryCount: number): void {
  const rows = rowsIn(answeredRows(visibility, queryCount))
  if (!holdout || rows >= 2) return
  const message = `${optionText('holdout')} fits on even queries and judges by odd ones, and there are ${rows} in all: it takes at least 2`
  throw refused('holdout', message)
}

function requireScores({ text, scores }: CoveredSelect, known: readonly string[]): void {
  if (scores === undefined || known.includes(scores)) return
  throw refused('select', `${optionText('select')} is '${text}', and there are no scores of that name`)
}

function requireSample(sample: number): number {
  if (Number.isSafeInteger(sample) && sample >= 1) return sample
  throw refused('sample', `${optionText('sample')} is ${sample}; it must be a whole number of at least 1`)
}

function refused(option: string, message: string): LevError {
  return new LevError('Option', message, { option })
}
