import { setImmediate } from 'node:timers/promises'
import { type NamedSet, fixedSetsOf, LevError } from '@levattention/core/internal'
import { followRecipe } from '../keys/follow.ts'
import type { RunContext } from '../tasks/run-context.ts'
import type { CoverageGroup } from './coverage-group.ts'
import { BEST, type CoveredSelect } from '../problem/covered-select.ts'

/** Row ids of a column's fixed set: one of each draw. */
export type ColumnSets = readonly Float64Array[]

type Ruled = Extract<NamedSet, { readonly keep: number }>

/** Of 'random': what one draw holds is chance. */
export const RANDOM_DRAWS = 16
const NONE: ColumnSets = [new Float64Array(0)]

/** The fixed sets of all columns of the group's problem; of each rule the keys are ranked once. Throws as `findFixedSet`. */
export async function columnSets(group: CoverageGroup, context: RunContext): Promise<ColumnSets[]> {
  const { problem } = group
  const found = new Map<string, ReadonlyMap<number, ColumnSets>>()
  const sets: ColumnSets[] = []
  for (const { select, keep } of problem.columns) {
    const name = nameOf(select)
    if (name === undefined || keep === null) {
      sets.push(NONE)
      continue
    }
    const own = found.get(name) ?? (await setsOf(group, select, keepsOf(group), context))
    found.set(name, own)
    sets.push(own.get(keep) ?? NONE)
  }
  return sets
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
  keeps: readonly number[],
  context: RunContext,
): Promise<ReadonlyMap<number, ColumnSets>> {
  const { keys, fit, problem } = group
  const head = { keys, ...fit, scale: problem.scale }
  const set = ruledOf(group, select)
  const draws: Float64Array[][] = []
  for (let draw = 0; draw < (select.rule === 'random' ? RANDOM_DRAWS : 1); draw++) {
    // Drawing asks no thread: others of this one come between.
    if (draw > 0) await setImmediate()
    draws.push(await followRecipe(fixedSetsOf({ ...head, draw }, set, keeps), context))
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
