import type { StepLevel } from '../steps/step-levels.ts'

/** One sbatch: tasks of one level. */
export interface ArrayJob {
  readonly step: StepLevel['step']
  /** Of map and merge: which pass. */
  readonly level?: number
  /** Of merge: how high in the tree. */
  readonly height?: number
  readonly name: string
  /** Array indices, offset taken off, ascending. */
  readonly indices: readonly number[]
  readonly indexOffset: number
  /** Shards or batches that an index stands for. */
  readonly perTask: number
}

interface ArrayLimits {
  /** Slurm's MaxArraySize: indices are below it. */
  readonly maxArraySize: number
  readonly shardsPerTask: number
  readonly batchesPerTask: number
}

/**
 * The jobs that do what a run lacks, level by level: each waits for those of the level before. Arrays longer than Slurm
 * takes are cut, with an offset.
 */
export function arrayJobs(runId: string, levels: readonly StepLevel[], limits: ArrayLimits): ArrayJob[][] {
  const { maxArraySize, shardsPerTask, batchesPerTask } = limits
  return levels.flatMap(({ name, level, height, step, missing }) => {
    const perTask = step === 'map' ? shardsPerTask : step === 'query' ? batchesPerTask : 1
    const indices = [...new Set(missing.map((task) => Math.floor(task / perTask)))]
    if (indices.length === 0) return []
    const cuts = [...new Set(indices.map((index) => Math.floor(index / maxArraySize)))]
    const jobs = cuts.map((cut) => ({
      step,
      ...(level === undefined ? {} : { level }),
      ...(height === undefined ? {} : { height }),
      name: jobName(runId, name, cut),
      indices: indices
        .filter((index) => Math.floor(index / maxArraySize) === cut)
        .map((index) => index - cut * maxArraySize),
      indexOffset: cut * maxArraySize,
      perTask,
    }))
    return [jobs]
  })
}

/** Names carry the run id, so that a job can be found again whose submission was not answered. */
function jobName(runId: string, level: string, cut: number): string {
  return cut === 0 ? `lev-${runId}-${level}` : `lev-${runId}-${level}-${cut}`
}

/** What every job's name of a run begins with. */
export function jobPrefix(runId: string): string {
  return `lev-${runId}-`
}
