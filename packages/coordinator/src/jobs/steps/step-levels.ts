import type { RunPlan } from '../../run-folder/run-plan.ts'
import type { RunStatus } from './status.ts'

/** Tasks of one step that do not wait for one another; each such level waits for those before it. */
export interface StepLevel {
  /** 'map-0', 'finish', …: names jobs and logs. */
  readonly name: string
  readonly step: 'map' | 'finish' | 'query' | 'collect'
  /** Of map: which pass. */
  readonly level?: number
  readonly tasks: number
  /** Tasks still to be done, ascending. All of a pass that is not known yet: those that the data do not need end at once. */
  readonly missing: readonly number[]
}

/** What is left to do, in order; without the optional merges. */
export function stepLevels(plan: RunPlan, status: RunStatus): StepLevel[] {
  const { finished, collected, queries, job } = status
  const one = (step: 'finish' | 'collect', isDone: boolean): StepLevel => ({
    name: step,
    step,
    tasks: 1,
    missing: isDone ? [] : [0],
  })
  const maps = Array.from({ length: plan.mapLevels }, (_, level): StepLevel => {
    const missing = finished ? [] : missingOf(plan, status, level)
    return { name: `map-${level}`, step: 'map', level, tasks: plan.shards.length, missing }
  })
  const levels = [...maps, one('finish', finished)]
  if (job !== 'run') return levels
  const batches: StepLevel = { name: 'query', step: 'query', tasks: queries.total, missing: queries.missing }
  return [...levels, batches, one('collect', collected)]
}

/** A pass that was not come to is either over, where all maps are, or still unknown. */
function missingOf({ shards }: RunPlan, { levels, mapped }: RunStatus, level: number): readonly number[] {
  if (level < levels.length) return levels[level].missing
  return mapped ? [] : [...shards.keys()]
}
