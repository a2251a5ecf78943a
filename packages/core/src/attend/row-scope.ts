import { rangeSeen, type Visibility } from '../attention/visibility.ts'
import { type RowRange, rowsIn } from '../matrix/row-ranges.ts'
import type { SelectedKeys } from './attend-terms.ts'
import { FreeKeys } from './free-keys.ts'
import { type LocalWindow, windowsOf } from './local-windows.ts'
import { firstAtLeast } from './first-at-least.ts'

/** Of each query of a batch a run of places: starts[q] <= place < ends[q]; [count] each. */
export interface Runs {
  readonly starts: Float64Array
  readonly ends: Float64Array
}

/** What each query of a batch attends to, all of it decided by ids and ranges. */
export interface RowScope {
  /** Row ids that it sees, but for hidden ones. */
  readonly seen: Runs
  /** Places in the kept ids; absent where all keys are kept. */
  readonly kept?: Runs
  /** Row ids of free keys: local ones, and at last the own key of queries that have nothing else. */
  readonly windows: readonly Runs[]
  /** From the first row of a window to the last. */
  readonly span: RowRange
  /** The keys of the windows that are not kept; the windows lie in their range. */
  readonly free: FreeKeys
}

export interface ScopeTerms extends SelectedKeys {
  readonly batch: RowRange
  readonly visibility: Visibility
  readonly keyCount: number
}

export function scopeOf(terms: ScopeTerms): RowScope {
  const { batch, visibility, keyCount, kept, local } = terms
  const seen = runsOf(batch, (query) => rangeSeen(visibility, query, keyCount))
  if (kept === undefined) return { seen, windows: [], span: NO_ROWS, free: new FreeKeys(NO_ROWS) }
  const windows = local ? windowsOf(local, visibility.causal) : []
  const position = (query: number) => visibility.queryStart + query
  const localRuns = windows.map((window) => clippedRuns(batch, (query) => window(position(query)), seen))
  const ownRuns = visibility.causal ? [clippedRuns(batch, (query) => ownKey(position(query)), seen)] : []
  const free = new FreeKeys(spanOf([...localRuns, ...ownRuns]), kept, visibility)
  const keptRuns = {
    starts: seen.starts.map((id) => firstAtLeast(kept, id)),
    ends: seen.ends.map((id) => firstAtLeast(kept, id)),
  }
  for (const own of ownRuns) leaveOutFilled(own, keptRuns, localRuns, free)
  const all = [...localRuns, ...ownRuns]
  return { seen, kept: keptRuns, windows: all, span: spanOf(all), free }
}

const NO_ROWS: RowRange = { rowStart: 0, rowEnd: 0 }

const ownKey: LocalWindow = (position) => ({ rowStart: position, rowEnd: position + 1 })

/** Empties the runs of queries that have a key without them, or whose own key is hidden. */
function leaveOutFilled(own: Runs, kept: Runs, local: readonly Runs[], free: FreeKeys): void {
  own.starts.forEach((start, q) => {
    const isFilled =
      kept.ends[q] > kept.starts[q] || local.some(({ starts, ends }) => free.count(starts[q], ends[q]) > 0)
    if (isFilled || free.count(start, own.ends[q]) === 0) own.ends[q] = start
  })
}

function runsOf(batch: RowRange, rangeOf: (query: number) => RowRange): Runs {
  const count = rowsIn(batch)
  const runs = { starts: new Float64Array(count), ends: new Float64Array(count) }
  for (let q = 0; q < count; q++) {
    const { rowStart, rowEnd } = rangeOf(batch.rowStart + q)
    runs.starts[q] = rowStart
    runs.ends[q] = rowEnd
  }
  return runs
}

/** Within what is seen; an empty run begins where it ends. */
function clippedRuns(batch: RowRange, rangeOf: (query: number) => RowRange, seen: Runs): Runs {
  return runsOf(batch, (query) => {
    const q = query - batch.rowStart
    const range = rangeOf(query)
    const rowStart = Math.max(range.rowStart, seen.starts[q])
    return { rowStart, rowEnd: Math.max(rowStart, Math.min(range.rowEnd, seen.ends[q])) }
  })
}

/** From the first row of `runs` to the last; no rows where all are empty. */
function spanOf(runs: readonly Runs[]): RowRange {
  let [rowStart, rowEnd] = [Infinity, 0]
  for (const { starts, ends } of runs) {
    starts.forEach((start, q) => {
      if (ends[q] <= start) return
      rowStart = Math.min(rowStart, start)
      rowEnd = Math.max(rowEnd, ends[q])
    })
  }
  return rowStart < rowEnd ? { rowStart, rowEnd } : NO_ROWS
}
