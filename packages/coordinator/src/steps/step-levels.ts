import { treeHeight, wholeNodes } from '../checkpoint/merge-tree.ts'
import type { RunPlan } from '../checkpoint/plan-fields.ts'
import { isOfSoftmax } from '../checkpoint/plan-options.ts'
import type { RunStatus } from './status.ts'

/** Tasks of one step that do not wait for one another; each such level waits for those before it. */
export interface StepLevel {
  /** 'map-0', 'merge-0-1', 'finish', …: names jobs and logs. */
  readonly name: string
  readonly step: 'map' | 'merge' | 'finish' | 'query' | 'collect'
  /** Of map and merge: which pass. */
  readonly level?: number
  /** Of merge: nodes of fan-in^height shards. */
  readonly height?: number
  readonly tasks: number
  /** Tasks still to be done, ascending. All of a pass that is not known yet: those that the data do not need end at once. */
  readonly missing: readonly number[]
}

/** A merge tree of fewer levels saves less reading than its steps cost. */
const LEAST_MERGE_HEIGHT = 2

/** What is left to do, in order. `merges`: with the sums of the merge tree, where it is two levels high or more. */
export function stepLevels(plan: RunPlan, status: RunStatus, { merges = true } = {}): StepLevel[] {
  const { finished, collected, queries, job } = status
  const one = (step: 'finish' | 'collect', isDone: boolean): StepLevel => ({
    name: step,
    step,
    tasks: 1,
    missing: isDone ? [] : [0],
  })
  const maps = Array.from({ length: plan.mapLevels }, (_, level): StepLevel[] => {
    const missing = finished ? [] : missingOf(plan, status, level)
    const map = { name: `map-${level}`, step: 'map', level, tasks: plan.shards.length, missing } as const
    return merges ? [map, ...mergeLevels(plan, status, level)] : [map]
  }).flat()
  const levels = isOfSoftmax(plan.options) ? maps : [...maps, one('finish', finished)]
  if (job !== 'run') return levels
  const batches: StepLevel = { name: 'query', step: 'query', tasks: queries.total, missing: queries.missing }
  return [...levels, batches, one('collect', collected)]
}

/** A pass that was not come to is either over, where all maps are, or still unknown. */
function missingOf({ shards }: RunPlan, { levels, mapped }: RunStatus, level: number): readonly number[] {
  if (level < levels.length) return levels[level].missing
  return mapped ? [] : [...shards.keys()]
}

/** The merge tree of a pass, from below: every later pass and `finish` read its sums. */
function mergeLevels(plan: RunPlan, { levels, mapped, finished }: RunStatus, level: number): StepLevel[] {
  const { shards, fanIn, job } = plan
  const most = treeHeight(shards.length, fanIn)
  // The passes of a sample have their own cuts.
  if (most < LEAST_MERGE_HEIGHT || job === 'sample') return []
  return Array.from({ length: most }, (_, below): StepLevel => {
    const height = below + 1
    const tasks = wholeNodes(shards.length, fanIn, height)
    const known = levels.at(level)
    const open = known
      ? (known.merges.find((merge) => merge.height === height)?.missing ?? [])
      : mapped
        ? []
        : [...Array(tasks).keys()]
    const missing = finished ? [] : open
    return { name: `merge-${level}-${height}`, step: 'merge', level, height, tasks, missing }
  })
}

/** '0-3,7' of ascending whole numbers: as people and sbatch --array read them. */
export function indexList(indices: readonly number[]): string {
  const runs: [first: number, last: number][] = []
  for (const index of indices) {
    const run = runs.at(-1)
    if (run && run[1] === index - 1) run[1] = index
    else runs.push([index, index])
  }
  return runs.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join(',')
}
