import { type SelectionNumbers, selectionNumbers } from '@levattention/core/internal'
import { SCHEMA_VERSION } from '../job/job-summary.ts'
import type { SkippedHead } from '../job/skipped-heads.ts'
import type { CoveredHead } from './cover-group.ts'
import type { CoverageProblem } from './coverage-problem.ts'

/** What one selection holds of one head. */
export interface CoverageSelection extends SelectionNumbers {
  /** As it was asked for: 'accumulated+local'. */
  readonly select: string
  /** N; null of local keys and sinks alone. */
  readonly keep: number | null
  /** What the choice has seen; oracle: the judged queries' own attention, the most there is. */
  readonly fit: 'keys' | 'in-sample' | 'held-out' | 'oracle'
}

/** A query head, and what selections of its keys hold. */
export interface HeadCoverage {
  /** Flat, over the leading axes. */
  readonly index: number
  /** Index on the axis of layers, where there is one. */
  readonly layer?: number
  /** Index on the axis of batches, where there is one. */
  readonly batch?: number
  /** Of an array with layers or batches: its place on the axis of heads. */
  readonly head?: number
  /** Of heads in files of their own: which one. */
  readonly source?: string
  /** Of the keys' heads the one that serves it. */
  readonly keyHead: number
  /** Keys. */
  readonly n: number
  /** Queries. */
  readonly m: number
  /** Queries that are judged: each sees a key. */
  readonly judged: number
  /** Queries that see no key. */
  readonly emptyRows: number
  /** Pairs with A_ij >= heavy. */
  readonly heavyPairs: number
  /** In the order in which they were asked for. */
  readonly selections: readonly CoverageSelection[]
}

/** How much of their softmax attention selections of keys hold (docs/theory.md section 7). */
export interface Coverage {
  /** Of this form, which the command prints as JSON. */
  readonly schemaVersion: 1
  /** What it was measured by. */
  readonly command: 'coverage'
  /** What was measured. */
  readonly attention: 'softmax'
  /** z = scale <q, k>. */
  readonly scale: number
  /** From this A_ij on a pair counts as heavy. */
  readonly heavy: number
  /** Queries of all heads together. */
  readonly judged: number
  /** Head after head. */
  readonly heads: readonly HeadCoverage[]
  /** Those that were left out; absent where there are none. */
  readonly skippedHeads?: readonly SkippedHead[]
}

/** Where a head stands. */
export type HeadStanding = Pick<HeadCoverage, 'index' | 'layer' | 'batch' | 'head' | 'source' | 'keyHead'>

/** `covered`: of queries [m, .] on keys [n, .]. */
export function headCoverage(
  standing: HeadStanding,
  { judged, covered }: CoveredHead,
  { columns }: CoverageProblem,
  shape: Pick<HeadCoverage, 'n' | 'm'>,
): HeadCoverage {
  return {
    ...standing,
    ...shape,
    judged: judged.rows.length,
    emptyRows: judged.emptyRows,
    heavyPairs: covered.heavyPairs,
    selections: columns.map(({ select, keep, fit }, at) => ({
      select: select.text,
      keep,
      fit,
      ...selectionNumbers(covered, at, judged.able),
    })),
  }
}

export function coverageOf(
  { scale, heavy }: Pick<CoverageProblem, 'scale' | 'heavy'>,
  heads: readonly HeadCoverage[],
): Coverage {
  return {
    schemaVersion: SCHEMA_VERSION,
    command: 'coverage',
    attention: 'softmax',
    scale,
    heavy,
    judged: heads.reduce((sum, { judged }) => sum + judged, 0),
    heads,
  }
}
