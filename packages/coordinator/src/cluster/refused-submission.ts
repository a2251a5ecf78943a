import { counted, LevError } from '@levattention/core/internal'
import type { ArrayJob } from './array-jobs.ts'

/** A job that Slurm took. */
export interface QueuedJob extends ArrayJob {
  readonly id: string
}

/** What Slurm calls limits on how many tasks a user may have: fewer of them pass. */
const LIMITS = /limit|QOS|MaxSubmit|MaxJobs|job array/i
/** Shards or batches of a task, against those that were refused. */
const LARGER = 8

/**
 * The error of a submission of which `refused` was not taken: what is queued by then is named, with what to do about it. What these
 * jobs do stays done, so that the same line goes on from there.
 */
export function refusedSubmission(
  error: LevError,
  refused: ArrayJob,
  queued: readonly QueuedJob[],
): LevError {
  const fewer = LIMITS.test(error.message) ? fewerTasks(refused) : undefined
  if (queued.length === 0) {
    if (fewer === undefined) return error
    return again(error, error.tag, `${error.message}. Add ${fewer}: fewer and larger tasks`)
  }
  const jobs = queued.map(({ id, name, indices }) => `${id} (${name}, ${counted(indices.length, 'task')})`)
  const message =
    `${error.message}. Queued before that: ${jobs.length === 1 ? 'job' : 'jobs'} ${jobs.join(', ')}. What they do stays done: ` +
    `once they are over type the same line again, which submits what is missing by then` +
    (fewer === undefined ? '' : `, with ${fewer} in fewer and larger tasks`) +
    `. To stop them: scancel ${queued.map(({ id }) => id).join(' ')}`
  return again(error, error.tag === 'Option' ? 'Overloaded' : error.tag, message)
}

function fewerTasks({ step, perTask }: ArrayJob): string {
  return `\`--${step === 'query' ? 'batches' : 'shards'}-per-task ${LARGER * (step === 'map' || step === 'query' ? perTask : 1)}\``
}

function again(cause: LevError, tag: LevError['tag'], message: string): LevError {
  return new LevError(tag, message, cause.place, { cause })
}
