import {
  gatherInRowOrder,
  isLevError,
  isQuadratic,
  LevError,
  type LevFile,
  mergeableState,
  mergeRecordOf,
  optionText,
  type RowRanges,
  summaryFrom,
  summaryOf,
  type SummaryState,
  type UniversalSet,
  universalFrom,
  weighsRows,
  withLev,
} from '@levattention/core/internal'
import { algebra } from '../tasks/algebra.ts'
import { byTurns } from '../tasks/by-turns.ts'
import { requireMemory } from '../tasks/require-memory.ts'
import type { RunContext, RunStats } from '../tasks/run-context.ts'
import type { Found } from '../solve/answers.ts'
import { checkOutputs } from '../files/check-outputs.ts'
import { expandAddresses } from '../files/expand-addresses.ts'
import { topKeysOf } from '../job/findings.ts'
import type { Job } from '../job/job.ts'
import type { JobSummary } from '../job/job-summary.ts'
import { joinTables, type ShardTable } from './shard-table.ts'
import { setOutputs, writeUniversal } from '../solve/stage-universal.ts'
import { summaryOfUniversal, warnOfDependence, warnOfSize } from '../job/summarize.ts'

interface MergeOptions {
  /** .lev files of disjoint rows, in any order; globs and lists as for inputs. */
  readonly files: readonly string[]
  /** .lev, .npz, or both. */
  readonly out: readonly string[]
  readonly force?: boolean | undefined
}

/** One file's summary, and how its rows were cut. */
export interface SummaryPart {
  readonly path: string
  readonly state: SummaryState
  readonly table: ShardTable
}

/** The universal set of all rows of several files. Throws IncompatibleSummary, and as `build`. */
export async function merge({ files, out, force = false }: MergeOptions, job: Job): Promise<JobSummary> {
  const outputs = setOutputs('merge', out, 'all.lev')
  const paths = await expandAddresses(files, undefined, job.signal)
  if (paths.length === 0) throw new LevError('Option', 'merge joins .lev files: name two or more of them')
  checkOutputs(outputs, force, paths)
  const parts = paths.map(openPart)
  const found = await mergeParts(parts, await job.context(mergeSeconds(parts)))
  const { universal, origin } = found
  warnOfGaps(origin.ranges, job.stats)
  warnOfDependence(universal, 'a merge', job.stats)
  warnOfSize(universal, job.stats)
  job.findings = { topKeys: topKeysOf(universal) }
  await writeUniversal(out, found, force, job)
  const inputs = inRowOrder(parts).map((part) => ({
    path: part.path,
    firstRow: firstRow(part),
    rows: part.state.gram.rowCount,
  }))
  return { command: 'merge', ...summaryOfUniversal(universal), inputs, outputs: out, ...job.measured() }
}

/** The summary in the .lev at `path`. Throws NotFound, Content. */
export function openPart(path: string): SummaryPart {
  return withLev(path, (file) => partIn(path, file))
}

/** The summary in `file`, which messages call `path`. Throws Content, IncompatibleSummary. */
export function partIn(path: string, file: LevFile): SummaryPart {
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

/** A set in memory, as its file would be opened; others of this thread come between. Throws IncompatibleSummary, Option. */
export async function partOfSet(path: string, { universal, origin }: Found): Promise<SummaryPart> {
  if (universal.prefixes) throw causalPart(path)
  requireWeights(path, universal, origin)
  const candidates = await byTurns(gatherInRowOrder(universal, origin.weighted?.entryScores))
  const state = summaryOf(universal, origin, candidates)
  return { path, state: mergeableState(state, universal.factor), table: origin }
}

/** Throws IncompatibleSummary where a file of p other than 2 lacks the keys' weights: earlier versions kept none. */
function requireMergeable(path: string, state: SummaryState): void {
  if (!weighsRows(state) || state.weighted) return
  const message = `${path} is for p = ${state.p} and holds no weights, without which it cannot be merged: an earlier version wrote it; build it again`
  throw new LevError('IncompatibleSummary', message, { file: path })
}

/** Throws Option where `universal`, of p other than 2, was made without the keys' weights, which its file holds. */
export function requireWeights(name: string, { p, prefixes }: UniversalSet, origin: Found['origin']): void {
  if (!weighsRows({ p, policy: prefixes ? 'prefix' : 'whole' }) || origin.weighted) return
  const message = `${name} is of p = ${p}, and was made without the keys' weights, which its file and a merge need; make it with \`mergeable: true\``
  throw new LevError('Option', message, { option: 'mergeable' })
}

function causalPart(path: string): LevError {
  const message = `${path} is causal, and this version joins sets for queries that see all keys; build one from all rows at once, with ${optionText('causal')}, of several files as one matrix`
  return new LevError('IncompatibleSummary', message, { file: path })
}

/** Operations of a factor of [d, d], against d³. */
const FACTOR_OPERATIONS = 20

/** Scorings of each kept key by weights, p other than 2. */
const WEIGHINGS = 20

/** Seconds on one core, roughly: what each part adds, and U's own factor. */
export function mergeSeconds(parts: readonly SummaryPart[]): number {
  const { dim, p } = parts[0].state
  const kept = parts.reduce((sum, { state }) => sum + state.candidates.count, 0)
  const scorings = isQuadratic({ p }) ? 1 : WEIGHINGS
  return (FACTOR_OPERATIONS * dim ** 3 + scorings * kept * dim ** 2 + parts.length * dim ** 2) / 1e10
}

function inRowOrder(parts: readonly SummaryPart[]): SummaryPart[] {
  return [...parts].sort((a, b) => firstRow(a) - firstRow(b))
}

/** How a file's rows get their ids. */
const PLACED_BY = `${optionText('rowOffset')} gives a part its place`

/**
 * U of all rows of `given`, one at least; `placedBy`: what to say of parts of the same rows. Throws IncompatibleSummary naming the files,
 * Aborted.
 */
export async function mergeParts(
  given: readonly SummaryPart[],
  context: RunContext,
  placedBy = PLACED_BY,
): Promise<Found> {
  const parts = inRowOrder(given)
  requireMemory(parts[0].state.dim, context.engine)
  let merged = parts[0].state
  for (const [i, part] of parts.entries())
    if (i > 0) merged = await mergeNext(merged, part, parts.slice(0, i), context, placedBy)
  const { universal, state } = await algebra(context, merged.dim, 'universalSetOfState', merged)
  const { shardRows, shardSquaredNorms } = joinTables(parts.map(({ table }) => table))
  return { universal, origin: { ...mergeRecordOf(state), shardRows, shardSquaredNorms } }
}

/** Merges `part` into what `before` made; a refusal names the files. Throws IncompatibleSummary. */
async function mergeNext(
  merged: SummaryState,
  part: SummaryPart,
  before: readonly SummaryPart[],
  context: RunContext,
  placedBy: string,
): Promise<SummaryState> {
  try {
    return await algebra(context, merged.dim, 'mergeBounded', merged, part.state, placedBy)
  } catch (error) {
    if (!isLevError(error, 'IncompatibleSummary')) throw error
    const other = before.find((one) => overlaps(one.state.ranges, part.state.ranges)) ?? before[0]
    const message = `${other.path}, ${part.path}: ${error.message}`
    throw new LevError('IncompatibleSummary', message, { ...error.place, file: part.path }, { cause: error })
  }
}

function overlaps(a: RowRanges, b: RowRanges): boolean {
  return a.some((x) => b.some((y) => x.rowStart < y.rowEnd && y.rowStart < x.rowEnd))
}

function firstRow({ state }: SummaryPart): number {
  return state.ranges.at(0)?.rowStart ?? 0
}

function warnOfGaps(ranges: RowRanges, stats: RunStats): void {
  const missing: string[] = []
  let next = 0
  for (const { rowStart, rowEnd } of ranges) {
    if (rowStart > next) missing.push(`${next} to ${rowStart - 1}`)
    next = rowEnd
  }
  if (missing.length === 0) return
  const message = `rows ${missing.slice(0, 5).join(', ')}${missing.length > 5 ? ', …' : ''} are in none of the files; attention is over the others alone`
  stats.warn('row-gaps', message)
}
