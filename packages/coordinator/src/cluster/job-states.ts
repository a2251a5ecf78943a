import { indexList } from '../steps/step-levels.ts'
import { jobPrefix } from './array-jobs.ts'
import { runJobTasks, type JobTask } from './slurm-output.ts'

/** Tasks of one job that are in one state. */
export interface JobState {
  readonly id: string
  readonly name: string
  readonly state: string
  /** Why they wait or failed, as Slurm says it; absent where it says nothing. */
  readonly reason?: string
  readonly tasks: number
  /** Array indices, as 0-3,7. */
  readonly indices: string
}

/** What Slurm still knows of a run's jobs: a hint, where files are the truth. Throws as `toolOutput`. */
export async function jobStates(runId: string): Promise<JobState[]> {
  const groups = new Map<string, JobTask[]>()
  for (const task of await runJobTasks(jobPrefix(runId))) {
    const key = [task.jobId, task.state, task.reason].join('|')
    groups.set(key, [...(groups.get(key) ?? []), task])
  }
  return [...groups.values()].map(stateOf).sort((a, b) => Number(a.id) - Number(b.id))
}

function stateOf(tasks: readonly JobTask[]): JobState {
  const [{ jobId, name, state, reason }] = tasks
  const indices = tasks.flatMap(({ index }) => (index === undefined ? [] : [index])).sort((a, b) => a - b)
  return {
    id: jobId,
    name,
    state,
    ...(reason === 'None' || reason === '' ? {} : { reason }),
    tasks: tasks.length,
    indices: indexList(indices),
  }
}
