import { optionText } from '../arguments/option-text.ts'
import { LevError } from '../errors/errors.ts'
import { type LevFile, levFromBytes, withLev } from '../lev/lev-reader.ts'
import type { MergeRecord } from '../summary/merge-record.ts'
import type { SummaryState } from '../summary/summary-state.ts'
import { weighsRows } from '../sums/weighted-form.ts'
import { summaryFrom } from './summary-file.ts'
import { mergeableState, universalFrom } from './universal-file.ts'

/** One file's summary, and how its rows were cut. */
export interface SummaryPart {
  readonly path: string
  readonly state: SummaryState
  readonly table: Pick<MergeRecord, 'ranges' | 'shardRows' | 'shardSquaredNorms'>
}

/** A .lev at a path, or its bytes: `name` in messages. */
export type PartFile = string | { readonly name: string; readonly bytes: Uint8Array }

/** The summary in `file`. Throws NotFound, Content, IncompatibleSummary. */
export function openPart(file: PartFile): SummaryPart {
  if (typeof file === 'string') return withLev(file, (opened) => partIn(file, opened))
  return partIn(file.name, levFromBytes(file.bytes, file.name))
}

function partIn(path: string, file: LevFile): SummaryPart {
  if (file.header.policy === 'prefix') throw causalPart(path)
  if (file.kind === 'universal') {
    const { state, origin, universal } = universalFrom(file)
    requireMergeable(path, state)
    return { path, state: mergeableState(state, universal.factor), table: origin }
  }
  const state = summaryFrom(file)
  requireMergeable(path, state)
  if (state.openRanges.length > 0) {
    const message = `${path}: keys of rows from ${state.openRanges[0].rowStart} on were not selected yet; build it again`
    throw new LevError('Content', message, { file: path })
  }
  return {
    path,
    state,
    table: { ranges: state.ranges, shardRows: 0, shardSquaredNorms: new Float64Array(0) },
  }
}

/** Throws IncompatibleSummary where a file of p other than 2 lacks the keys' weights: earlier versions kept none. */
function requireMergeable(path: string, state: SummaryState): void {
  if (!weighsRows(state) || state.weighted) return
  const message = `${path} is for p = ${state.p} and holds no weights, without which it cannot be merged: an earlier version wrote it; build it again`
  throw new LevError('IncompatibleSummary', message, { file: path })
}

/** The refusal of `path`, a causal set. */
export function causalPart(path: string): LevError {
  const message = `${path} is causal, and this version joins sets for queries that see all keys; build one from all rows at once, with ${optionText('causal')}, of several files as one matrix`
  return new LevError('IncompatibleSummary', message, { file: path })
}
