import { LevError, type NumberRows, type VisibilityOptions } from '@levattention/core/internal'
import { type AttendInputs, attendGroups, type HeadGroup } from '../attend/head-groups.ts'
import type { HeadSet } from '../attend/head-set.ts'
import { clusterSeconds, ruleSeconds } from '../attend/rule-seconds.ts'
import { BEST } from '../problem/covered-select.ts'
import { RANDOM_DRAWS } from './column-sets.ts'
import { openKeyNumbers } from '../inputs/key-numbers.ts'
import type { Inputs } from '../inputs/open-inputs.ts'
import { headAxesOf } from '../job/head-axes.ts'
import { type Outline, secondsOf } from '../problem/outline.ts'
import type { CoverageGroup } from './coverage-group.ts'
import type { HeadStanding } from './coverage-facts.ts'
import { type CoverageOptions, type CoverageProblem, coverageProblem } from './coverage-problem.ts'

/** Queries [m, d], keys [n, d], and as they are wanted values [n, dv] and other queries for rules to read. */
export interface CoverageInputs extends Omit<AttendInputs, 'values'> {
  readonly values?: HeadSet | undefined
}

/** Scores by name: a row for all key heads, or one for each. */
export type ScoreRows = ReadonlyMap<string, Pick<NumberRows, 'rows' | 'row'>>

/** A group, and what is asked of it. */
export interface AskedGroup {
  readonly group: HeadGroup
  readonly problem: CoverageProblem
}

/** The groups of the wanted query heads, at least one; `masksOf` their batch. Throws Content where there is none, and as `attendGroups` and `coverageProblem`. */
export function askedGroups(
  inputs: CoverageInputs,
  wanted: 'all' | readonly number[],
  options: CoverageOptions,
  scores: ScoreRows,
  masksOf: (batch: number) => Pick<VisibilityOptions, 'keyMask' | 'queryMask'>,
): AskedGroup[] {
  const { queries, keys, values = keys, fitQueries } = inputs
  const shape = {
    keyCount: keys.rows,
    queryCount: queries.rows,
    dim: keys.cols,
    hasFitQueries: fitQueries !== undefined,
    scores: [...scores.keys()],
  }
  const groups = attendGroups({ ...inputs, values }, wanted)
  if (groups.length === 0)
    throw new LevError('Content', 'the inputs have no heads: there is nothing to judge')
  return groups.map((group) => ({
    group,
    problem: coverageProblem({ ...options, ...masksOf(group.batch) }, shape),
  }))
}

/** The files of scores that selections name. Throws Content where one has not one row for all key heads, or one for each. */
export async function openScores(
  inputs: Inputs,
  names: readonly string[],
  { keys }: CoverageInputs,
): Promise<ScoreRows> {
  const scores = new Map<string, NumberRows>()
  for (const name of names) scores.set(name, await openKeyNumbers(inputs, name, 'select', keys))
  return scores
}

/** The group's matrices, for the caller to close. */
export function openGroup(
  { group, problem }: AskedGroup,
  { queries, keys, values, fitQueries }: CoverageInputs,
  scores: ScoreRows,
): CoverageGroup {
  const { visibility, holdout } = problem
  const { queryMask: _mask, queryRows: _rows, ...unmasked } = visibility
  const own = new Map(group.heads.map((head) => [head, queries.open(head)]))
  const fit = group.fitHeads.map((head) =>
    fitQueries ? fitQueries.open(head) : (own.get(head) ?? queries.open(head)),
  )
  const rowOf = (numbers: Pick<NumberRows, 'rows' | 'row'>) =>
    numbers.row(numbers.rows === 1 ? 0 : group.keyHead)
  return {
    problem,
    keys: keys.open(group.keyHead),
    values: values?.open(group.keyHead),
    queries: [...own.values()],
    fit: {
      queries: fit,
      visibility: fitQueries ? unmasked : visibility,
      evenQueries: holdout && fitQueries === undefined,
    },
    scores: new Map([...scores].map(([name, numbers]) => [name, rowOf(numbers)])),
  }
}

/** A thousand heads are not to hold a thousand open files. */
export function closeGroup({ keys, values, queries, fit }: CoverageGroup): void {
  for (const source of [keys, ...(values ? [values] : []), ...queries, ...fit.queries]) source.close()
}

/** Where query head `head` stands. */
export function standingOf({ heads }: HeadSet, head: number, keyHead: number): HeadStanding {
  if (!heads) return { index: 0, keyHead: 0 }
  const { headAxis, ...axes } = headAxesOf(heads, head)
  return { index: head, ...axes, ...(headAxis !== undefined && { head: headAxis }), keyHead }
}

/** Seconds on one core, roughly: it only decides whether threads are worth their start. */
export function coverageSeconds(inputs: CoverageInputs, asked: readonly AskedGroup[]): number {
  return secondsOf(coverageOutline(inputs, asked))
}

/** The same stage by stage. */
export function coverageOutline(
  { queries, keys, values }: CoverageInputs,
  asked: readonly AskedGroup[],
): Outline {
  const heads = asked.reduce((sum, { group }) => sum + group.heads.length, 0)
  const judged = Math.min(queries.rows, asked.at(0)?.problem.sample ?? queries.rows)
  const shape = { rows: keys.rows, cols: keys.cols, queryRows: queries.rows }
  const sets = asked.reduce((sum, { problem }) => sum + setSeconds(problem, shape), 0)
  const pairs = heads * judged * keys.rows
  return { select: sets, query: (pairs * 4 * (keys.cols + (values?.cols ?? 0) + 60)) / 2e10 }
}

/** Of each rule's first number of keys at least: the order of all keys serves the others, but of centres. */
function setSeconds(
  { columns, restClusters = 0 }: CoverageProblem,
  shape: Parameters<typeof ruleSeconds>[1],
): number {
  return columns.reduce((sum, { select: { rule }, keep, hasRest }) => {
    const ranking =
      rule === undefined || rule === BEST || rule === 'scores' ? 0 : ruleSeconds(rule, shape, keep ?? 0)
    const draws = rule === 'random' ? RANDOM_DRAWS : 1
    return sum + draws * (ranking + (hasRest ? clusterSeconds(shape, restClusters) : 0))
  }, 0)
}
