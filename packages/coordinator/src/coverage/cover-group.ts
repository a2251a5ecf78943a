import {
  type Clusters,
  coverageTask,
  type CoverageTerms,
  type CoveredRows,
  type CoveredSelection,
  cutRows,
  entryFactor,
  factorOfEntries,
  joinCovered,
  judgedRows,
  type JudgedRows,
  keptKeys,
  keysOf,
  type MatrixSource,
  noneCovered,
  rowBytes,
  rowsIn,
} from '@levattention/core/internal'
import { reachOf } from '../attend/attend-group.ts'
import { findRestClusters } from '../keys/fixed-set.ts'
import { followRecipe } from '../keys/follow.ts'
import { answersOf } from '../tasks/reduce-pass.ts'
import { progressOfPart, progressOfPasses } from '../tasks/progress.ts'
import type { RunContext } from '../tasks/run-context.ts'
import type { CoverageGroup } from './coverage-group.ts'
import type { CoveredColumn } from './covered-columns.ts'
import { columnSets, type ColumnSets } from './column-sets.ts'

/** What is known of one query head. */
export interface CoveredHead {
  readonly judged: JudgedRows
  readonly covered: CoveredRows
}

/** Judged queries of a task. */
const [LEAST_ROWS, MOST_ROWS, TASKS] = [16, 256, 32] as const

/** Of the choice of keys the look at the length of each. */
const LOOKING = 0.05

/**
 * How much of the softmax attention of the group's queries its selections hold, head after head (docs/theory.md section 7). The same
 * bits for any number of workers. Throws Option, Content (NaN, infinity), NotFound, InputChanged, WorkerLost, Aborted.
 */
export async function coverGroup(group: CoverageGroup, context: RunContext): Promise<CoveredHead[]> {
  const { problem, keys, values, queries } = group
  const { visibility } = problem
  const looking = progressOfPasses(context.onProgress, 'select', { from: 0, to: LOOKING })
  const ofLooking = { ...context, onProgress: looking.onProgress }
  const { largestNorm } = await reachOf(keys, 'keys', visibility, ofLooking)
  const ofValues = values && (await reachOf(values, 'values', visibility, ofLooking))
  looking.end()
  const sets = await columnSets(group, context, LOOKING)
  const selections: CoveredSelection[] = []
  for (const [at, column] of problem.columns.entries())
    selections.push(await selectionOf(group, column, sets[at], context))
  const masked = keysOf({ keys, visibility })
  const range = visibility.keyRows ?? { rowStart: 0, rowEnd: keys.rows }
  const terms = {
    keys: masked.spec,
    ...(values && { values: keysOf({ keys: values, visibility }).spec }),
    valueFactor: entryFactor(ofValues?.largestEntry ?? 0),
    visibility,
    scale: problem.scale,
    keyFactor: await followRecipe(factorOfEntries(masked, range), context),
    largestNorm,
    heavy: problem.heavy,
    local: problem.local,
    selections,
  }
  const heads: CoveredHead[] = []
  for (const [index, source] of queries.entries()) {
    const onProgress = progressOfPart(context.onProgress, index, queries.length)
    heads.push(await coverHead(group, source, terms, { ...context, onProgress }))
  }
  return heads
}

async function selectionOf(
  { problem, keys, values }: CoverageGroup,
  { select, keep, hasLocal, hasSinks, hasRest }: CoveredColumn,
  fixed: ColumnSets,
  context: RunContext,
): Promise<CoveredSelection> {
  const { visibility, restClusters, seed } = problem
  const sinkTokens = hasSinks ? problem.sinkTokens : 0
  const rest: Clusters[] = []
  // Clusters stand in for values: of masses they are no part.
  if (hasRest && values && restClusters !== undefined)
    for (const ids of fixed)
      rest.push(
        await findRestClusters({ keys, visibility }, ids, restClusters, { sinkTokens, seed }, context),
      )
  return {
    sets: fixed.map((ids) => keptKeys(ids, sinkTokens, visibility, keys.rows)),
    ...(select.rule === 'best' && keep !== null && { best: keep }),
    isLocal: hasLocal,
    ...(rest.length > 0 && { rest }),
  }
}

async function coverHead(
  { problem, keys }: CoverageGroup,
  source: MatrixSource,
  terms: Omit<CoverageTerms, 'rows'>,
  context: RunContext,
): Promise<CoveredHead> {
  const judged = judgedRows(problem.visibility, source.rows, keys.rows, problem)
  const { rows } = judged
  const own = { ...terms, rows }
  const count = Math.min(MOST_ROWS, Math.max(LEAST_ROWS, Math.ceil(rows.length / TASKS)))
  const ranges = cutRows(rows.length, count)
    .filter((part) => rowsIn(part) > 0)
    .map(({ rowStart, rowEnd }) => ({ rowStart: rows[rowStart], rowEnd: rows[rowEnd - 1] + 1 }))
  let covered = noneCovered(own)
  const answers = answersOf({ task: coverageTask, source, ranges, question: own }, context)
  const { stats, onProgress } = context
  await stats.time('query', async () => {
    let done = 0
    let rowsDone = 0
    const tell = () =>
      onProgress?.({ stage: 'query', done, total: ranges.length, rowsDone, rowsTotal: rows.length })
    tell()
    for await (const part of answers) {
      covered = joinCovered(covered, part)
      done++
      rowsDone = Math.min(rows.length, rowsDone + count)
      tell()
    }
  })
  stats.bytesRead += rowBytes(source) * rows.length + 2 * rowBytes(keys) * keys.rows * ranges.length
  return { judged, covered }
}
