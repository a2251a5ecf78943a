import { join } from 'node:path'
import { counted, LevError } from '@levattention/core/internal'
import { placeOf } from '../files/check-outputs.ts'
import { makeFolder } from '../files/create-folder.ts'
import { commandPath } from '../engines/package-files.ts'
import type { Job } from '../job/job.ts'
import { RunFolder } from '../checkpoint/run-folder.ts'
import type { RunPlan } from '../checkpoint/plan-fields.ts'
import { readPlan } from '../checkpoint/run-plan.ts'
import { requireInputs } from '../steps/run-inputs.ts'
import { statusOf } from '../steps/status.ts'
import { stepLevels } from '../steps/step-levels.ts'
import { type ArrayJob, arrayJobs, jobPrefix } from './array-jobs.ts'
import { jobScript } from './job-script.ts'
import { type QueuedJob, refusedSubmission } from './refused-submission.ts'
import { requireDefaults, requireNotOurs, sbatchArguments, type SbatchSettings } from './sbatch-arguments.ts'
import { runJobTasks, isActive, jobIdOf, maxArraySizeOf } from './slurm-output.ts'
import { isUnanswered, runTool, toolError, toolOutput } from './slurm-tool.ts'

interface SubmitOptions extends SbatchSettings {
  readonly run: string
  readonly setup: readonly string[]
  readonly shardsPerTask?: number | undefined
  readonly batchesPerTask?: number | undefined
  readonly dryRun?: boolean | undefined
}

export interface SubmittedJob extends ArrayJob {
  readonly arguments: readonly string[]
  readonly script: string
  /** Absent where nothing was submitted. */
  readonly id?: string
}

export interface Submission {
  readonly plan: RunPlan
  readonly jobs: readonly SubmittedJob[]
}

/** Stands for a job id where none is known yet. */
const DRY_ID = (job: ArrayJob) => `<${job.name}>`

/**
 * Submits what a run lacks: an array a level, each after the one before. Throws Overloaded where jobs of the run are still
 * under way, the controller does not answer, or sbatch refuses half-way, which names what is queued; Option where it refuses all, `without` names no default, or `passed` an option of ours; NotFound where there is no Slurm.
 */
export async function submit(options: SubmitOptions, job: Job): Promise<Submission> {
  const { dryRun = false, shardsPerTask = 1, batchesPerTask = 1 } = options
  requireDefaults(options.without)
  requireNotOurs(options.passed)
  const plan = readPlan(options.run)
  const { runId } = plan
  if (!dryRun) await requireIdle(runId)
  const merges = !options.without.includes('merge')
  const folder = new RunFolder(options.run, plan)
  if (!dryRun) {
    folder.tidy()
    // Once here, and not by every task.
    await requireInputs(folder, job)
  }
  const left = stepLevels(plan, await statusOf(folder, job), { merges })
  if (left.every(({ missing }) => missing.length === 0)) return { plan, jobs: [] }
  const maxArraySize = await arraySize(dryRun)
  const levels = arrayJobs(runId, left, { maxArraySize, shardsPerTask, batchesPerTask })
  const run = placeOf(options.run)
  const logFolder = join(run, 'log')
  // Without it a job fails, and leaves no log that says why.
  if (!dryRun) makeFolder(logFolder)
  const places = { ...options, run, node: process.execPath, command: commandPath() }
  const jobs: SubmittedJob[] = []
  const queued: QueuedJob[] = []
  let after: string[] = []
  for (const level of levels) {
    const ids: string[] = []
    for (const one of level) {
      const args = sbatchArguments(one, after, logFolder, options)
      const script = jobScript(one, places)
      const id = dryRun ? undefined : await submitAfter(queued, one, args, script)
      if (id !== undefined) queued.push({ ...one, id })
      jobs.push({ ...one, arguments: args, script, ...(id === undefined ? {} : { id }) })
      ids.push(id ?? DRY_ID(one))
    }
    after = ids
  }
  return { plan, jobs }
}

/** As `submitOne`; where it is refused the error names the jobs that are `queued` already. */
async function submitAfter(
  queued: readonly QueuedJob[],
  job: ArrayJob,
  args: readonly string[],
  script: string,
): Promise<string> {
  try {
    return await submitOne(job, args, script)
  } catch (error) {
    throw error instanceof LevError ? refusedSubmission(error, job, queued) : error
  }
}

/** sbatch may go unanswered though the job was taken: then it is there under its name. */
async function submitOne(job: ArrayJob, args: readonly string[], script: string): Promise<string> {
  const ran = await runTool('sbatch', args, script)
  if (ran.exitCode === 0) return jobIdOf(ran.stdout)
  if (isUnanswered(ran)) {
    const found = (await runJobTasks(job.name)).find((task) => task.name === job.name && isActive(task))
    if (found) return found.jobId
  }
  throw toolError('sbatch', ran)
}

async function requireIdle(runId: string): Promise<void> {
  const active = (await runJobTasks(jobPrefix(runId))).filter(isActive)
  if (active.length === 0) return
  const ids = [...new Set(active.map(({ jobId }) => jobId))]
  const message =
    `${counted(active.length, 'task')} of this run ${active.length === 1 ? 'is' : 'are'} still queued or running; ` +
    `wait for them, or cancel them: scancel ${ids.join(' ')}`
  throw new LevError('Overloaded', message)
}

/** A dry run needs no Slurm. */
async function arraySize(dryRun: boolean): Promise<number> {
  try {
    return maxArraySizeOf(await toolOutput('scontrol', ['show', 'config']))
  } catch (error) {
    if (dryRun && error instanceof LevError) return maxArraySizeOf('')
    throw error
  }
}
