import { setImmediate } from 'node:timers/promises'
import { type NamedSet, fixedSetsOf, LevError } from '@levattention/core/internal'
import { followRecipe } from '../keys/follow.ts'
import { ruleSeconds } from '../attend/rule-seconds.ts'
import { progressOfPasses } from '../tasks/progress.ts'
import type { RunContext } from '../tasks/run-context.ts'
import type { CoverageGroup } from './coverage-group.ts'
import { BEST, type CoveredSelect } from '../problem/covered-select.ts'

/** Row ids of a column's fixed set: one of each draw. */
export type ColumnSets = readonly Float64Array[]

type Ruled = Extract<NamedSet, { readonly keep: number }>

/** Of 'random': what one draw holds is chance. */
export const RANDOM_DRAWS = 16
const NONE: ColumnSets = [new Float64Array(0)]

/**
 * The fixed sets of all columns of the group's problem; of each rule the keys are ranked once. They are told as one stage, from `begin` of
 * it on. Throws as `findFixedSet`.
 */
export async function columnSets(
  group: CoverageGroup,
  context: RunContext,
  begin = 0,
): Promise<ColumnSets[]> {
  const { problem } = group
  const ends = endsOf(group, begin)
  const found = new Map<string, ReadonlyMap<number, ColumnSets>>()
  const sets: ColumnSets[] = []
  for (const { select, keep } of problem.columns) {
    const name = nameOf(select)
    if (name === undefined || keep === null) {
      sets.push(NONE)
      continue
    }
    const place = { from: begin, to: 1, ...ends.get(name) }
    const own = found.get(name) ?? (await setsOf(group, select, place, context))
    found.set(name, own)
    sets.push(own.get(keep) ?? NONE)
  }
  return sets
}

/** Of what ranks keys the part of the whole, by the seconds that each takes. */
function endsOf(group: CoverageGroup, begin: number): ReadonlyMap<string, { from: number; to: number }> {
  const { problem, keys, queries } = group
  const shape = {
    rows: keys.rows,
    cols: keys.cols,
    queryRows: queries.reduce((sum, { rows }) => sum + rows, 0),
  }
  const seconds = new Map<string, number>()
  for (const { select, keep } of problem.columns) {
    const name = nameOf(select)
    if (name === undefined || keep === null || seconds.has(name)) continue
    const { rule } = select
    const isRule = rule !== undefined && rule !== BEST && rule !== 'scores'
    seconds.set(name, drawsOf(select) * ruleSeconds(isRule ? rule : 'random', shape, keep))
  }
  const all = [...seconds.values()].reduce((sum, one) => sum + one, 0)
  let at = begin
  return new Map(
    [...seconds].map(([name, own]) => {
      const from = at
      at += ((1 - begin) * own) / all
      return [name, { from, to: at }]
    }),
  )
}

function drawsOf({ rule }: CoveredSelect): number {
  return rule === 'random' ? RANDOM_DRAWS : 1
}

/** What ranks the keys; undefined where nothing does. */
function nameOf({ rule, scores }: CoveredSelect): string | undefined {
  return rule === BEST ? undefined : (scores ?? rule)
}

function keepsOf({ problem }: CoverageGroup): number[] {
  return [...new Set(problem.columns.flatMap(({ keep }) => (keep === null ? [] : [keep])))]
}

async function setsOf(
  group: CoverageGroup,
  select: CoveredSelect,
  { from, to }: { readonly from: number; readonly to: number },
  context: RunContext,
): Promise<ReadonlyMap<number, ColumnSets>> {
  const keeps = keepsOf(group)
  const { keys, fit, problem } = group
  const head = { keys, ...fit, scale: problem.scale }
  const set = ruledOf(group, select)
  const draws: Float64Array[][] = []
  const each = (to - from) / drawsOf(select)
  for (let draw = 0; draw < drawsOf(select); draw++) {
    const place = { from: from + draw * each, to: from + (draw + 1) * each }
    const { onProgress, end } = progressOfPasses(context.onProgress, 'select', place)
    // Drawing asks no thread: others of this one come between.
    if (draw > 0) await setImmediate()
    draws.push(await followRecipe(fixedSetsOf({ ...head, draw }, set, keeps), { ...context, onProgress }))
    end()
  }
  return new Map(keeps.map((keep, at) => [keep, draws.map((one) => one[at])]))
}

function ruledOf({ scores, problem: { seed } }: CoverageGroup, select: CoveredSelect): Ruled {
  const { rule } = select
  if (rule !== undefined && rule !== BEST && rule !== 'scores') return { rule, keep: 1, seed }
  const own = scores.get(select.scores ?? '')
  if (own) return { scores: own, keep: 1 }
  throw new LevError('Internal', `there are no scores of ${select.text}`)
}
