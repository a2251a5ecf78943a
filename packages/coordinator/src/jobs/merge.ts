import {
  causalPart,
  gatherInRowOrder,
  isLevError,
  isQuadratic,
  LevError,
  mergeableState,
  mergeRecordOf,
  openPart,
  optionText,
  type RowRanges,
  summaryOf,
  type SummaryPart,
  type SummaryState,
  type UniversalSet,
  weighsRows,
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
import { joinTables } from './shard-table.ts'
import { setOutputs, writeUniversal } from '../solve/stage-universal.ts'
import { summaryOfUniversal, warnOfDependence, warnOfSize } from '../job/summarize.ts'

interface MergeOptions {
  /** .lev files of disjoint rows, in any order; globs and lists as for inputs. */
  readonly files: readonly string[]
  /** .lev, .npz, or both. */
  readonly out: readonly string[]
  readonly force?: boolean | undefined
}

/** The universal set of all rows of several files. Throws IncompatibleSummary, and as `build`. */
export async function merge({ files, out, force = false }: MergeOptions, job: Job): Promise<JobSummary> {
  const outputs = setOutputs('merge', out, 'all.lev')
  const paths = await expandAddresses(files, undefined, job.signal)
  if (paths.length === 0) throw new LevError('Option', 'merge joins .lev files: name two or more of them')
  checkOutputs(outputs, force, paths)
  const parts = paths.map((path) => openPart(path))
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

/** A set in memory, as its file would be opened; others of this thread come between. Throws IncompatibleSummary, Option. */
export async function partOfSet(path: string, { universal, origin }: Found): Promise<SummaryPart> {
  if (universal.prefixes) throw causalPart(path)
  requireWeights(path, universal, origin)
  const candidates = await byTurns(gatherInRowOrder(universal, origin.weighted?.entryScores))
  const state = summaryOf(universal, origin, candidates)
  return { path, state: mergeableState(state, universal.factor), table: origin }
}

/** Throws Option where `universal`, of p other than 2, was made without the keys' weights, which its file holds. */
export function requireWeights(name: string, { p, prefixes }: UniversalSet, origin: Found['origin']): void {
  if (!weighsRows({ p, policy: prefixes ? 'prefix' : 'whole' }) || origin.weighted) return
  const message = `${name} is of p = ${p}, and was made without the keys' weights, which its file and a merge need; make it with \`mergeable: true\``
  throw new LevError('Option', message, { option: 'mergeable' })
}

/** Operations of a factor of [d, d], against d³. */
const FACTOR_OPERATIONS = 20

/** Of scoring and sorting a kept key, against d². */
const KEY_OPERATIONS = 3

/** Scorings of each kept key by weights, p other than 2. */
const WEIGHINGS = 20

/** Seconds on one core, roughly: what each part adds, and U's own factor. */
export function mergeSeconds(parts: readonly SummaryPart[]): number {
  const { dim, p } = parts[0].state
  const kept = parts.reduce((sum, { state }) => sum + state.candidates.count, 0)
  const scorings = isQuadratic({ p }) ? 1 : WEIGHINGS
  const scored = KEY_OPERATIONS * scorings * kept * dim ** 2
  return (FACTOR_OPERATIONS * dim ** 3 + scored + parts.length * dim ** 2) / 1e10
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
  const { universal, state } = await algebra(context, equalDim(merged), 'universalSetOfState', merged)
  const { shardRows, shardSquaredNorms } = joinTables(parts.map(({ table }) => table))
  return { universal, origin: { ...mergeRecordOf(state), shardRows, shardSquaredNorms } }
}

/** Columns of matrices whose algebra takes as long as that of `state`: it scores many keys, perhaps. */
function equalDim({ dim, candidates, p }: SummaryState): number {
  const scorings = isQuadratic({ p }) ? 1 : WEIGHINGS
  return Math.max(dim, Math.cbrt((scorings * candidates.count * dim ** 2) / FACTOR_OPERATIONS))
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
    return await algebra(context, equalDim(merged), 'mergeBounded', merged, part.state, placedBy)
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
